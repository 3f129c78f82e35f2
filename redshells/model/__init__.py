"""The mathematics: models with ``fit``, ``predict``, ``save`` and ``load``, without gokart or files of their own."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from redshells.archive import Archive
from redshells.errors import DamagedArchiveError, MissingExtraError, RedshellsError

MODEL_CLASSES = frozenset(
    {
        'redshells.model.lightgbm:LightGBMModel',
        'redshells.model.xgboost:XGBoostModel',
        'redshells.model.catboost:CatBoostModel',
        'redshells.model.dictionary:Dictionary',
        'redshells.model.doc2vec:Doc2Vec',
        'redshells.model.estimator:EstimatorModel',
        'redshells.model.factorization_machine:FactorizationMachine',
        'redshells.model.fasttext:FastText',
        'redshells.model.feature_aggregation_similarity_model:FeatureAggregationSimilarityModel',
        'redshells.model.graph_convolutional_matrix_completion:GraphConvolutionalMatrixCompletion',
        'redshells.model.graph_convolutional_network:GraphConvolutionalNetwork',
        'redshells.model.light_gcn:LightGCN',
        'redshells.model.matrix_factorization:MatrixFactorization',
        'redshells.model.scdv:SCDV',
        'redshells.model.lda_model:LdaModel',
        'redshells.model.tfidf:Tfidf',
        'redshells.model.word2vec:Word2Vec',
    }
)
"""The classes that a saved model may be of. A class is looked up here, never imported from what a file says."""

_EXTRAS = {
    'lightgbm': 'lightgbm',
    'xgboost': 'xgboost',
    'catboost': 'catboost',
    'polars': 'polars',
    'gensim': 'text',
    'numba': 'text',
    'torch': 'torch',
}


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
        ArchiveError: The archive is of a model that this redshells does not know, holds what it must not, or lacks
            what a model of its class has.
        MissingExtraError: The model's library is not installed.
    """
    if archive.model not in MODEL_CLASSES:
        raise DamagedArchiveError(
            f'{name} holds a model of class {archive.model!r}, which this redshells does not have; '
            f'it has {sorted(MODEL_CLASSES)}. Was it written by a newer version? ({dict(archive.versions)})'
        )
    model_class = load_class(archive.model)
    try:
        return model_class.from_archive(archive, trusted_modules=trusted_modules)
    except RedshellsError:
        raise
    except Exception as error:  # whole, but not of our making: the libraries raise errors of their own for such parts
        raise DamagedArchiveError(
            f'{name} is no model of {archive.model} that this redshells reads: {error!r}. It was written by '
            f'{dict(archive.versions)}. Remove the file and run the task that writes it again.'
        ) from error


def load_class(import_path: str) -> Any:
    """The object of an import path such as ``'redshells.model.lightgbm:LightGBMModel'``.

    Raises:
        MissingExtraError: A library that its module needs is not installed, and an extra of redshells has it.
        ImportError: There is no such module.
    """
    module, _, name = import_path.partition(':')
    try:
        return getattr(import_module(module), name)
    except ImportError as error:
        missing = (error.name or module).split('.')[0]
        if missing not in _EXTRAS:
            raise
        extra = _EXTRAS[missing]
        raise MissingExtraError(
            f"{import_path} needs {missing}, which can't be imported ({error}). pip install 'redshells[{extra}]'"
        ) from error
