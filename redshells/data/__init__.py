"""Tasks that prepare data."""

from redshells.data.category import ConvertToOneHot, ConvertTypeToCategory
from redshells.data.check_data_frame import CheckDataFrame
from redshells.data.column import FilterByColumn, RenameColumn
from redshells.data.concatenate_features import ConcatenateFeatures
from redshells.data.extraction import ExtractColumnAsDict, ExtractColumnAsList, GroupByColumnAsDict
from redshells.data.interactions import SampleNegatives, SplitInteractions
from redshells.data.load_data_of_task import LoadDataOfTask
from redshells.data.load_existing_file import LoadExistingFile
from redshells.data.sample import SampleData
from redshells.data.split import SplitTrainTestData
from redshells.data.tokenize_japanese import TokenizeJapanese
from redshells.data.tokenize_text import TokenizeText

__all__ = [
    'CheckDataFrame',
    'ConcatenateFeatures',
    'ConvertToOneHot',
    'ConvertTypeToCategory',
    'ExtractColumnAsDict',
    'ExtractColumnAsList',
    'FilterByColumn',
    'GroupByColumnAsDict',
    'LoadDataOfTask',
    'LoadExistingFile',
    'RenameColumn',
    'SampleData',
    'SampleNegatives',
    'SplitInteractions',
    'SplitTrainTestData',
    'TokenizeJapanese',
    'TokenizeText',
]
