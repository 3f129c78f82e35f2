"""The mathematics: models with ``fit``, ``predict``, ``save`` and ``load``, without gokart or files of their own."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from redshells.archive import Archive
from redshells.errors import DamagedArchiveError, MissingExtraError

MODEL_CLASSES = frozenset(
    {
        'redshells.model.lightgbm:LightGBMModel',
        'redshells.model.xgboost:XGBoostModel',
        'redshells.model.catboost:CatBoostModel',
        'redshells.model.estimator:EstimatorModel',
    }
)
"""The classes that a saved model may be of. A class is looked up here, never imported from what a file says."""


def load_model(path: str, trusted_modules: tuple[str, ...] = ()) -> Any:
    """Load a model that a ``Train…`` task has saved, from a local path and without gokart.

    Args:
        path: Path of the archive.
        trusted_modules: Packages besides scikit-learn's whose classes an estimator of this file may hold.

    Returns:
        The fitted model.

    Raises:
        FileNotFoundError: There is no such file.
        ArchiveError: The file is damaged, too new, or holds what it must not.
    """
    return model_from_archive(Archive.load(path), name=path, trusted_modules=trusted_modules)


def model_from_archive(archive: Archive, *, name: str, trusted_modules: tuple[str, ...] = ()) -> Any:
    """The fitted model of an archive.

    Args:
        archive: The contents of the file.
        name: Path of the file, for messages.
        trusted_modules: Packages besides scikit-learn's whose classes an estimator of this file may hold.

    Raises:
        ArchiveError: The archive is of a model that this redshells does not know, or holds what it must not.
        MissingExtraError: The model's library is not installed.
    """
    if archive.model not in MODEL_CLASSES:
        raise DamagedArchiveError(
            f'{name} holds a model of class {archive.model!r}, which this redshells does not have; '
            f'it has {sorted(MODEL_CLASSES)}. Was it written by a newer version? ({dict(archive.versions)})'
        )
    return load_class(archive.model).from_archive(archive, trusted_modules=trusted_modules)


def load_class(import_path: str) -> Any:
    """The object of an import path such as ``'redshells.model.lightgbm:LightGBMModel'``.

    Raises:
        MissingExtraError: A library that its module needs is not installed.
    """
    module, _, name = import_path.partition(':')
    try:
        return getattr(import_module(module), name)
    except ImportError as error:
        missing = (error.name or module).split('.')[0]
        raise MissingExtraError(
            f"{import_path} needs {missing}, which can't be imported ({error}). pip install 'redshells[{missing}]'"
        ) from error
