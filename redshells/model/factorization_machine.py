"""Factorization machines: linear terms and interactions of all pairs of features, for sparse tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, ndtr

from redshells.archive import Archive, array_to_bytes, bytes_to_array
from redshells.errors import SplitError, TargetError
from redshells.model.execution import Execution
from redshells.model.factorization_arguments import check_arguments
from redshells.model.factorization_gibbs import GibbsSettings, sample_weights
from redshells.model.factorization_rows import FieldRows, encode_rows, join_fields
from redshells.model.factorization_weights import FactorizationWeights
from redshells.model.feature_fields import FeatureFields
from redshells.model.feature_schema import FeatureSchema
from redshells.model.frame import TableData
from redshells.model.learning_curve import LearningCurve
from redshells.model.table_model import TableModel
from redshells.model.target_encoding import TargetEncoding, checked_weights

Floats = npt.NDArray[np.float64]

_STEPS = 1_000
_FEWEST_EPOCHS, _MOST_EPOCHS = 5, 500
_REGRESSION_L2, _CLASSIFICATION_L2 = 0.1, 0.02


class FactorizationMachine(TableModel):
    """A factorization machine on a table: linear terms, and the interaction of each pair of features by their vectors.

    Rendle: `Factorization Machines <https://www.ismll.uni-hildesheim.de/pub/pdfs/Rendle2010FM.pdf>`_ (2010). With the
    features x of a row, of which most are 0,

        y = b + sum over i of w[i] x[i] + sum over pairs i < j of (v[i] · v[j]) x[i] x[j],

    where the last sum is ½ (|sum of v[i] x[i]|² - sum of |v[i] x[i]|²), which costs no more than the linear terms.
    ``FeatureFields`` says how columns become features: categories, lists of items, numbers and vectors. A category has
    a feature of its own for values that are missing or were not seen in training. Integers are numbers, unless
    ``categorical_column_names`` has their column.

    Two engines find the weights:

    * ``'mcmc'`` draws them from their posterior distribution by Gibbs sampling: `Bayesian Factorization Machines
      <https://www.ismll.uni-hildesheim.de/pub/pdfs/FreudenthalerRendle_BayesianFactorizationMachines.pdf>`_ (2011). The
      strength of the regularization of each field is drawn, too, so that there is next to nothing to tune. The
      prediction is the mean of those of all kept draws. The probability of a class is a probit. It uses the CPU only.
      Lists cost a step of Python for each different item; take ``'adam'`` for thousands of them.
    * ``'adam'`` minimises the squared error or the log loss plus ``l2_weight`` times the squares of the weights of each
      row's features, by mini-batches, with a learning rate that falls to 0. It is for large tables.

    The target of a regression is brought to mean 0 and standard deviation 1 for the training.

    Args:
        problem: ``'regression'``, or ``'classification'`` of two classes.
        engine: ``'mcmc'`` or ``'adam'``.
        embedding_size: The length of the vectors; 0 for linear terms only.
        categorical_column_names: Columns of integers, such as ids, that are taken as categories.
        hash_size: Levels or items of columns that have more than so many share so many features by their hash; None
            for never.
        clip: Whether predictions of a regression stay within the range of the training target.
        iterations: Of mcmc, how often all weights are drawn.
        burn_in: Of mcmc, the first iterations, whose draws are not kept.
        kept_samples: Of mcmc, how many draws are kept at most, at equal distances; None for all of them, or as many as
            have 256 MB, but at least 20. The saved model has 4 (1 + embedding_size) bytes for each feature and draw.
        l2_weight: Of adam, the penalty; None for 0.1 of a regression and 0.02 of a classification.
        learning_rate: Of adam, that of the first epoch.
        batch_size: Of adam, the rows of a step.
        epochs: Of adam, how often all rows are gone through; None for as many as make 1,000 steps, at least 5 and at
            most 500.
        validation_size: Of adam, the share of the rows that is held out, by which the best epoch is chosen; 0 for none.
        early_stopping_patience: Of adam with held-out rows, the epochs without a better score after which the training
            ends; 0 never ends it.
        random_seed: Seed of all that is drawn.
        n_jobs: Threads of adam; -1 for as many as there are cores.
        device: Of adam, ``'cpu'``, ``'cuda'``, or ``'auto'`` for a GPU where there is one.
        show_progress: Show a progress bar where there is a terminal.
        checkpoint_path: Of adam, a local file from which a training that was killed goes on.
        checkpoint_every: Epochs between two checkpoints; 0 for none.

    Shapes:
        * X: (rows, columns), a pandas or polars data frame or a two-dimensional array
        * y: (rows,)
        * predictions: (rows,); probabilities (rows, 2)

    Attributes:
        fields_: How columns become features.
        weights_: The weights: of shape (features, draws, 1 + embedding_size), the linear ones first.
        learning_curve_: Loss and score after each epoch; of mcmc, the mean squared error after each iteration.

    Raises:
        ParameterError: An argument has a wrong value.

    Example:
        >>> import itertools
        >>> pairs = list(itertools.product(['ann', 'bob', 'eve'], ['tea', 'milk', 'rum'])) * 4
        >>> table = pd.DataFrame(pairs, columns=['user', 'item'])
        >>> likes = [1.0 if (user == 'bob') == (item == 'rum') else 0.0 for user, item in pairs]
        >>> model = FactorizationMachine(embedding_size=2).fit(table, likes)
        >>> model.predict(pd.DataFrame({'user': ['bob', 'eve'], 'item': ['rum', 'rum']})).round().tolist()
        [1.0, 0.0]
    """

    fitted_attribute = 'weights_'

    fields_: FeatureFields
    weights_: FactorizationWeights
    learning_curve_: LearningCurve

    def __init__(
        self,
        *,
        problem: str = 'regression',
        engine: str = 'mcmc',
        embedding_size: int = 10,
        categorical_column_names: Sequence[str] = (),
        hash_size: int | None = None,
        clip: bool = True,
        iterations: int = 200,
        burn_in: int = 10,
        kept_samples: int | None = None,
        l2_weight: float | None = None,
        learning_rate: float = 0.01,
        batch_size: int = 1024,
        epochs: int | None = None,
        validation_size: float = 0.0,
        early_stopping_patience: int = 3,
        random_seed: int = 0,
        n_jobs: int = 1,
        device: str = 'auto',
        show_progress: bool = False,
        checkpoint_path: str | None = None,
        checkpoint_every: int = 0,
    ) -> None:
        super().__init__(problem=problem, random_seed=random_seed, n_jobs=n_jobs)
        self.engine = engine
        self.embedding_size = embedding_size
        self.categorical_column_names = categorical_column_names
        self.hash_size = hash_size
        self.clip = clip
        self.iterations, self.burn_in, self.kept_samples = iterations, burn_in, kept_samples
        self.l2_weight, self.learning_rate = l2_weight, learning_rate
        self.batch_size, self.epochs = batch_size, epochs
        self.validation_size, self.early_stopping_patience = validation_size, early_stopping_patience
        self.device, self.show_progress = device, show_progress
        self.checkpoint_path, self.checkpoint_every = checkpoint_path, checkpoint_every
        self._check_parameters()

    def canonical_arguments(self) -> dict[str, Any]:
        """The constructor arguments."""
        return dict(self.get_params(deep=False))

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        group: Any = None,
        early_stopping: Any = None,
        target_encoding: TargetEncoding | None = None,
        execution: Execution | None = None,
    ) -> Self:
        """Train.

        Args:
            X: Features.
            y: Target.
            sample_weight: Weight of each row.
            group: Not used; groups matter to splits only.
            early_stopping: Not used; ``validation_size`` holds rows out.
            target_encoding: The classes, if the rows need not have all of them.
            execution: Where and how it runs; by default as ``device``, ``n_jobs`` and ``show_progress`` say.

        Returns:
            Itself, fitted.

        Raises:
            RedshellsError: The data or the arguments can't be used; raised before the training.
            DivergenceError: The loss of adam is no number any more.
        """
        self._check_parameters()
        execution = execution or self._execution()
        data = self._start_fit(X, y, sample_weight, None, target_encoding)
        self._require_two_classes()
        rows, target, weight = self._training_rows(data)
        if self.problem == 'regression':
            self.target_range_ = (float(target.min()), float(target.max()))
            self.target_mean_, self.target_scale_ = float(target.mean()), float(target.std()) or 1.0
            target = (target - self.target_mean_) / self.target_scale_
        else:
            self.target_range_, self.target_mean_, self.target_scale_ = (0.0, 1.0), 0.0, 1.0
        train = self._sample if self.engine == 'mcmc' else self._descend
        self.weights_, self.learning_curve_ = train(rows, target, weight, execution)
        return self

    def _training_rows(self, data: TableData) -> tuple[list[FieldRows], Floats, Floats | None]:
        """The features, the target and the weights of the rows that weigh more than 0."""
        target = self.target_encoding_.encode(data.target).astype(np.float64)
        weight = None if data.weight is None else checked_weights(data.weight)
        rows = self._to_matrix(data.features)
        if weight is None:
            return rows, target, None
        chosen = np.flatnonzero(weight > 0)
        return [field.take(chosen) for field in rows], target[chosen], weight[chosen]

    def _sample(
        self, rows: list[FieldRows], target: Floats, weight: Floats | None, execution: Execution
    ) -> tuple[FactorizationWeights, LearningCurve]:
        settings = GibbsSettings(
            embedding_size=self.embedding_size,
            iterations=self.iterations,
            burn_in=self.burn_in,
            kept_samples=self.kept_samples,
            random_seed=self.random_seed,
            show_progress=execution.show_progress,
        )
        return sample_weights(rows, target, weight, settings, is_binary=self.problem == 'classification')

    def _descend(
        self, rows: list[FieldRows], target: Floats, weight: Floats | None, execution: Execution
    ) -> tuple[FactorizationWeights, LearningCurve]:
        from redshells.model.factorization_adam import AdamSettings, LabelledRows, train_weights

        order = np.random.default_rng(self.random_seed).permutation(len(target))
        held_out = math.ceil(self.validation_size * len(target))
        if held_out >= len(target):
            raise SplitError(
                f'validation_size={self.validation_size} leaves none of {len(target)} rows to train on. Give a smaller '
                'one, or 0.'
            )

        def take(chosen: npt.NDArray[np.int64]) -> LabelledRows:
            fields = [field.take(chosen) for field in rows]
            return LabelledRows(fields, target[chosen], None if weight is None else weight[chosen])

        is_binary = self.problem == 'classification'
        default_l2 = _CLASSIFICATION_L2 if is_binary else _REGRESSION_L2
        steps = math.ceil((len(target) - held_out) / self.batch_size)
        epochs = min(max(math.ceil(_STEPS / steps), _FEWEST_EPOCHS), _MOST_EPOCHS)
        settings = AdamSettings(
            embedding_size=self.embedding_size,
            learning_rate=self.learning_rate,
            l2_weight=default_l2 if self.l2_weight is None else self.l2_weight,
            epochs=self.epochs or epochs,
            batch_size=self.batch_size,
            early_stopping_patience=self.early_stopping_patience,
            random_seed=self.random_seed,
        )
        validation = take(order[:held_out]) if held_out else None
        return train_weights(
            take(np.sort(order[held_out:])), validation, settings, execution, is_binary=is_binary,
            scale=self.target_scale_,
        )  # fmt: skip

    def predict_for_metric(self, X: Any) -> Floats:
        """What a metric takes: probabilities (rows, 2) of a classification, predictions (rows,) otherwise."""
        return self._predict_probabilities(X) if self.problem == 'classification' else self._predict_numbers(X)

    def _predict_numbers(self, X: Any) -> Floats:
        rows: Any = self._prediction_matrix(X)
        least, largest = ((bound - self.target_mean_) / self.target_scale_ for bound in self.target_range_)
        scores = self.weights_.predict(
            join_fields(rows), (lambda score: np.clip(score, least, largest)) if self.clip else None
        )
        return self.target_mean_ + self.target_scale_ * scores

    def _predict_probabilities(self, X: Any) -> Floats:
        rows: Any = self._prediction_matrix(X)
        second = self.weights_.predict(join_fields(rows), ndtr if self.engine == 'mcmc' else expit)
        return np.column_stack([1.0 - second, second])

    def _check_parameters(self) -> None:
        check_arguments(self.get_params(deep=False))
        self._execution()

    def _execution(self) -> Execution:
        return Execution(
            device=self.device,
            n_jobs=self.n_jobs,
            show_progress=self.show_progress,
            checkpoint_path=self.checkpoint_path,
            checkpoint_every=self.checkpoint_every,
        )

    def _require_two_classes(self) -> None:
        classes = self.target_encoding_.classes
        if classes is not None and len(classes) != 2:
            raise TargetError(
                f'the target has {len(classes)} classes, {classes[:5].tolist()} among them; a factorization machine '
                'tells two apart. Make two classes of it, or take another model, such as TrainLightGBM.'
            )

    def _learn_schema(self, frame: pd.DataFrame) -> FeatureSchema:
        self.fields_ = FeatureFields.of(
            frame, hash_size=self.hash_size, categorical_column_names=list(self.categorical_column_names)
        )
        return self.fields_.schema

    def _to_matrix(self, frame: pd.DataFrame) -> Any:
        return encode_rows(self.fields_, frame)

    def feature_arrays(self, frame: pd.DataFrame) -> tuple[npt.NDArray[Any], ...]:
        """What the model sees of a table."""
        matrix = join_fields(encode_rows(self.fields_, frame))
        return matrix.data, matrix.indices, matrix.indptr

    def default_arguments(self) -> dict[str, Any]:
        """The arguments of a model of the same problem and columns that has the defaults otherwise."""
        kept = ('problem', 'engine', 'categorical_column_names', 'hash_size', 'device')
        return {name: getattr(self, name) for name in kept}

    def to_archive(self) -> Archive:
        """The contents of the saved model."""
        self.check_fitted()
        fields = {name: value for name, value in self.fields_.to_json().items() if name != 'columns'}
        state = {
            **self._shared_state(),
            **fields,
            'target_mean': self.target_mean_,
            'target_scale': self.target_scale_,
            'target_range': list(self.target_range_),
            'learning_curve': self.learning_curve_.to_json(),
        }
        parts = {
            'bias.npy': array_to_bytes(self.weights_.bias),
            'features.npy': array_to_bytes(self.weights_.features),
        }
        archive = self._archive(state, parts)
        # where a training left its checkpoints is nothing of the model
        parameters = {name: one for name, one in archive.parameters.items() if not name.startswith('checkpoint')}
        return replace(archive, parameters=parameters)

    def _restore(self, archive: Archive, trusted_modules: tuple[str, ...]) -> None:
        state = archive.state
        self.fields_ = FeatureFields.from_json({'columns': state['schema'], 'fields': state['fields']})
        self.target_mean_, self.target_scale_ = state['target_mean'], state['target_scale']
        self.target_range_ = (state['target_range'][0], state['target_range'][1])
        self.learning_curve_ = LearningCurve.from_json(state['learning_curve'])
        self.weights_ = FactorizationWeights(
            bytes_to_array(archive.parts['bias.npy']), bytes_to_array(archive.parts['features.npy'])
        )
