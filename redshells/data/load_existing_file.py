"""A file that is there already, as a task."""

from __future__ import annotations

import os
from typing import Any, NoReturn

import gokart.target
from gokart.file_processor import FileProcessor, make_file_processor
from gokart.target import SingleFileTarget, TargetOnKart

from redshells import parameter
from redshells.errors import DataError, MissingFileError, ParameterError, RedshellsError, require_installed
from redshells.target import ModelProcessor, TuningResultProcessor
from redshells.task import RedshellsTask

_EXTENSIONS = (
    *('.csv', '.tsv', '.feather', '.parquet', '.json', '.ndjson', '.pkl', '.zip'),
    *('.txt', '.ini', '.gz', '.xml', '.npz', '.png', '.jpg'),
)
_SCHEMES = {'s3://': ('boto3', 's3'), 'gs://': ('googleapiclient', 'gcs')}
_TUNING_RESULT_START = b'{\n "content":'


class LoadExistingFile(RedshellsTask[Any]):
    """A file that no task has made, as the output of one. It is read where it lies, and never written or removed.

    Output: what the file holds, by its extension: a pandas data frame of ``.csv``, ``.tsv``, ``.feather``,
    ``.parquet``, ``.json`` or ``.ndjson``; a model of redshells of ``.zip``; a tuning result of a ``.json`` that an
    Optimize… task has saved; for the others what gokart reads of them. A pickle file runs code when it is read: load
    those of people you trust.

    The unique id is that of the path. A new content under the old path is not noticed: put the date into the path.
    """

    file_path: str = parameter.text(
        description='An absolute path, one below the workspace, or one that begins with s3:// or gs://.'
    )
    trusted_modules: tuple[str, ...] | list[str] = parameter.names(
        default=(), description="Packages besides scikit-learn's whose classes a model may hold."
    )

    def check_parameters(self) -> None:
        """Check that the file is of a kind that can be read, and that what reaches it is installed.

        Raises:
            ParameterError: The extension, or the scheme of the URL, is unknown.
            MissingExtraError: The library for the object storage is not installed.
        """
        if os.path.splitext(self.file_path)[1] not in _EXTENSIONS:
            raise ParameterError(
                f'file_path={self.file_path!r} was given; a path that ends in one of {list(_EXTENSIONS)} is expected.'
            )
        scheme = self.file_path.partition('://')[0] + '://' if '://' in self.file_path else ''
        if scheme and scheme not in _SCHEMES:
            raise ParameterError(
                f'file_path={self.file_path!r} was given; a path, or a URL that begins with one of {list(_SCHEMES)}, '
                'is expected. Download the file before.'
            )
        if scheme:
            require_installed(f'file_path={self.file_path!r}', *_SCHEMES[scheme])

    def output(self) -> TargetOnKart:
        """The file."""
        is_url = '://' in self.file_path
        path = self.file_path if is_url else os.path.join(self.workspace_directory, self.file_path)
        processor = _ExistingFileProcessor(path, tuple(self.trusted_modules))
        target: Any = gokart.target.make_target(path, processor=processor)
        return _ExistingFileTarget(target._target, processor, target._get_task_lock_params())

    def compute(self) -> Any:
        """Refuse: where the file is there, nothing is computed.

        Raises:
            MissingFileError: Always.
        """
        raise MissingFileError(
            f'file_path={self.file_path!r} was given, and there is no file {self.output().path()!r}. '
            'Check the path, and that what makes the file has ended.'
        )


class _ExistingFileTarget(SingleFileTarget):
    """A file of somebody else: it is not written, and ``rerun=True`` must not remove it."""

    def _dump(self, obj: Any, *args: Any, **kwargs: Any) -> None:
        self._processor.dump(obj, None)

    def _remove(self) -> None:
        pass


class _ExistingFileProcessor(FileProcessor):
    def __init__(self, path: str, trusted_modules: tuple[str, ...]) -> None:
        self._path = path
        self._extension = os.path.splitext(path)[1]
        is_model = self._extension == '.zip'
        self._inner = ModelProcessor(path, trusted_modules) if is_model else make_file_processor(path)

    def format(self) -> Any:
        return self._inner.format()

    def load(self, file: Any) -> Any:
        try:
            return self._load_json(file) if self._extension == '.json' else self._inner.load(file)
        except RedshellsError:
            raise
        except Exception as error:
            raise DataError(
                f'the file {self._path!r} can not be read as {self._extension!r}: {type(error).__name__}: {error}. '
                'Check that it is whole, and that its extension tells its format.'
            ) from error

    def dump(self, obj: Any, file: Any) -> NoReturn:
        raise ParameterError(f'the file {self._path!r} is read and never written. Write another one.')

    def _load_json(self, file: Any) -> Any:
        from io import BytesIO

        content = file.read()
        if content.startswith(_TUNING_RESULT_START):
            return TuningResultProcessor(self._path).load(BytesIO(content))
        return self._inner.load(BytesIO(content))
