"""What all reports have: a language, a title, and an earlier report to compare with."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from abc import abstractmethod
from collections.abc import Collection, Mapping
from typing import Any

import gokart
from gokart.target import TargetOnKart
from gokart.utils import flatten

from redshells import parameter
from redshells.archive import library_versions
from redshells.errors import ParameterError, require_installed
from redshells.page.kept_content import check_content
from redshells.page.report import Report
from redshells.page.run_facts import FileLink, RunFacts, TableRead, TaskOutput
from redshells.page.wording import LANGUAGES
from redshells.report.earlier_report import EarlierReport, Subject, find_earlier
from redshells.target import CheckedTarget
from redshells.task import RedshellsTask
from redshells.tuning import TuningResult

_LONGEST_VALUE = 300  # characters of a parameter


class ReportTask(RedshellsTask[Report]):
    """Write a report. Output: a [`Report`][redshells.page.report.Report], saved as one HTML file."""

    language: str = parameter.text(default='en', choices=LANGUAGES, description='Language of the page.')
    title: str | None = parameter.text(
        default=None,
        description='Title of the page. Reports with different titles are never compared with each other.',
    )
    previous_report_task: gokart.TaskOnKart[Report] | None = parameter.optional_task(
        description='The report to compare with; by default, the newest older one of the same task in the workspace.'
    )
    random_seed: int = parameter.integer(
        default=0, minimum=0, maximum=2**31 - 1, description='Seed of the samples that are drawn.'
    )
    output_file_path: str = parameter.text(description='Path of the page below the workspace.')

    @abstractmethod
    def subject(self) -> gokart.TaskOnKart[Any]:
        """The task that is reported on."""

    @abstractmethod
    def default_title(self) -> str:
        """The title, where none is given."""

    def check_parameters(self) -> None:
        """Check that the libraries are there, and that the file is a page.

        Raises:
            MissingExtraError: A library is not installed.
            ParameterError: The path is not one of a page.
        """
        for library in ('jinja2', 'matplotlib'):
            require_installed('A report', library, 'report')
        if not self.output_file_path.endswith('.html'):
            raise ParameterError(
                f"output_file_path={self.output_file_path!r} was given; a path that ends in '.html' is expected."
            )

    def output(self) -> TargetOnKart:
        """The page."""
        return self.report_target(self.output_file_path)

    def family(self) -> str:
        """What reports of the same task have in common, whatever the day: the classes of the tasks that lead to it."""
        names: set[str] = set()
        waiting: list[Any] = [self.subject()]
        seen: set[str] = set()
        while waiting:
            task = waiting.pop()
            # the parts of a split are made by tasks of one class
            part = getattr(task, 'target_name', '')
            names.add(f'{type(task).__name__} {part if isinstance(part, str) else ""}')
            if task.task_id not in seen:
                seen.add(task.task_id)
                waiting.extend(flatten(task.requires()))
        key = [type(self).__name__, self.output_file_path, self.title, self.default_title(), sorted(names)]
        return hashlib.sha256(json.dumps(key).encode()).hexdigest()[:32]

    def load_earlier(
        self, kind: str, column_names: Collection[str] = (), facts: Mapping[str, Any] | None = None
    ) -> EarlierReport:
        """The report to compare with.

        Args:
            kind: ``'model'``, ``'recommender'``, ``'training'``, ``'tuning'`` or ``'data'``.
            column_names: The columns of the table.
            facts: What an earlier report must have kept as well to be one of the same task.

        Raises:
            ParameterError: The given task outputs no such report.
            ArchiveError: It is damaged, or of a newer redshells.
        """
        if self.previous_report_task is None:
            unique_id, time = self._subject_facts()
            return find_earlier(
                self.output(), Subject(kind, self.family(), unique_id, time, tuple(column_names), facts)
            )
        report = self.load(self.previous_report_task)
        found = report.content.get('kind') if isinstance(report, Report) else f'a {type(report).__name__}'
        if found != kind:
            raise ParameterError(
                f'previous_report_task={type(self.previous_report_task).__name__} outputs {found!r}; the report of a '
                f'{type(self).__name__} is expected.'
            )
        content: Mapping[str, Any] = report.content
        check_content(content, kind, f'the report of previous_report_task={type(self.previous_report_task).__name__}')
        return EarlierReport({**content, 'path': _paths(self.previous_report_task)[0]})

    def tuning_task_of(self, model_task: gokart.TaskOnKart[Any]) -> gokart.TaskOnKart[Any] | None:
        """The search that gave the arguments of a model: the given one, or that of the task that trained the model.

        Args:
            model_task: The task that trained the model.
        """
        given: gokart.TaskOnKart[Any] | None = getattr(self, 'tuning_task', None)
        return getattr(model_task, 'best_params_task', None) if given is None else given

    def load_tuning(self, task: gokart.TaskOnKart[Any]) -> TuningResult:
        """The result of a search.

        Args:
            task: The search.

        Raises:
            ParameterError: It outputs something else.
        """
        result = self.load_input('tuning_task', task)
        if not isinstance(result, TuningResult):
            raise ParameterError(
                f'tuning_task={type(task).__name__} outputs a {type(result).__name__}; an Optimize… task, which '
                'outputs a TuningResult, is expected.'
            )
        return result

    def run_facts(
        self,
        outputs: Mapping[str, gokart.TaskOnKart[Any] | None],
        code: str,
        earlier: EarlierReport,
        versions: Mapping[str, str] | None = None,
    ) -> RunFacts:
        """What the page says of the run.

        Args:
            outputs: The tasks behind the report, by what they are to it.
            code: Lines that load what is reported on.
            earlier: The report to compare with.
            versions: Versions of the libraries that have made what is reported on; those of now by default.
        """
        page = str(self.output().path())
        subject_id, subject_time = self._subject_facts()
        return RunFacts(
            title=self.title or self.default_title(),
            created=datetime.datetime.now().astimezone().strftime('%Y-%m-%d %H:%M %Z'),
            path=page,
            unique_id=self.make_unique_id(),
            family=self.family(),
            task=type(self.subject()).__name__,
            subject_id=subject_id,
            subject_time=subject_time,
            outputs=tuple(_describe(role, task, page) for role, task in outputs.items() if task is not None),
            inputs=tuple(_read(name, record) for name, record in self.task_log.get('inputs', {}).items()),
            versions=versions or library_versions(),
            writer_versions=library_versions(),
            code=code,
            unlike=FileLink.of(earlier.unlike, page) if earlier.unlike else None,
        )

    def _subject_facts(self) -> tuple[str, str]:
        """The unique id of what is reported on, and when it was written."""
        task = self.subject()
        target = flatten(task.output())[0]
        moment: Any = target.last_modification_time()
        return task.make_unique_id(), moment if isinstance(moment, str) else moment.astimezone(datetime.UTC).isoformat()


def local_path_of(task: gokart.TaskOnKart[Any]) -> tuple[str, str]:
    """Path of a task's file for a line of code, and a comment that says what it is where it lies elsewhere."""
    path = _paths(task)[0]
    if '://' in path:
        return path.rpartition('/')[2], f'  # a copy of {path}'
    return os.path.abspath(path), ''


def _describe(role: str, task: gokart.TaskOnKart[Any], page: str) -> TaskOutput:
    files = tuple(FileLink.of(path, page) for path in _paths(task))
    return TaskOutput(role, type(task).__name__, task.make_unique_id(), files, _parameters(task))


def _paths(task: gokart.TaskOnKart[Any]) -> list[str]:
    targets: list[Any] = flatten(task.output())
    return [str(one.checked_path() if isinstance(one, CheckedTarget) else one.path()) for one in targets]


def _parameters(task: gokart.TaskOnKart[Any]) -> tuple[tuple[str, str], ...]:
    texts = task.to_str_params(only_significant=True, only_public=True)  # type: ignore[no-untyped-call]
    own = [name for name in texts if not isinstance(getattr(task, name), gokart.TaskOnKart)]
    return tuple((name, _shortened(texts[name])) for name in own if texts[name] not in ('', '{}', '[]'))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f'{text[:_LONGEST_VALUE]} …'


def _read(name: str, record: Mapping[str, Any]) -> TableRead:
    shape = ' × '.join(f'{size:,}' for size in record.get('shape', ()))
    return TableRead(name, str(record['task']), shape, str(record.get('digest', '')))
