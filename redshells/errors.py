"""Everything that redshells raises on purpose.

    RedshellsError
    ├── ParameterError (ValueError)                 a parameter of a task or a model has a wrong value
    │   ├── UnknownArgumentError                    a keyword that the model does not take
    │   ├── UnknownNameError                        a metric, model, sampler, ... that nobody registered
    │   └── SearchSpaceError                        a search space that can't be searched
    ├── DataError (ValueError)                      the data of an input task can't be used
    │   ├── EmptyTableError                         no rows, or no columns
    │   ├── MissingColumnError                      a column that is named is not there
    │   ├── DuplicateColumnError                    several columns of one name
    │   ├── ColumnTypeError (TypeError)             a column of a type that can't be used
    │   ├── MissingValueError                       missing values where none may be
    │   ├── InfiniteValueError                      infinite values where none may be
    │   ├── TargetError                             a target that can't be learnt
    │   ├── SplitError                              rows that can't be split as asked
    │   ├── MissingFileError (OSError)              a file that should be there is not
    │   └── ContractError                           a table that breaks what was agreed on it
    ├── DivergenceError (ArithmeticError)           a training whose loss is no number any more
    ├── NotFittedError (ValueError, AttributeError) a model was used before it was fitted
    ├── MissingExtraError (ImportError)             an optional library is not installed
    ├── ArchiveError (ValueError)                   a saved file can't be used
    │   ├── DamagedArchiveError                     it is cut, altered, or no such file at all
    │   ├── ArchiveVersionError                     it was written by a newer redshells
    │   └── UntrustedTypeError                      it holds a class that was not declared
    ├── TuningError (RuntimeError)                  a search can't go on
    │   ├── StudyStorageError (OSError)             the study can't be read or written
    │   ├── NoCompleteTrialError                    no trial came to an end
    │   └── ResultMismatchError (ValueError)        best parameters of something else
    └── ProcessError (RuntimeError)                 a helper process died

Each message says who was given what, what is expected, and what to do. Each class is also the builtin kind in brackets,
so that ``except ValueError`` goes on working.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any


class RedshellsError(Exception):
    """Base class of all errors that redshells raises on purpose."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.who: str | None = None
        self.source: str | None = None

    def __str__(self) -> str:
        return ': '.join(part for part in (self.who, self.source, super().__str__()) if part is not None)


class ParameterError(RedshellsError, ValueError):
    """A parameter of a task or a model has a wrong value."""


class UnknownArgumentError(ParameterError):
    """A keyword argument that the model does not take."""


class UnknownNameError(ParameterError):
    """A name (of a metric, a model, a sampler, ...) that nobody registered."""


class SearchSpaceError(ParameterError):
    """A search space that can't be searched."""


class DataError(RedshellsError, ValueError):
    """The data of an input task can't be used."""


class EmptyTableError(DataError):
    """A table without rows or without columns."""


class MissingColumnError(DataError):
    """A column that is named is not in the table."""


class DuplicateColumnError(DataError):
    """Several columns of a table have one name, or would have it."""


class ColumnTypeError(DataError, TypeError):
    """A column has a type that can't be used, or another one than in training."""


class MissingValueError(DataError):
    """Missing values where none may be."""


class InfiniteValueError(DataError):
    """Infinite values where none may be."""


class TargetError(DataError):
    """A target that can't be learnt."""


class SplitError(DataError):
    """Rows that can't be split as asked."""


class MissingFileError(DataError, OSError):
    """A file that should be there is not."""


@dataclass(frozen=True)
class ContractBreach:
    """One point in which a table breaks its contract.

    Args:
        name: What is wrong, such as ``'out_of_range'``.
        column: The column; None where it is the table.
        count: How many values, rows or columns are concerned.
        examples: Up to five of them.
        message: What was found and what is expected, in words.
    """

    name: str
    column: str | None
    count: int
    examples: tuple[Any, ...]
    message: str

    def __str__(self) -> str:
        shown = ', '.join(map(repr, self.examples))
        return f'{self.name}: {self.message}' + (f', such as {shown}' if shown else '')


class ContractError(DataError):
    """A table breaks what was agreed on it.

    Args:
        message: What is wrong, in words.
        breaches: Every point in which it does.
    """

    def __init__(self, message: str, breaches: Iterable[ContractBreach] = ()) -> None:
        super().__init__(message)
        self.breaches = tuple(breaches)


class DivergenceError(RedshellsError, ArithmeticError):
    """A training whose loss is no number any more."""


class NotFittedError(RedshellsError, ValueError, AttributeError):
    """A model was used before it was fitted."""


class MissingExtraError(RedshellsError, ImportError):
    """An optional library is not installed."""


class ArchiveError(RedshellsError, ValueError):
    """A saved file can't be used."""


class DamagedArchiveError(ArchiveError):
    """A saved file is cut, altered, or was never one."""


class ArchiveVersionError(ArchiveError):
    """A saved file was written by a newer redshells."""


class UntrustedTypeError(ArchiveError):
    """A saved file holds a class that was not declared."""


class TuningError(RedshellsError, RuntimeError):
    """A search for parameters can't go on."""


class StudyStorageError(TuningError, OSError):
    """The study can't be read or written."""


class NoCompleteTrialError(TuningError):
    """No trial of a search came to an end."""


class ResultMismatchError(TuningError, ValueError):
    """Best parameters of another model, problem or target."""


class ProcessError(RedshellsError, RuntimeError):
    """A helper process died."""


@contextmanager
def raised_by(who: str) -> Iterator[None]:
    """Put ``who`` in front of the message of every RedshellsError that leaves the block without a name.

    Args:
        who: The task or model that the user knows, such as ``'TrainLightGBM'``.
    """
    try:
        yield
    except RedshellsError as error:
        error.who = error.who or who
        raise


@contextmanager
def raised_of(source: str) -> Iterator[None]:
    """Name the input in the message of every error of data, or of a saved file, that leaves the block without one.

    Args:
        source: The input that the user knows, such as ``'train_data_task=MakeTable'``.
    """
    try:
        yield
    except (DataError, ArchiveError) as error:
        error.source = error.source or source
        raise


def require_installed(who: str, library: str, extra: str) -> None:
    """Check that an optional library is installed, without loading it.

    Args:
        who: What needs it.
        library: The module.
        extra: The extra of redshells that installs it; empty where none does.

    Raises:
        MissingExtraError: It is not; the message has the line that installs it.
    """
    if not _is_installed(library):
        advice = f"pip install 'redshells[{extra}]'" if extra else 'Install the package that has it.'
        raise MissingExtraError(f'{who} needs {library}, which is not installed. {advice}')


@cache
def _is_installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
