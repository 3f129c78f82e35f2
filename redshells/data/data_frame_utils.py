"""The tasks on data frames under the import path of redshells 0.1."""

from redshells.data.category import ConvertToOneHot, ConvertTypeToCategory
from redshells.data.column import FilterByColumn, RenameColumn
from redshells.data.extraction import ExtractColumnAsDict, ExtractColumnAsList, GroupByColumnAsDict
from redshells.data.sample import SampleData
from redshells.data.split import SplitTrainTestData

__all__ = [
    'ConvertToOneHot',
    'ConvertTypeToCategory',
    'ExtractColumnAsDict',
    'ExtractColumnAsList',
    'FilterByColumn',
    'GroupByColumnAsDict',
    'RenameColumn',
    'SampleData',
    'SplitTrainTestData',
]
