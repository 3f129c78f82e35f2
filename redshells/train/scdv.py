"""SCDV: vectors of documents from clusters of word vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import gokart
import pandas as pd

from redshells import parameter
from redshells.factory.text_models import SCDV as SPEC
from redshells.train.text_verb import OptimizeText, TextModelVerb, TrainText, ValidateText
from redshells.tuning import TuningResult

if TYPE_CHECKING:
    from redshells.model.scdv import SCDV

T = TypeVar('T')


class WithClusters(TextModelVerb[T], Generic[T]):
    """SCDV, with the models that it stands on."""

    spec = SPEC

    dictionary_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A TrainDictionary task: its tokens count, weighed by how rare they are in its documents.'
    )
    word2vec_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs word vectors, such as TrainWord2Vec, TrainFastText or TrainDoc2Vec.'
    )
    cluster_size: int | None = parameter.integer(
        default=None, minimum=1, description='Number of clusters of words; 60 unless it is given or tuned.'
    )
    sparsity_percentage: float | None = parameter.number(
        default=None,
        minimum=0.0,
        maximum=1.0,
        description='Share of the mean extremes of a vector below which its numbers are zero; 0.04 unless it is given '
        'or tuned.',
    )
    gaussian_mixture_kwargs: dict[str, Any] = parameter.keyword_arguments(
        default={},
        description="Arguments of scikit-learn's GaussianMixture besides n_components; covariance_type is 'tied' "
        'unless it is given, as in the paper.',
    )

    def check_parameters(self) -> None:
        """Check that the dictionary and the word vectors are models, besides what all verbs check.

        Raises:
            ParameterError: They are not.
        """
        super().check_parameters()
        self.check_input('dictionary_task', 'a model')
        self.check_input('word2vec_task', 'a model')

    def explicit_arguments(self) -> dict[str, Any]:
        """The arguments of the model."""
        given = {'cluster_size': self.cluster_size, 'sparsity_percentage': self.sparsity_percentage}
        explicit: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if self.gaussian_mixture_kwargs:
            from redshells.model.word_clusters import mixture_arguments

            explicit['gaussian_mixture_kwargs'] = parameter.plain(self.gaussian_mixture_kwargs)
            mixture_arguments(explicit['gaussian_mixture_kwargs'], cluster_size=1, random_seed=self.random_seed)
        return explicit

    def given_models(self) -> dict[str, Any]:
        """The dictionary and the word vectors."""
        words = self.load_fitting(
            'word2vec_task',
            lambda one: hasattr(one, 'wv') or hasattr(one, 'key_to_index'),
            'a task that outputs word vectors, such as TrainWord2Vec,',
        )
        return {'dictionary': self.load_dictionary('dictionary_task'), 'w2v': words}


class TrainSCDV(WithClusters['SCDV'], TrainText['SCDV']):
    """Cluster words for vectors of documents. Output: an [`SCDV`][redshells.model.scdv.SCDV]."""

    needs_corpus = True

    text_sample_size: int = parameter.integer(
        default=10_000,
        minimum=1,
        description='Documents, drawn by the seed, by whose vectors it is decided which numbers are zero.',
    )
    output_file_path: str = parameter.text(
        default='model/scdv.zip', description='Path of the model below the workspace.'
    )

    def training_arguments(self) -> dict[str, Any]:
        """Tuned arguments, and the explicit ones, which win."""
        return {'text_sample_size': self.text_sample_size, **super().training_arguments()}

    def facts_of(self, model: SCDV) -> dict[str, Any]:
        """How large the vectors are, and of how many tokens."""
        size = model.cluster_size * model.embedding_size
        return {'tokens_with_vectors': model.number_of_tokens, 'clusters': model.cluster_size, 'vector_size': size}


class OptimizeSCDV(WithClusters[TuningResult], OptimizeText):
    """Tune SCDV by a linear classifier on the vectors of documents.

    Output: a [`TuningResult`][redshells.tuning.TuningResult], for ``TrainSCDV``.
    """

    output_file_path: str = parameter.text(
        default='optimize/scdv.json', description='Path of the tuning result below the workspace.'
    )


class ValidateSCDV(WithClusters[dict[str, pd.DataFrame]], ValidateText):
    """Cross-validate a linear classifier on SCDV's vectors. Output: the ``'scores'`` and ``'predictions'``.

    The dictionary and the word vectors are taken as they are given; they know no labels.
    """

    output_file_path: str = parameter.text(
        default='validate/scdv.feather',
        description='Path below the workspace, to which _scores and _predictions are added.',
    )
