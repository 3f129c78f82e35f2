"""Tasks that prepare data."""

from redshells.data.data_frame_utils import SplitTrainTestData
from redshells.data.load_data_of_task import LoadDataOfTask

__all__ = ['LoadDataOfTask', 'SplitTrainTestData']
