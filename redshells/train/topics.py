"""The topic model LDA."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import gokart
import pandas as pd

from redshells import parameter
from redshells.factory.text_models import LDA
from redshells.train.text_verb import OptimizeText, TextModelVerb, TrainText, ValidateText
from redshells.tuning import TuningResult

if TYPE_CHECKING:
    from redshells.model.lda_model import LdaModel

T = TypeVar('T')


class WithTopics(TextModelVerb[T], Generic[T]):
    """LDA, with its arguments."""

    spec = LDA

    lda_model_kwargs: dict[str, Any] = parameter.keyword_arguments(
        default={}, description='Arguments of LdaModel; n_topics is 100 unless it is given or tuned.'
    )
    dictionary_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A TrainDictionary task whose tokens count; the tokens of the documents by default.'
    )

    def check_parameters(self) -> None:
        """Check that the dictionary is a model, besides what all verbs check.

        Raises:
            ParameterError: It is not.
        """
        super().check_parameters()
        self.check_input('dictionary_task', 'a model')

    def explicit_arguments(self) -> dict[str, Any]:
        """The arguments of the model."""
        from redshells.model.lda_arguments import check_lda_arguments

        return check_lda_arguments(parameter.plain(self.lda_model_kwargs))

    def given_models(self) -> dict[str, Any]:
        """The dictionary, if it is given."""
        if self.dictionary_task is None:
            return {}
        return {'dictionary': self.load_dictionary('dictionary_task')}


class TrainLdaModel(WithTopics['LdaModel'], TrainText['LdaModel']):
    """Learn the topics of documents. Output: an [`LdaModel`][redshells.model.lda_model.LdaModel].

    The log says how well the model predicts the tokens of held-out documents (``log_perplexity``), and how well the
    words of its topics go together (``coherence``).
    """

    output_file_path: str = parameter.text(
        default='model/lda_model.zip', description='Path of the model below the workspace.'
    )

    def facts_of(self, model: LdaModel) -> dict[str, Any]:
        """Perplexity and coherence."""
        return {'topics': model.n_topics, 'log_perplexity': model.log_perplexity, 'coherence': model.coherence_}


class OptimizeLdaModel(WithTopics[TuningResult], OptimizeText):
    """Tune LDA by the coherence of its topics, or by a linear classifier on the topics of the documents.

    Output: a [`TuningResult`][redshells.tuning.TuningResult], for ``TrainLdaModel``.
    """

    output_file_path: str = parameter.text(
        default='optimize/lda_model.json', description='Path of the tuning result below the workspace.'
    )


class ValidateLdaModel(WithTopics[dict[str, pd.DataFrame]], ValidateText):
    """Cross-validate a linear classifier on the topics of documents. Output: the ``'scores'`` and ``'predictions'``."""

    output_file_path: str = parameter.text(
        default='validate/lda_model.feather',
        description='Path below the workspace, to which _scores and _predictions are added.',
    )
