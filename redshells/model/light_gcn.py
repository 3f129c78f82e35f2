"""LightGCN and its closed-form relative: which items users click on, from who clicked on what."""

from __future__ import annotations

import logging
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from redshells.archive import Archive, array_to_bytes, bytes_to_array
from redshells.errors import DataError, EmptyTableError, ParameterError
from redshells.model import load_class
from redshells.model.argument_rules import require_flag, require_number, require_whole
from redshells.model.click_embeddings import ClickEmbeddings
from redshells.model.click_spectrum import ClickSpectrum, SpectralSettings
from redshells.model.execution import Execution
from redshells.model.id_index import Ids, checked_ids
from redshells.model.interactions import Interactions
from redshells.model.learning_curve import LearningCurve
from redshells.model.recommender import RecommenderModel

logger = logging.getLogger(__name__)

SOLVERS = ('spectral', 'gradient')
"""How what users click on is learnt."""


class LightGCN(RecommenderModel):
    r"""Which items users click on, from the graph of users and items alone.

    With the clicks :math:`R` of shape (users, items), the clicks :math:`D_U` of each user and :math:`D_I` on each item,
    and :math:`\tilde R = D_U^{-a} R D_I^{-b}`:

    * ``solver='spectral'`` filters the clicks of a user :math:`r` in closed form, as GF-CF does (Shen et al.: `How
      Powerful is Graph Convolution for Recommendation? <https://arxiv.org/abs/2108.07567>`_, 2021). With the largest
      singular values :math:`\sigma` of :math:`\tilde R` and their item vectors :math:`V`, the scores are

      .. math:: (1 - w) \, r \tilde R^\top \tilde R / \sigma_1^2
          + w \, r D_I^{-b} V \, \mathrm{diag}(\sigma^2 / (\sigma^2 + s \sigma_1^2)) \, V^\top D_I^{b}

      The paper has :math:`a = b = 1/2`, and :math:`s = 0`, which keeps the first components whole and nothing of the
      others. A small :math:`s` lets them fade instead, and smaller powers leave popular items more of their weight:
      the defaults were better on held-out clicks.
    * ``solver='gradient'`` is LightGCN itself (He et al.: `LightGCN: Simplifying and Powering Graph Convolution Network
      for Recommendation <https://arxiv.org/abs/2002.02126>`_, 2020). Embeddings of users and items are propagated,
      :math:`E_U^{l+1} = \tilde R E_I^l` and :math:`E_I^{l+1} = \tilde R^\top E_U^l` with :math:`a = b = 1/2`; the means
      over all layers are multiplied to a score. They are learnt by Adam from clicks beside items that the
      user has not clicked on, drawn at random, by the loss :math:`-\log \mathrm{sigmoid}` of the difference of both
      scores (Bayesian personalised ranking).

    A pair that is there counts 1, whatever its rating is, unless ``weigh_by_rating`` says otherwise. No matrix of all
    pairs of items is ever made: memory grows with the clicks and with the vectors of users and items.

    Args:
        solver: ``'spectral'`` or ``'gradient'``.
        weigh_by_rating: Whether a pair counts as much as its rating says, which must be more than 0 then.
        number_of_components: Of ``'spectral'``, singular vectors at most.
        low_pass_weight: Of ``'spectral'``, the share :math:`w` of the low-pass filter, from 0 to 1. With less than 1,
            each user costs two products with all clicks.
        low_pass_softness: Of ``'spectral'``, how slowly it fades, :math:`s`.
        user_normalisation: Of ``'spectral'``, the power :math:`a`, from 0 to 1.
        item_normalisation: Of ``'spectral'``, the power :math:`b`, from 0 to 1.
        embedding_size: Of ``'gradient'``, numbers of an embedding.
        number_of_layers: Of ``'gradient'``, how many steps embeddings are propagated.
        learning_rate: Of ``'gradient'``, that of Adam.
        regularization: Of ``'gradient'``, the penalty on the squared embeddings of a step.
        epochs: Of ``'gradient'``, passes over all clicks at most.
        batch_size: Of ``'gradient'``, clicks of a step; None for all of them. Each step propagates once, so large ones
            are fast.
        early_stopping_patience: Of ``'gradient'``, epochs without a better recall of the validation, after which the
            training ends; 0 never ends it. Without a validation all epochs are trained.
        random_seed: Seed of all that is drawn.

    Shapes:
        * score_items: (users, items)
        * fold_in_user: (items,)
        * item_vectors: (items, components) or (items, embedding_size)

    Attributes:
        learning_curve_: Of ``'gradient'``, the loss and the recall after each epoch; None of ``'spectral'``.

    Raises:
        ParameterError: An argument has a wrong value.

    Example:
        >>> clicks = Interactions(users=np.array([1, 1, 2, 2, 3, 3, 4]), items=np.array(list('abbcxyx'), dtype=object))
        >>> model = LightGCN(number_of_components=2).fit_interactions(clicks)
        >>> scores = model.score_items(model.user_ids_.positions([4]))[0]
        >>> dict(zip(model.item_ids_.ids.tolist(), (scores > 1e-6).tolist()))
        {'a': False, 'b': False, 'c': False, 'x': True, 'y': True}
    """

    learning_curve_: LearningCurve | None
    _filter: ClickSpectrum | ClickEmbeddings

    def __init__(
        self,
        *,
        solver: str = 'spectral',
        weigh_by_rating: bool = False,
        number_of_components: int = 256,
        low_pass_weight: float = 1.0,
        low_pass_softness: float = 0.03,
        user_normalisation: float = 0.25,
        item_normalisation: float = 0.1,
        embedding_size: int = 64,
        number_of_layers: int = 3,
        learning_rate: float = 0.01,
        regularization: float = 1e-4,
        epochs: int = 100,
        batch_size: int | None = 8192,
        early_stopping_patience: int = 10,
        random_seed: int = 0,
    ) -> None:
        if solver not in SOLVERS:
            raise ParameterError(f'solver={solver!r} was given; one of {list(SOLVERS)} is expected.')
        self.solver = solver
        self.weigh_by_rating = require_flag('weigh_by_rating', weigh_by_rating)
        self.number_of_components = require_whole('number_of_components', number_of_components, 1)
        self.low_pass_weight = _share('low_pass_weight', low_pass_weight)
        self.low_pass_softness = require_number('low_pass_softness', low_pass_softness)
        self.user_normalisation = _share('user_normalisation', user_normalisation)
        self.item_normalisation = _share('item_normalisation', item_normalisation)
        self.embedding_size = require_whole('embedding_size', embedding_size, 1)
        self.number_of_layers = require_whole('number_of_layers', number_of_layers, 0)
        self.learning_rate = require_number('learning_rate', learning_rate, above=0)
        self.regularization = require_number('regularization', regularization)
        self.epochs = require_whole('epochs', epochs, 1)
        self.batch_size = None if batch_size is None else require_whole('batch_size', batch_size, 1)
        self.early_stopping_patience = require_whole('early_stopping_patience', early_stopping_patience, 0)
        self.random_seed = require_whole('random_seed', random_seed, 0)

    @property
    def predicts_ratings(self) -> bool:
        """False: a prediction is a score that only orders items."""
        return False

    def fit_interactions(
        self,
        interactions: Interactions,
        *,
        user_features: pd.DataFrame | None = None,
        item_features: pd.DataFrame | None = None,
        validation: Interactions | None = None,
        execution: Execution | None = None,
    ) -> Self:
        """Train on clicks; see ``RecommenderModel``.

        Args:
            interactions: One row for each pair.
            user_features: Refused: it takes none.
            item_features: Refused: it takes none.
            validation: Clicks to watch for early stopping with ``solver='gradient'``; those of users or items that are
                not in training are passed over.
            execution: Where and how ``solver='gradient'`` runs.

        Raises:
            ParameterError: Features were given, or ``weigh_by_rating`` without ratings.
            EmptyTableError: There are no interactions.
            DataError: A rating that weighs is not above 0, or no row of the validation is of a known pair.
            DivergenceError: The loss is no number any more.
        """
        for name, features in (('user_features', user_features), ('item_features', item_features)):
            if features is not None:
                raise ParameterError(
                    f'LightGCN was given {name}, and takes none: it learns from clicks alone. Leave them out, or take '
                    'GraphConvolutionalMatrixCompletion or MatrixFactorization, which learn from features, too.'
                )
        if not len(interactions):
            raise EmptyTableError('there are no interactions. Check the task that makes them.')
        weights = self._weights(interactions)
        users, items = self._start_fit(interactions)
        shape = self.seen_.shape
        clicks = sparse.csr_array((weights, (users, items)), shape=shape)
        clicks.sum_duplicates()
        if not self.weigh_by_rating:
            clicks.data[:] = 1
        logger.info('%d clicks of %d users on %d items, by the solver %s', clicks.nnz, *shape, self.solver)
        if self.solver == 'spectral':
            self._filter, self.learning_curve_ = ClickSpectrum.of(clicks, self._spectral_settings()), None
        else:
            train_embeddings = load_class('redshells.model.light_gcn_training:train_embeddings')
            self._filter, self.learning_curve_ = train_embeddings(
                clicks, self._embedding_training(), self._held_out(validation), execution or Execution()
            )
        return self

    def predict_interactions(self, interactions: Interactions, *, default: float = np.nan) -> npt.NDArray[np.float64]:
        """The score of each pair; see ``RecommenderModel``."""
        users, items = self._known_pairs(interactions.users, interactions.items)
        known = (users >= 0) & (items >= 0)
        result = np.full(len(users), default, dtype=np.float64)
        result[known] = self._filter.score_pairs(users[known], items[known])
        return result

    def score_items(self, users: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """The score of each item for users at these positions, of shape (users, items)."""
        self.check_fitted()
        return self._filter.score_users(users)

    def fold_in_user(self, item_ids: Ids, ratings: npt.NDArray[np.float64] | None = None) -> npt.NDArray[np.float32]:
        """The score of each item for a user who was not in training, from the items of the user.

        With ``solver='spectral'`` they are those that a user of the training with these clicks has.

        Args:
            item_ids: The items; those that are not known are left out.
            ratings: How much each counts, with ``weigh_by_rating``; 1 by default.

        Returns:
            Of shape (items,), in the order of ``item_ids_``.

        Raises:
            NotFittedError: It is not fitted.
            DataError: None of the items is known, a rating is not above 0, or there are more or fewer than items.
        """
        self.check_fitted()
        ids = checked_ids(item_ids, 'item_ids')
        given = Interactions(users=np.zeros(len(ids), dtype=np.int64), items=ids, ratings=ratings)
        if ratings is not None and len(ratings) != len(ids):
            raise DataError(f'ratings has {len(ratings)} numbers for {len(ids)} items; one for each is expected.')
        weights = np.ones(len(ids), np.float32) if ratings is None else self._weights(given)
        items = self.item_ids_.positions(ids, 'item_ids')
        known = items >= 0
        if not known.any():
            raise DataError(
                f'none of the {len(ids)} items is one of the training, so that nothing is known of the user. '
                'Recommend the most popular items.'
            )
        parts = (weights[known], (np.zeros(int(known.sum()), dtype=np.int64), items[known]))
        row = sparse.csr_array(parts, shape=(1, len(self.item_ids_)))
        row.sum_duplicates()
        if not self.weigh_by_rating:
            row.data[:] = 1
        scores: npt.NDArray[np.float32] = self._filter.score_rows(row)[0]
        return scores

    def item_vectors(self) -> npt.NDArray[np.float32]:
        """The vector of each item, of shape (items, size): near ones are clicked on by the same users."""
        self.check_fitted()
        return self._filter.item_vectors

    def get_item_factors(
        self, item_ids: Ids, default: npt.ArrayLike | None = None, normalize: bool = False
    ) -> npt.NDArray[np.float32]:
        """The factors of items; their products with those of users are scores, with ``'spectral'`` the low-pass ones.

        Args:
            item_ids: The items.
            default: The factors of those that are not known; None leaves them out.
            normalize: Whether factors are scaled to the length 1.

        Shapes:
            * result: (items, size)
        """
        self.check_fitted()
        return _rows(self._filter.item_factors, self.item_ids_.positions(item_ids, 'item_ids'), default, normalize)

    def get_user_factors(
        self, user_ids: Ids, default: npt.ArrayLike | None = None, normalize: bool = False
    ) -> npt.NDArray[np.float32]:
        """The factors of users; see ``get_item_factors``."""
        self.check_fitted()
        return _rows(self._filter.user_factors, self.user_ids_.positions(user_ids, 'user_ids'), default, normalize)

    def to_archive(self) -> Archive:
        """The contents of the saved model."""
        parts = {**self._shared_parts(), **self._filter.to_parts()}
        if self.weigh_by_rating and isinstance(self._filter, ClickSpectrum):
            parts['clicks.npy'] = array_to_bytes(self._filter.clicks.data)
        curve = self.learning_curve_
        state = {'rating_range': self.rating_range_, 'learning_curve': None if curve is None else curve.to_json()}
        parameters = {name: getattr(self, name) for name in _PARAMETERS}
        return Archive(self.import_path(), parameters, state, parts, training=self.training)

    @classmethod
    def from_archive(cls, archive: Archive, *, trusted_modules: tuple[str, ...] = ()) -> Self:
        """The model of an archive's contents."""
        model = cls(**archive.parameters)
        model._restore_shared(archive.parts, archive.state['rating_range'])
        curve = archive.state['learning_curve']
        model.learning_curve_ = None if curve is None else LearningCurve.from_json(curve)
        if model.solver == 'spectral':
            clicks = model.seen_.astype(np.float32)
            if model.weigh_by_rating:
                clicks.data = bytes_to_array(archive.parts['clicks.npy'])
            model._filter = ClickSpectrum.from_parts(archive.parts, clicks, model._spectral_settings())
        else:
            model._filter = ClickEmbeddings.from_parts(archive.parts)
        model.training, model.versions = archive.training, archive.versions
        return model

    def _weights(self, interactions: Interactions) -> npt.NDArray[np.float32]:
        """How much each row counts."""
        if not self.weigh_by_rating:
            return np.ones(len(interactions), dtype=np.float32)
        if interactions.ratings is None:
            raise ParameterError(
                'weigh_by_rating=True was given, and the interactions have no ratings. Name the column with the '
                'ratings, or leave it out.'
            )
        weights = np.asarray(interactions.ratings, dtype=np.float32)
        if not (weights > 0).all() or not np.isfinite(weights).all():
            raise DataError(
                f'weigh_by_rating=True was given, and a rating is {weights.min()}; finite numbers above 0 are '
                'expected. Remove the rows, or shift the ratings.'
            )
        return weights

    def _held_out(self, validation: Interactions | None) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]] | None:
        """The positions of the known pairs of the validation."""
        if validation is None:
            return None
        users, items = self._known_pairs(validation.users, validation.items)
        known = (users >= 0) & (items >= 0)
        if not known.any():
            raise DataError(
                f'none of the {len(validation)} rows of the validation is of a user and an item of the training. Hold '
                'out clicks of users who have others.'
            )
        return users[known], items[known]

    def _spectral_settings(self) -> SpectralSettings:
        return SpectralSettings(
            number_of_components=self.number_of_components,
            low_pass_weight=self.low_pass_weight,
            low_pass_softness=self.low_pass_softness,
            user_normalisation=self.user_normalisation,
            item_normalisation=self.item_normalisation,
            random_seed=self.random_seed,
        )

    def _embedding_training(self) -> Any:
        embedding_training = load_class('redshells.model.light_gcn_training:EmbeddingTraining')
        return embedding_training(**{name: getattr(self, name) for name in (*_OF_GRADIENT, 'random_seed')})


_OF_GRADIENT = (
    'embedding_size',
    'number_of_layers',
    'learning_rate',
    'regularization',
    'epochs',
    'batch_size',
    'early_stopping_patience',
)
_PARAMETERS = (
    'solver',
    'weigh_by_rating',
    'number_of_components',
    'low_pass_weight',
    'low_pass_softness',
    'user_normalisation',
    'item_normalisation',
    *_OF_GRADIENT,
    'random_seed',
)


def _share(name: str, value: float) -> float:
    if require_number(name, value) > 1:
        raise ParameterError(f'{name}={value!r} was given; a number from 0 to 1 is expected.')
    return float(value)


def _rows(
    vectors: npt.NDArray[np.float32], positions: npt.NDArray[np.int64], default: npt.ArrayLike | None, normalize: bool
) -> npt.NDArray[np.float32]:
    known = positions >= 0
    rows = vectors[positions[known]]
    if normalize:
        rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    if default is None:
        return rows
    result = np.empty((len(positions), vectors.shape[1]), dtype=np.float32)
    result[:] = np.asarray(default, dtype=np.float32)
    result[known] = rows
    return result
