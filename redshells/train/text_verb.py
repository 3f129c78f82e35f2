"""The verbs Train, Optimize and Validate of text models."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import gokart
import pandas as pd
from gokart.target import TargetOnKart
from gokart.utils import FlattenableItems

from redshells import parameter
from redshells.errors import ParameterError, SearchSpaceError
from redshells.factory.text_models import TextModelBuilder, TextModelSpec
from redshells.model.metric_name import check_metrics
from redshells.process import run_safely
from redshells.target import check_table_path
from redshells.train.argument_search import ArgumentSearch
from redshells.train.text_shape import FromLabelledTexts, FromTexts
from redshells.tuning import TuningResult
from redshells.tuning.text_problem import OWN_METRICS, USUAL_METRIC

if TYPE_CHECKING:
    from redshells.model.corpus import Corpus
    from redshells.model.saved_model import SavedModel
    from redshells.tuning.argument_tuning import ArgumentTuningPlan
    from redshells.tuning.text_word_pairs import WordPairs

T = TypeVar('T')
M = TypeVar('M', bound='SavedModel')
R = TypeVar('R')


class TextModelVerb(FromTexts[T], Generic[T]):
    """What all verbs of text models have: a model, its arguments and a seed."""

    spec: ClassVar[TextModelSpec]

    random_seed: int = parameter.integer(
        default=0, minimum=0, maximum=2**31 - 1, description='Seed of all that is drawn.'
    )

    @abstractmethod
    def explicit_arguments(self) -> dict[str, Any]:
        """The given arguments under the model's own names.

        Raises:
            ParameterError: The model does not take one.
        """

    def given_models(self) -> dict[str, Any]:
        """The models that this one stands on, by the name of its argument."""
        return {}

    def threads(self) -> int:
        """How many threads a training may use."""
        return 1

    def check_parameters(self) -> None:
        """Check the arguments, and that the model's library is installed.

        Raises:
            MissingExtraError: It is not.
            ParameterError: The model does not take one.
        """
        super().check_parameters()
        self.spec.check_installed(type(self).__name__)
        self.explicit_arguments()

    def builder(self) -> TextModelBuilder:
        """What trains the models of the task."""
        return TextModelBuilder(self.spec, self.random_seed, self.threads(), self.given_models())

    def load_dictionary(self, parameter_name: str) -> Any:
        """The dictionary of an input task: redshells' or gensim's.

        Raises:
            ParameterError: It is something else.
        """
        return self.load_fitting(parameter_name, lambda one: hasattr(one, 'token2id'), 'a TrainDictionary task')


class WithBestTextParams(TextModelVerb[T], Generic[T]):
    """Verbs that train a text model with tuned arguments."""

    best_params_task: gokart.TaskOnKart[TuningResult] | None = parameter.optional_task(
        description='An Optimize… task of the same model; its best parameters are used.'
    )

    def check_parameters(self) -> None:
        """Check the tuned arguments, besides what all verbs check.

        Raises:
            ParameterError: They are something else.
        """
        super().check_parameters()
        self.check_input('best_params_task', 'a tuning result')

    def training_arguments(self) -> dict[str, Any]:
        """Tuned arguments, and the explicit ones, which win.

        Raises:
            ResultMismatchError: The tuning was of another model.
        """
        explicit = self.explicit_arguments()
        if self.best_params_task is None:
            return explicit
        return {**self.load_tuned_arguments(self.spec.name), **explicit}


class TrainText(WithBestTextParams[M], Generic[M]):
    """Train a text model. Output: the model, saved as an archive."""

    needs_corpus: ClassVar[bool] = False
    """Whether the documents lie in a file during the training: they are read twice, or by another process."""

    show_progress: bool = parameter.flag(
        default=True, significant=False, description='Show a progress bar where there is a terminal.'
    )
    output_file_path: str = parameter.text(description='Path of the model below the workspace.')

    def output(self) -> TargetOnKart:
        """The model."""
        return self.model_target(self.output_file_path)

    def compute(self) -> M:
        """The model."""
        arguments, build = self.training_arguments(), self.builder()
        documents = self.load_documents()
        model: M
        if self.needs_corpus:
            with self.corpus_of(documents) as corpus:
                model = run_safely(build, arguments, corpus, self.show_progress)
        else:
            model = build(arguments, documents, self.show_progress)
        self.task_log.update(self.facts_of(model))
        names = ('documents', 'tokens', *self.facts_of(model), 'inputs')
        model.training = {name: self.task_log[name] for name in names}
        return model

    def facts_of(self, model: M) -> dict[str, Any]:
        """What the log says of the model."""
        return {}


class OptimizeText(TextModelVerb[TuningResult], FromLabelledTexts[TuningResult], ArgumentSearch):
    """Tune a text model with Optuna.

    Output: a [`TuningResult`][redshells.tuning.TuningResult], for ``best_params_task``. With ``target_column_name``, a
    trial is worth what a linear classifier scores on the vectors of the documents, cross-validated. The study is kept
    in a file under the unique id (or in ``storage``): a run that was killed goes on where it was.
    """

    metric: str | None = parameter.text(
        default=None,
        description="The score to tune for: a metric of classifications, 'coherence' (LDA) or 'word_pairs' "
        "(word vectors). By default 'accuracy' where target_column_name is given.",
    )
    cross_validation_size: int = parameter.integer(
        default=5, minimum=2, description='Number of folds of the classifier, shared by all trials.'
    )

    def check_parameters(self) -> None:
        """Check that the parameters go together.

        Raises:
            ParameterError: They do not.
        """
        super().check_parameters()
        unknown = sorted(set(self.search_space or ()) - self.spec.argument_names)
        if unknown:
            raise SearchSpaceError(
                f'search_space has {unknown}, which {self.spec.name} does not take; it takes '
                f'{sorted(self.spec.argument_names)}.'
            )
        metric = self.metric_name()
        if metric in OWN_METRICS:
            if metric != self.spec.own_metric:
                raise ParameterError(f'metric={metric!r} was given, which {self.spec.name} does not have.')
            return
        check_metrics((metric,), 'classification')
        if self.target_column_name is None:
            raise ParameterError(
                f'metric={metric!r} needs labels; target_column_name, the column with the labels, is expected.'
            )

    def metric_name(self) -> str:
        """The score to tune for."""
        if self.metric is not None:
            return self.metric
        return USUAL_METRIC if self.target_column_name else self.spec.own_metric or USUAL_METRIC

    def word_pairs(self, corpus: Corpus) -> WordPairs | None:
        """The pairs of words to tune for, if any; enough of them are in the documents."""
        return None

    def search_with(self, function: Callable[[Any, ArgumentTuningPlan], R]) -> R:
        """What a function of an objective and a plan makes of the inputs and the parameters."""
        from redshells.tuning.text_objective import TextObjective

        explicit = self.explicit_arguments()
        value = self.load_input('tokenized_text_data_task')
        labels = None
        if self.metric_name() not in OWN_METRICS:
            value = self.labelled_table(value)
            labels = self.labelled_folds(value, self.cross_validation_size, self.random_seed)
        with self.corpus_of(self.read_documents(value)) as corpus:
            objective = TextObjective(
                build=self.builder(),
                corpus=corpus,
                metric=self.metric_name(),
                fixed=explicit,
                labels=labels,
                pairs=self.word_pairs(corpus),
                random_seed=self.random_seed,
            )
            plan = self.plan(
                explicit,
                model_name=self.spec.name,
                target_column_name=self.target_column_name or '',
                search_space=self.spec.search_space,
                first_trials=self.spec.first_trials,
            )
            return run_safely(function, objective, plan)


class ValidateText(WithBestTextParams[dict[str, pd.DataFrame]], FromLabelledTexts[dict[str, pd.DataFrame]]):
    """Cross-validate a text model by a linear classifier on the vectors of the documents.

    Output: ``'scores'``, one row for each fold and metric, and ``'predictions'``, the out-of-fold prediction of each
    document. The model of a fold sees no validation document.
    """

    cross_validation_size: int = parameter.integer(default=5, minimum=2, description='Number of folds.')
    metrics: tuple[str, ...] | list[str] = parameter.names(
        default=(), description='Names of the scores; those that fit the number of labels when empty.'
    )
    output_file_path: str = parameter.text(
        description='Path below the workspace, to which _scores and _predictions are added.'
    )

    def check_parameters(self) -> None:
        """Check that the parameters go together.

        Raises:
            ParameterError: They do not.
        """
        super().check_parameters()
        check_metrics(self.metrics, 'classification')
        check_table_path(self.output_file_path)
        if self.target_column_name is None:
            raise ParameterError('target_column_name was not given; the column with the labels is expected.')

    def output(self) -> FlattenableItems[TargetOnKart]:
        """The scores and the predictions."""
        base, extension = os.path.splitext(self.output_file_path)
        return {name: self.file_target(f'{base}_{name}{extension}') for name in ('scores', 'predictions')}

    def compute(self) -> dict[str, pd.DataFrame]:
        """The scores and the predictions."""
        from redshells.tuning.text_validation import validate_text_model

        arguments: Mapping[str, Any] = self.training_arguments()
        value = self.labelled_table(self.load_input('tokenized_text_data_task'))
        labels = self.labelled_folds(value, self.cross_validation_size, self.random_seed)
        self.check_index(labels.labels.index, self.output_file_path)
        with self.corpus_of(self.read_documents(value)) as corpus:
            result = run_safely(
                validate_text_model,
                self.builder(),
                corpus,
                labels,
                arguments=arguments,
                metrics=self.metrics,
                random_seed=self.random_seed,
            )
        self.task_log['scores'] = result['scores'].groupby('metric', sort=False)['score'].mean().to_dict()
        return result
