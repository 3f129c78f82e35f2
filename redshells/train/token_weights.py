"""The dictionary and TF-IDF: what counts the tokens of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import gokart
import pandas as pd
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.errors import ParameterError, require_installed
from redshells.factory.text_models import TFIDF
from redshells.model.dictionary_arguments import USUAL_FILTER, check_filter_arguments
from redshells.train.text_shape import FromTexts
from redshells.train.text_verb import OptimizeText, TextModelVerb, TrainText, ValidateText
from redshells.tuning import TuningResult

if TYPE_CHECKING:
    from redshells.model.dictionary import Dictionary
    from redshells.model.tfidf import Tfidf

T = TypeVar('T')


class TrainDictionary(FromTexts['Dictionary']):
    """Count the tokens of documents, and number those that are neither too rare nor too frequent.

    Output: a [`Dictionary`][redshells.model.dictionary.Dictionary], which is gensim's.
    """

    dictionary_filter_kwargs: dict[str, Any] | None = parameter.keyword_arguments(
        default=None,
        description="Arguments of gensim's Dictionary.filter_extremes; no token is left out when empty. By default "
        "{'no_below': 5, 'no_above': 0.5, 'keep_n': 100_000, 'keep_tokens': None}, or what best_params_task found.",
    )
    best_params_task: gokart.TaskOnKart[TuningResult] | None = parameter.optional_task(
        description='An OptimizeTfidf task; the best arguments of the filter are used.'
    )
    output_file_path: str = parameter.text(
        default='model/dictionary.zip', description='Path of the dictionary below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check the arguments of the filter, and that gensim is installed.

        Raises:
            ParameterError: gensim does not take one.
            MissingExtraError: It is not.
        """
        super().check_parameters()
        require_installed(type(self).__name__, 'gensim', 'text')
        self.check_input('best_params_task', 'a tuning result')
        check_filter_arguments(parameter.plain(self.dictionary_filter_kwargs or {}))

    def output(self) -> TargetOnKart:
        """The dictionary."""
        return self.model_target(self.output_file_path)

    def compute(self) -> Dictionary:
        """The dictionary."""
        from redshells.model.dictionary import Dictionary

        arguments = self._filter_arguments()
        dictionary = Dictionary(self.load_documents())
        self.task_log['different_tokens'] = len(dictionary)
        if arguments:
            dictionary.keep_usual_tokens(**arguments)
        self.task_log['kept_tokens'] = len(dictionary)
        names = ('documents', 'tokens', 'different_tokens', 'kept_tokens', 'inputs')
        dictionary.training = {name: self.task_log[name] for name in names}
        return dictionary

    def _filter_arguments(self) -> dict[str, Any]:
        explicit = self.dictionary_filter_kwargs
        if self.best_params_task is None:
            return parameter.plain(explicit) if explicit is not None else dict(USUAL_FILTER)
        return {**self.load_tuned_arguments(TFIDF.name), **parameter.plain(explicit or {})}


class FilteredTokens(TextModelVerb[T], Generic[T]):
    """TF-IDF of the tokens that are neither too rare nor too frequent."""

    spec = TFIDF

    dictionary_filter_kwargs: dict[str, Any] = parameter.keyword_arguments(
        default={}, description="Arguments of gensim's Dictionary.filter_extremes; no token is left out when empty."
    )

    def check_parameters(self) -> None:
        """Check the arguments of the filter, besides what all verbs check.

        Raises:
            ParameterError: gensim does not take one.
        """
        super().check_parameters()
        check_filter_arguments(self.explicit_arguments())

    def explicit_arguments(self) -> dict[str, Any]:
        """The arguments of the filter."""
        return parameter.plain(self.dictionary_filter_kwargs)


class TrainTfidf(FilteredTokens['Tfidf'], TrainText['Tfidf']):
    """Learn how rare the tokens of documents are. Output: a [`Tfidf`][redshells.model.tfidf.Tfidf]."""

    dictionary_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A TrainDictionary task whose tokens are weighed; the tokens of the documents by default.'
    )
    output_file_path: str = parameter.text(
        default='model/tfidf.zip', description='Path of the model below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the tokens are chosen in one way only, besides what all verbs check.

        Raises:
            ParameterError: They are not.
        """
        super().check_parameters()
        self.check_input('dictionary_task', 'a model')
        if self.dictionary_task is not None and (self.dictionary_filter_kwargs or self.best_params_task):
            raise ParameterError(
                'dictionary_task was given together with dictionary_filter_kwargs or best_params_task; one of them '
                'says which tokens are kept. Give best_params_task to the TrainDictionary task.'
            )

    def given_models(self) -> dict[str, Any]:
        """The dictionary, if it is given."""
        if self.dictionary_task is None:
            return {}
        return {'dictionary': self.load_dictionary('dictionary_task')}

    def facts_of(self, model: Tfidf) -> dict[str, Any]:
        """How many tokens have a weight."""
        return {'kept_tokens': len(model.dictionary)}


class OptimizeTfidf(FilteredTokens[TuningResult], OptimizeText):
    """Tune which tokens TF-IDF keeps, by how well a linear classifier on its weights predicts the labels.

    Output: a [`TuningResult`][redshells.tuning.TuningResult], for ``TrainTfidf`` or ``TrainDictionary``.
    """

    output_file_path: str = parameter.text(
        default='optimize/tfidf.json', description='Path of the tuning result below the workspace.'
    )


class ValidateTfidf(FilteredTokens[dict[str, pd.DataFrame]], ValidateText):
    """Cross-validate a linear classifier on the weights of TF-IDF. Output: the ``'scores'`` and ``'predictions'``."""

    output_file_path: str = parameter.text(
        default='validate/tfidf.feather',
        description='Path below the workspace, to which _scores and _predictions are added.',
    )
