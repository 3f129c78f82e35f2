"""The base class of all tasks of the catalogue."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar, dataclass_transform

import gokart
import luigi
import pandas as pd
from gokart.conflict_prevention_lock.task_lock import TaskLockException
from gokart.file_processor import FileProcessor
from gokart.target import SingleFileTarget, TargetOnKart
from gokart.utils import flatten

from redshells import parameter
from redshells.archive import library_versions
from redshells.errors import DataError, ParameterError, ProcessError, RedshellsError, raised_by, raised_of
from redshells.process import fork_hazards
from redshells.target import (
    DurableLocalTarget,
    ModelProcessor,
    NamedFileProcessor,
    ReportProcessor,
    TuningResultProcessor,
)

T = TypeVar('T')

_MAKERS = {'a model': 'a Train…', 'a tuning result': 'an Optimize…', 'a report': 'a Report…'}


class _BrieflyShown(dict[str, Any]):
    """Arguments of a task for luigi, which writes them into a message for each task, and with them all tasks below."""

    def __repr__(self) -> str:
        return '{' + ', '.join(f'{name!r}: {_briefly(value)}' for name, value in self.items()) + '}'


def _briefly(value: Any) -> str:
    if isinstance(value, list | tuple):
        return '[' + ', '.join(map(_briefly, value)) + ']'
    return type(value).__name__ if isinstance(value, luigi.Task) else repr(value)


# So type checkers report an input task that is not given; what else is required may stand in luigi's configuration.
@dataclass_transform(
    eq_default=False, kw_only_default=True, field_specifiers=(luigi.Parameter, parameter.task, parameter.tasks)
)
class RedshellsTask(gokart.TaskOnKart[T], Generic[T]):
    """A task that computes one output of its inputs.

    A task class of the catalogue implements ``output`` and ``compute``. Its errors carry its name, its outputs are
    absent or whole, and its result version is part of the unique id: it is raised when the code gives other results
    than before, so that no cache outlives the code that made it.
    """

    task_namespace = 'redshells'

    result_version: int = parameter.integer(
        default=1,
        minimum=1,
        description='Version of the results of this task; raised when its code gives other results.',
    )

    if not TYPE_CHECKING:  # a constructor in sight of the type checkers would hide the parameters of the subclasses

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            with raised_by(type(self).__name__):
                super().__init__(*args, **kwargs)
                self.check_parameters()

    def check_parameters(self) -> None:
        """Check the parameters when the task is constructed; cheap, for it is done for each task of a pipeline.

        Raises:
            RedshellsError: A parameter has a wrong value, or a library is not installed.
        """

    def check_input(self, parameter_name: str, expected: str = 'a table') -> None:
        """Check, when the task is constructed, that an input task has one output, of a kind that can be right.

        Args:
            parameter_name: The parameter that holds the task, if any, such as ``'data_task'``.
            expected: What it must output: ``'a table'``, ``'a model'``, ``'a tuning result'`` or ``'a report'``.

        Raises:
            ParameterError: It has several outputs, or is known to output something else.
        """
        task = getattr(self, parameter_name)
        if task is None:
            return
        target = task.output()
        given = f'{parameter_name}={type(task).__name__}'
        if not isinstance(target, TargetOnKart):
            raise ParameterError(
                f'{given} has several outputs; a task with one output, {expected}, is expected. Choose one of them '
                'with LoadDataOfTask.'
            )
        processor = getattr(target, '_processor', None)
        if isinstance(processor, NamedFileProcessor) and processor.content != expected:
            maker = _MAKERS.get(expected, 'another')
            raise ParameterError(f'{given} outputs {processor.content}; {expected} is expected. Give it {maker} task.')

    @abstractmethod
    def compute(self) -> T:
        """The output, of the inputs and the parameters; a dict by name where there are several targets."""

    def run(self) -> None:
        """Compute the output and save it."""
        with raised_by(type(self).__name__):
            _refuse_dead_threads()
            result = self.compute()
            self.task_log.setdefault('versions', library_versions())
            targets = self.output()
            if isinstance(targets, dict):
                for name in targets:
                    self.dump(result[name], name)  # type: ignore[index]
            else:
                self.dump(result)

    if not TYPE_CHECKING:  # what gokart says of the type of an input stays

        def load(self, target: Any = None) -> Any:
            """What an input holds, as gokart loads it.

            Args:
                target: A task, a target, or the name of a required one; all that is required when None.

            Raises:
                DataError: A file is damaged, or none of its format.
            """
            try:
                return super().load(target)
            except (RedshellsError, MemoryError, TaskLockException):
                raise
            except Exception as error:
                if isinstance(error, OSError) and error.errno is not None:  # the disk, and not what is on it
                    raise
                files = flatten(target.output() if isinstance(target, gokart.TaskOnKart) else target)
                paths = [repr(str(one.path())) for one in files if isinstance(one, TargetOnKart)]
                refusal = DataError(
                    f'the input {", ".join(paths)} can not be read: {type(error).__name__}: {error}. '
                    'Check that the file is whole, and in the format that its extension tells; remove it where a task '
                    'makes it, and run that task again.'
                )
                refusal.source = self._named_input(target)
                raise refusal from error

    def _named_input(self, task: Any) -> str | None:
        for name, value in self.param_kwargs.items():
            if value is task and task is not None:
                return f'{name}={type(task).__name__}'
            if isinstance(value, list | tuple) and any(one is task for one in value):
                position = next(position for position, one in enumerate(value) if one is task)
                return f'{name}[{position}]={type(task).__name__}'
        return None

    @contextmanager
    def reading(self, parameter_name: str, task: gokart.TaskOnKart[Any] | None = None) -> Iterator[None]:
        """Say in the errors of data that leave the block of which input they are.

        Args:
            parameter_name: The parameter that holds the task, such as ``'train_data_task'``.
            task: The task, where the parameter need not hold it.
        """
        with raised_of(f'{parameter_name}={type(task or getattr(self, parameter_name)).__name__}'):
            yield

    def load_input(self, parameter_name: str, task: gokart.TaskOnKart[Any] | None = None) -> Any:
        """What an input task gives; the task and the fingerprint of a table are written to the log under ``'inputs'``.

        Args:
            parameter_name: The parameter that holds the task, such as ``'train_data_task'``.
            task: The task, where the parameter need not hold it.
        """
        from redshells.analysis.fingerprint import fingerprint

        task = task or getattr(self, parameter_name)
        with self.reading(parameter_name, task):
            value = self.load(task)
        record = {'task': type(task).__name__, 'unique_id': task.make_unique_id(), **fingerprint(value).to_json()}
        self.task_log.setdefault('inputs', {})[parameter_name] = record
        return value

    def load_fitting(self, parameter_name: str, fits: Callable[[Any], bool], expected: str) -> Any:
        """What an input task gives, which must be of a kind that only shows when it is there.

        Args:
            parameter_name: The parameter that holds the task.
            fits: Whether it is of that kind.
            expected: The tasks that output such a thing, for messages.

        Raises:
            ParameterError: It is of another kind.
        """
        value = self.load_input(parameter_name)
        if not fits(value):
            raise ParameterError(
                f'{parameter_name}={type(getattr(self, parameter_name)).__name__} outputs a {type(value).__name__}; '
                f'{expected} is expected.'
            )
        return value

    def file_target(self, relative_file_path: str, processor: FileProcessor | None = None) -> TargetOnKart:
        """A target under the unique id, whose local file is absent or whole.

        Args:
            relative_file_path: Path below the workspace; its extension tells the format.
            processor: Another format.
        """
        target = self.make_target(relative_file_path, processor=processor)
        if isinstance(processor, NamedFileProcessor):
            processor.path = str(target.path())  # with the unique id
        if isinstance(target, SingleFileTarget) and isinstance(target._target, luigi.LocalTarget):
            local = target._target
            target._target = DurableLocalTarget(local.path, format=local.format)  # type: ignore[no-untyped-call]
        return target

    def model_target(self, relative_file_path: str, trusted_modules: tuple[str, ...] = ()) -> TargetOnKart:
        """A target for a model, written as an archive.

        Args:
            relative_file_path: Path below the workspace.
            trusted_modules: Packages besides scikit-learn's whose classes the model may hold.
        """
        return self.file_target(relative_file_path, ModelProcessor(trusted_modules=trusted_modules))

    def tuning_result_target(self, relative_file_path: str) -> TargetOnKart:
        """A target for a tuning result, written as JSON."""
        return self.file_target(relative_file_path, TuningResultProcessor())

    def report_target(self, relative_file_path: str) -> TargetOnKart:
        """A target for a report, written as HTML."""
        return self.file_target(relative_file_path, ReportProcessor())

    def check_index(self, index: pd.Index[Any], relative_file_path: str) -> None:
        """Check that a table with this index comes back from its file as it is.

        Args:
            index: The index of the table.
            relative_file_path: Path of the file.

        Raises:
            ParameterError: It does not: gokart reads the index of a feather file as one column, without time zone.
        """
        if not relative_file_path.endswith('.feather'):
            return
        if index.nlevels > 1 or isinstance(index.dtype, pd.DatetimeTZDtype):
            kind = f'{index.nlevels} levels' if index.nlevels > 1 else f'the type {index.dtype}'
            raise ParameterError(
                f'the table has an index of {kind}, which would not come back from the file {relative_file_path!r}. '
                "Set output_file_path to one that ends in '.pkl', or reset the index of the table before."
            )

    def check_table(self, table: Any, relative_file_path: str) -> None:
        """Check that a table comes back from its file as the kind that it is.

        Args:
            table: A pandas or polars data frame.
            relative_file_path: Path of the file.

        Raises:
            ParameterError: It does not.
        """
        if isinstance(table, pd.DataFrame):
            self.check_index(table.index, relative_file_path)
        elif not relative_file_path.endswith('.pkl'):
            raise ParameterError(
                f'the table is a polars data frame, which can not be written to {relative_file_path!r}. '
                "Set the path of the output to one that ends in '.pkl', or convert the table to pandas before."
            )

    @classmethod
    def get_param_values(cls, params: Any, args: Any, kwargs: Mapping[str, Any]) -> list[tuple[str, Any]]:
        """Name and value of each parameter, as luigi computes them."""
        with raised_by(cls.__name__):
            return list(super().get_param_values(params, args, _BrieflyShown(kwargs)))  # type: ignore[no-untyped-call]

    def to_str_params(self, only_significant: bool = False, only_public: bool = False) -> dict[str, str]:
        """The parameters as text, sorted by name.

        luigi sorts them by the moment of their creation, and so the unique id would change with the order of imports.
        """
        values = super().to_str_params(only_significant, only_public)  # type: ignore[no-untyped-call]
        return dict(sorted(values.items()))

    def _get_task_string(self, only_public: bool = False) -> str:
        # asked for again and again while a graph is built; luigi formats the tasks of a task each time
        texts = self.__dict__.setdefault('_redshells_strings', {})
        if only_public not in texts:
            texts[only_public] = super()._get_task_string(only_public)  # type: ignore[no-untyped-call]
        return str(texts[only_public])

    def _make_representation(self, param_obj: luigi.Parameter[Any], param_value: Any) -> str:
        return 'None' if param_value is None else str(super()._make_representation(param_obj, param_value))


def _refuse_dead_threads() -> None:
    # the inputs are loaded in this process, and a polars data frame would be waited for for ever
    if 'polars' in fork_hazards():
        raise ProcessError(
            'polars was used before this worker process was forked, and its threads are gone. '
            'Build with workers=1, or in a process that has not used polars.'
        )
