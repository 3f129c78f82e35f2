"""Matrix factorization: users and items as vectors whose products are ratings, or tell what is clicked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.archive import Archive
from redshells.errors import DataError, EmptyTableError, InfiniteValueError, MissingValueError, ParameterError
from redshells.model.execution import Execution
from redshells.model.id_index import IdIndex, Ids, checked_ids
from redshells.model.interactions import Interactions
from redshells.model.learning_curve import LearningCurve
from redshells.model.matrix_factorization_arguments import FactorizationArguments
from redshells.model.matrix_factorization_factors import Factors
from redshells.model.recommender import RecommenderModel


@dataclass(frozen=True)
class FoldedUser:
    """A user who was not in the training, as a vector.

    Args:
        factors: The vector, of shape (size,).
        bias: The bias.
    """

    factors: npt.NDArray[np.float32]
    bias: float


class MatrixFactorization(RecommenderModel):
    """TODO."""

    factors_: Factors
    service_ids_: IdIndex | None
    learning_curve_: LearningCurve

    def __init__(
        self,
        *,
        solver: str = 'als',
        n_latent_factors: int | None = None,
        iterations: int | None = None,
        regularization: float | None = None,
        burn_in: int | None = None,
        implicit_link: bool | None = None,
        link_rank: int | None = None,
        alpha: float | None = None,
        random_seed: int = 0,
    ) -> None:
        self._arguments = FactorizationArguments(
            solver=solver,
            n_latent_factors=n_latent_factors,
            iterations=iterations,
            regularization=regularization,
            burn_in=burn_in,
            implicit_link=implicit_link,
            link_rank=link_rank,
            alpha=alpha,
            random_seed=random_seed,
        )
        self._arguments.resolved()

    @property
    def predicts_ratings(self) -> bool:
        """Whether a prediction is a rating; with the solver ``'implicit'`` it is a score that only orders items."""
        return self._arguments.solver != 'implicit'

    def fit(
        self,
        user_ids: Ids,
        item_ids: Ids,
        service_ids: Ids | None = None,
        ratings: Sequence[float] | npt.NDArray[Any] | pd.Series[Any] | None = None,
    ) -> Self:
        """Train on one row for each rating.

        Of several ratings of a pair (at one service), the last one is taken; with the solver ``'implicit'``, they are
        added up.

        Args:
            user_ids: The user of each rating.
            item_ids: The item of each.
            service_ids: The service of each, if there are several.
            ratings: The ratings; without them, each row is a click.

        Returns:
            This model.

        Raises:
            EmptyTableError: There are no rows.
            DataError: The columns are not of one length, or can't be used.
        """
        interactions = Interactions(
            users=checked_ids(user_ids, 'user_ids'),
            items=checked_ids(item_ids, 'item_ids'),
            services=None if service_ids is None else checked_ids(service_ids, 'service_ids'),
            ratings=None if ratings is None else _checked_ratings(ratings),
        )
        _check_lengths(interactions)
        return self.fit_interactions(interactions.merge_duplicates('last' if self.predicts_ratings else 'sum'))

    def fit_interactions(
        self,
        interactions: Interactions,
        *,
        user_features: pd.DataFrame | None = None,
        item_features: pd.DataFrame | None = None,
        validation: Interactions | None = None,
        execution: Execution | None = None,
    ) -> Self:
        """Train; see ``RecommenderModel``. The validation is not used: nothing is stopped early.

        Raises:
            ParameterError: Features were given with a solver that takes none, or ratings lack.
            EmptyTableError: There are no rows.
            DataError: A click has a weight that is not over 0.
        """
        if not len(interactions):
            raise EmptyTableError('there are no interactions. Check the task that makes them.')
        if (user_features is not None or item_features is not None) and self._arguments.solver != 'bayes':
            raise ParameterError(
                f"features were given with solver={self._arguments.solver!r}, which takes none. Use solver='bayes', or "
                'leave them out.'
            )
        if self.predicts_ratings and interactions.ratings is None:
            raise ParameterError(
                f'solver={self._arguments.solver!r} learns ratings, but there are none. Give the ratings, or '
                "solver='implicit' for clicks."
            )
        if self.predicts_ratings:
            self._fit_ratings(interactions, execution or Execution())
        else:
            self._fit_clicks(interactions, execution or Execution())
        return self

    def _fit_ratings(self, interactions: Interactions, execution: Execution) -> None:
        from redshells.model.matrix_factorization_ratings import RatingTable
        from redshells.model.matrix_factorization_training import train_als, train_bayes

        users, items = self._start_fit(interactions)
        services = interactions.services
        self.service_ids_ = None if services is None else IdIndex.of(services, 'the services')
        assert interactions.ratings is not None
        table = RatingTable(
            users=users,
            items=items,
            ratings=interactions.ratings,
            services=None if self.service_ids_ is None or services is None else self.service_ids_.positions(services),
            shape=self.seen_.shape,
            number_of_services=0 if self.service_ids_ is None else len(self.service_ids_),
        )
        arguments, seed = self._arguments.resolved(), self._arguments.random_seed
        if self._arguments.solver == 'als':
            self.factors_, self.learning_curve_ = train_als(
                table,
                n_latent_factors=arguments.n_latent_factors,
                iterations=arguments.iterations,
                regularization=arguments.regularization,
                random_seed=seed,
                execution=execution,
            )
        else:
            self.factors_, self.learning_curve_ = train_bayes(
                table,
                n_latent_factors=arguments.n_latent_factors,
                iterations=arguments.iterations,
                burn_in=arguments.burn_in,
                implicit_link=arguments.implicit_link,
                link_rank=arguments.link_rank,
                user_features=None,
                item_features=None,
                random_seed=seed,
                execution=execution,
            )

    def _fit_clicks(self, interactions: Interactions, execution: Execution) -> None:
        from redshells.model.matrix_factorization_implicit import ClickTable
        from redshells.model.matrix_factorization_training import train_implicit

        clicks = interactions.ratings
        if clicks is not None and clicks.min() <= 0:
            raise DataError(
                f"solver='implicit' was given a rating of {clicks.min():g}; weights over 0 are expected, such as numbers "
                'of clicks. Keep only the rows that are clicks.'
            )
        users, items = self._start_fit(interactions)
        self.service_ids_ = None
        arguments = self._arguments.resolved()
        assert arguments.regularization is not None
        self.factors_, self.learning_curve_ = train_implicit(
            ClickTable(
                users=users,
                items=items,
                clicks=np.ones(len(users)) if clicks is None else clicks,
                shape=self.seen_.shape,
            ),
            n_latent_factors=arguments.n_latent_factors,
            iterations=arguments.iterations,
            alpha=arguments.alpha,
            regularization=arguments.regularization,
            random_seed=self._arguments.random_seed,
            execution=execution,
        )

    def predict(
        self, user_ids: Ids, item_ids: Ids, service_ids: Ids | None = None, default: float = np.nan
    ) -> npt.NDArray[np.float64]:
        """The predicted rating, or score, of each pair.

        Args:
            user_ids: The users.
            item_ids: The items.
            service_ids: The services; one that is not known counts as none.
            default: What is said of pairs whose user or item is not known.

        Raises:
            NotFittedError: It is not fitted.
            DataError: The ids are of another type than in training, or not of one length.
        """
        interactions = Interactions(
            users=checked_ids(user_ids, 'user_ids'),
            items=checked_ids(item_ids, 'item_ids'),
            services=None if service_ids is None else checked_ids(service_ids, 'service_ids'),
        )
        _check_lengths(interactions)
        return self.predict_interactions(interactions, default=default)

    def predict_interactions(self, interactions: Interactions, *, default: float = np.nan) -> npt.NDArray[np.float64]:
        """The predicted rating, or score, of each pair; see ``RecommenderModel``."""
        users, items = self._known_pairs(interactions.users, interactions.items)
        known = (users >= 0) & (items >= 0)
        services = self._service_positions(interactions.services)
        result = np.full(len(users), default, dtype=np.float64)
        found = self.factors_.predict(users[known], items[known], None if services is None else services[known])
        result[known] = self._in_range(found)
        return result

    def score_items(self, users: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """The score of each item for users; ratings that may be beyond the range, so that the best are told apart."""
        self.check_fitted()
        return self.factors_.score(self.factors_.users[users], self.factors_.user_biases[users])

    def item_vectors(self) -> npt.NDArray[np.float32]:
        """The vector of each item."""
        self.check_fitted()
        return self.factors_.items

    def get_user_factors(
        self, user_ids: Ids, default: npt.ArrayLike | None = None, normalize: bool = False
    ) -> npt.NDArray[np.float32]:
        """The vectors of users; see ``get_item_factors``."""
        self.check_fitted()
        return _rows(self.factors_.users, self.user_ids_.positions(user_ids, 'user_ids'), default, normalize)

    def get_item_factors(
        self, item_ids: Ids, default: npt.ArrayLike | None = None, normalize: bool = False
    ) -> npt.NDArray[np.float32]:
        """The vectors of items.

        Args:
            item_ids: The items.
            default: The vector of those that are not known; None leaves them out.
            normalize: Whether vectors are scaled to the length 1.

        Shapes:
            * result: (items, size)
        """
        self.check_fitted()
        return _rows(self.factors_.items, self.item_ids_.positions(item_ids, 'item_ids'), default, normalize)

    def get_valid_user_ids(self, ids: Ids) -> list[Any]:
        """Those of the ids that are known, in their order."""
        self.check_fitted()
        values = checked_ids(ids, 'ids')
        return values[self.user_ids_.positions(values) >= 0].tolist()

    def get_valid_item_ids(self, ids: Ids) -> list[Any]:
        """Those of the ids that are known, in their order."""
        self.check_fitted()
        values = checked_ids(ids, 'ids')
        return values[self.item_ids_.positions(values) >= 0].tolist()

    def fold_in_user(
        self,
        item_ids: Ids,
        ratings: Sequence[float] | npt.NDArray[Any] | pd.Series[Any] | None = None,
        service_ids: Ids | None = None,
    ) -> FoldedUser:
        """A user who was not in the training, or who has rated more since then; nothing is trained again.

        Args:
            item_ids: The items that the user has rated; those that are not known are left out.
            ratings: The ratings; not needed with the solver ``'implicit'``.
            service_ids: The service of each, if any.

        Raises:
            NotFittedError: It is not fitted.
            DataError: The columns are not of one length, or can't be used.
        """
        self.check_fitted()
        given = Interactions(
            users=np.zeros(len(item_ids), dtype=np.int64),
            items=checked_ids(item_ids, 'item_ids'),
            ratings=None if ratings is None else _checked_ratings(ratings),
            services=None if service_ids is None else checked_ids(service_ids, 'service_ids'),
        )
        _check_lengths(given)
        if self.predicts_ratings and given.ratings is None:
            raise ParameterError('fold_in_user was given no ratings; one for each item is expected.')
        merged = given.merge_duplicates('last' if self.predicts_ratings else 'sum')
        items = self.item_ids_.positions(merged.items, 'item_ids')
        known = items >= 0
        values = np.ones(len(items)) if merged.ratings is None else merged.ratings
        services = self._service_positions(merged.services)
        vector = self.factors_.fold_in(items[known], values[known], None if services is None else services[known])
        return FoldedUser(vector[:-1], float(vector[-1]))

    def predict_for_user(
        self, user: FoldedUser, item_ids: Ids | None = None, default: float = np.nan
    ) -> npt.NDArray[np.float64]:
        """The predicted ratings, or scores, of items for a user who was folded in.

        Args:
            user: The user.
            item_ids: The items; None for all, in the order of ``item_ids_``.
            default: What is said of items that are not known.
        """
        self.check_fitted()
        scores = self.factors_.score(user.factors[None], np.array([user.bias], dtype=np.float32))[0]
        scores = self._in_range(scores.astype(np.float64))
        if item_ids is None:
            return scores
        items = self.item_ids_.positions(item_ids, 'item_ids')
        return np.where(items >= 0, scores[items], default)

    def predict_for_ratings(
        self,
        item_ids: Ids,
        ratings: Sequence[float] | npt.NDArray[Any] | pd.Series[Any] | None = None,
        candidates: Ids | None = None,
        default: float = np.nan,
    ) -> npt.NDArray[np.float64]:
        """The predictions of items for a user who has rated others: ``fold_in_user``, then ``predict_for_user``.

        Args:
            item_ids: The items that the user has rated.
            ratings: The ratings; not needed with the solver ``'implicit'``.
            candidates: The items that are predicted; None for all, in the order of ``item_ids_``.
            default: What is said of candidates that are not known.
        """
        return self.predict_for_user(self.fold_in_user(item_ids, ratings), candidates, default)

    def to_archive(self) -> Archive:
        """The contents of the saved model."""
        parts = self._shared_parts() | self.factors_.to_parts()
        if self.service_ids_ is not None:
            parts |= self.service_ids_.to_parts('service_ids')
        state = {
            'rating_range': self.rating_range_,
            'factors': self.factors_.to_state(),
            'has_services': self.service_ids_ is not None,
            'learning_curve': self.learning_curve_.to_json(),
        }
        return Archive(self.import_path(), asdict(self._arguments), state, parts, training=self.training)

    @classmethod
    def from_archive(cls, archive: Archive, *, trusted_modules: tuple[str, ...] = ()) -> Self:
        """The model of an archive's contents."""
        model = cls(**archive.parameters)
        state = archive.state
        model._restore_shared(archive.parts, state['rating_range'])
        model.factors_ = Factors.from_parts(archive.parts, state['factors'])
        model.service_ids_ = IdIndex.from_parts(archive.parts, 'service_ids') if state['has_services'] else None
        model.learning_curve_ = LearningCurve.from_json(state['learning_curve'])
        model.training, model.versions = archive.training, archive.versions
        return model

    def _service_positions(self, services: npt.NDArray[Any] | None) -> npt.NDArray[np.int64] | None:
        if services is None or self.service_ids_ is None:
            return None
        return self.service_ids_.positions(services, 'the services')

    def _in_range(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        if not self.predicts_ratings or self.rating_range_ is None:
            return values
        return np.clip(values, *self.rating_range_)


def _rows(
    vectors: npt.NDArray[np.float32],
    positions: npt.NDArray[np.int64],
    default: npt.ArrayLike | None,
    normalize: bool,
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


def _checked_ratings(ratings: Any) -> npt.NDArray[np.float64]:
    values = np.asarray(ratings, dtype=np.float64)
    if np.isnan(values).any():
        raise MissingValueError(f'ratings has {int(np.isnan(values).sum())} missing values (NaN). Remove the rows.')
    if np.isinf(values).any():
        raise InfiniteValueError(f'ratings has {int(np.isinf(values).sum())} infinite values. Remove the rows.')
    return values


def _check_lengths(interactions: Interactions) -> None:
    lengths = {
        name: len(values)
        for name in ('users', 'items', 'services', 'ratings')
        if (values := getattr(interactions, name)) is not None
    }
    if len(set(lengths.values())) > 1:
        raise DataError(f'the columns have the lengths {lengths}; one length is expected.')
