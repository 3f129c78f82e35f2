"""Matrix factorization: users and items as vectors whose products are ratings, or tell what is clicked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from redshells.archive import Archive
from redshells.errors import DataError, EmptyTableError, ParameterError
from redshells.model.execution import Execution
from redshells.model.factor_model import FactorModel, check_lengths, checked_ratings
from redshells.model.feature_fields import FeatureFields
from redshells.model.id_index import IdIndex, Ids, checked_ids
from redshells.model.interactions import Interactions
from redshells.model.learning_curve import LearningCurve
from redshells.model.matrix_factorization_arguments import FactorizationArguments
from redshells.model.matrix_factorization_factors import Factors
from redshells.model.side_features import SideFeatures, place_rows


class MatrixFactorization(FactorModel):
    """Matrix factorization: a user and an item are vectors, and their product tells how well they fit.

    Koren, Bell, Volinsky: `Matrix Factorization Techniques for Recommender Systems
    <https://doi.org/10.1109/MC.2009.263>`_ (2009). The rating of an item i by a user u at a service s is

        mean + scale (b[u] + b[i] + b[s] + p[u] · q[i]) + noise

    clipped to the range of the ratings of the training. There are three solvers:

    * ``'als'``, the fastest: alternating least squares, in which the solution for the users reckons with how unsure
      the items are, and the other way round (Lim, Teh: `Variational Bayesian Approach to Movie Rating Prediction
      <https://www.cs.uic.edu/~liub/KDD-cup-2007/proceedings/variational-Lim.pdf>`_, 2007, with variances alone). The
      regularization of each number of the vectors is learnt, so that a longer vector does little harm. With a
      ``regularization``, they are the usual ones.
    * ``'bayes'``, the most accurate: all vectors and all that governs them are drawn in turn, and the mean of the
      predictions is kept (Salakhutdinov, Mnih: `Bayesian Probabilistic Matrix Factorization
      <https://doi.org/10.1145/1390156.1390267>`_, 2008). What is expected of a user depends, linearly, on which items
      the user has rated, whatever the ratings are, and on features (Simm et al.: `Macau
      <https://arxiv.org/abs/1509.04610>`_, 2015); likewise of items. So it serves users and items that have only
      features.
    * ``'implicit'``, for clicks: p[u] · q[i] is near 1 where there was one and near 0 elsewhere, and a click weighs
      1 + alpha (Hu, Koren, Volinsky: `Collaborative Filtering for Implicit Feedback Datasets
      <https://doi.org/10.1109/ICDM.2008.22>`_, 2008). The regularization of a vector grows with the weights of its
      pairs (Rendle et al.: `Revisiting the Performance of iALS <https://arxiv.org/abs/2110.14037>`_, 2021).

    All are linear in the number of interactions. A saved model is loaded and predicts without PyTorch.

    Args:
        solver: ``'als'``, ``'bayes'`` or ``'implicit'``.
        n_latent_factors: The length of a vector; by default 10, and 64 with ``'implicit'``. With ``'bayes'`` it is that
            of a sample; the vectors of the mean of the predictions, which the model keeps, are up to three times as
            long.
        iterations: How often users and items are solved for or drawn; by default 20, 60 and 16,
            of the last two in each chain.
        regularization: With ``'als'``, the weight of the squared length of vectors and biases beside the squared
            errors; None, the default, learns it. With ``'implicit'``, that for each unit of weight; 0.01 by default.
        burn_in: Of ``'bayes'``: the first draws of a chain, which are forgotten; by default 20, or a third of them if
            that is less.
        chains: Of ``'bayes'`` and ``'implicit'``: how often it begins anew, from vectors at random; the mean of the
            predictions is kept. By default 3 and 1.
        implicit_link: Of ``'bayes'``: whether who rated what tells of users and items; by default it does.
        link_rank: Of ``'bayes'``: in how many directions features, and who rated what, differ; 64 by default.
        alpha: Of ``'implicit'``: what a click, or 1 of its rating, adds to the weight of a pair; 3 by default.
        random_seed: Seed of all that is drawn.

    Shapes:
        * factors_.users: (users, size); factors_.items: (items, size)
        * user_ids_, item_ids_: the ids of the rows, those with features only among them
        * score_items: (users, items)

    Attributes:
        factors_: The vectors and biases.
        learning_curve_: The root of the mean squared error of the training after each iteration; with ``'implicit'``,
            the share by which the vectors of the users have changed.

    Raises:
        ParameterError: An argument has a wrong value, or is none of the solver.

    Example:
        >>> users, items = ['ann', 'ann', 'bob', 'bob', 'eve'], ['tea', 'jam', 'tea', 'jam', 'tea']
        >>> model = MatrixFactorization(n_latent_factors=2).fit(users, items, ratings=[5, 1, 4, 1, 5])
        >>> model.predict(['eve', 'zoe'], ['jam', 'jam'], default=3.0).round(1).tolist()
        [2.1, 3.0]
        >>> model.predict_for_ratings(['tea'], [5], candidates=['jam']).shape
        (1,)
    """

    learning_curve_: LearningCurve

    def __init__(
        self,
        *,
        solver: str = 'als',
        n_latent_factors: int | None = None,
        iterations: int | None = None,
        regularization: float | None = None,
        burn_in: int | None = None,
        chains: int | None = None,
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
            chains=chains,
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
            ratings=None if ratings is None else checked_ratings(ratings),
        )
        check_lengths(interactions)
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
        """Train; see ``RecommenderModel``.

        Users and items that have features only are known to the model, too. The validation is not used, for nothing is
        stopped early, and neither is a checkpoint.

        Raises:
            ParameterError: Features were given with a solver that takes none, or ratings lack.
            EmptyTableError: There are no rows.
            DataError: A click has a weight that is not over 0, or features can't be used.
        """
        self._check(interactions, user_features, item_features)
        users, items = self._start_fit(interactions)
        features = [
            None if frame is None else SideFeatures.of(frame, ids, name)
            for frame, ids, name in (
                (user_features, self.user_ids_, 'user_features'),
                (item_features, self.item_ids_, 'item_features'),
            )
        ]
        self.user_fields_, self.item_fields_ = (None if one is None else one.fields for one in features)
        self.service_ids_ = None
        if self.predicts_ratings:
            self._fit_ratings(interactions, users, items, features, execution or Execution())
        else:
            self._fit_clicks(interactions, users, items, execution or Execution())
        self._add_others(*features)
        return self

    def _check(self, interactions: Interactions, *features: pd.DataFrame | None) -> None:
        solver, ratings = self._arguments.solver, interactions.ratings
        if not len(interactions):
            raise EmptyTableError('there are no interactions. Check the task that makes them.')
        if solver != 'bayes' and any(one is not None for one in features):
            raise ParameterError(
                f"features were given with solver={solver!r}, which takes none. Use solver='bayes', or leave them out."
            )
        if self.predicts_ratings and ratings is None:
            raise ParameterError(
                f"solver={solver!r} learns ratings, but there are none. Give the ratings, or solver='implicit' for "
                'clicks.'
            )
        if not self.predicts_ratings and ratings is not None and ratings.min() <= 0:
            raise DataError(
                f"solver='implicit' was given a rating of {ratings.min():g}; weights over 0 are expected, such as "
                'numbers of clicks. Keep only the rows that are clicks.'
            )

    def _fit_ratings(
        self,
        interactions: Interactions,
        users: npt.NDArray[np.int64],
        items: npt.NDArray[np.int64],
        features: Sequence[SideFeatures | None],
        execution: Execution,
    ) -> None:
        from redshells.model.matrix_factorization_ratings import RatingTable
        from redshells.model.matrix_factorization_training import train_als, train_bayes

        assert interactions.ratings is not None
        services = None
        if interactions.services is not None:
            self.service_ids_ = IdIndex.of(interactions.services, 'the services')
            services = self.service_ids_.positions(interactions.services)
        table = RatingTable(
            users=users,
            items=items,
            ratings=interactions.ratings,
            services=services,
            shape=self.seen_.shape,
            number_of_services=0 if self.service_ids_ is None else len(self.service_ids_),
        )
        arguments = self._arguments.resolved()
        if self._arguments.solver == 'als':
            self.factors_, self.learning_curve_ = train_als(table, arguments, execution)
        else:
            matrices = [None if one is None else one.known for one in features]
            self.factors_, self.learning_curve_ = train_bayes(table, arguments, execution, *matrices)

    def _fit_clicks(
        self,
        interactions: Interactions,
        users: npt.NDArray[np.int64],
        items: npt.NDArray[np.int64],
        execution: Execution,
    ) -> None:
        from redshells.model.matrix_factorization_training import train_implicit

        clicks = np.ones(len(users)) if interactions.ratings is None else interactions.ratings
        table = sparse.csr_array((clicks, (users, items)), shape=self.seen_.shape)
        self.factors_, self.learning_curve_ = train_implicit(table, self._arguments.resolved(), execution)

    def _add_others(self, users: SideFeatures | None, items: SideFeatures | None) -> None:
        """Make users and items known that have features only."""
        if users is not None and len(users.other_ids):
            self.user_ids_, known, others = place_rows(self.user_ids_, users.other_ids)
            vectors = self.factors_.vectors_of_users(users.others)
            self.factors_ = self.factors_.with_more_users(known, others, vectors)
            counts = np.zeros(len(self.user_ids_), dtype=np.int64)
            counts[known] = np.diff(self.seen_.indptr)
            indptr = np.concatenate([[0], np.cumsum(counts)])  # ids are in ascending order, and so are their rows
            self._set_seen(self.seen_.indices, indptr)
        if items is not None and len(items.other_ids):
            self.item_ids_, known, others = place_rows(self.item_ids_, items.other_ids)
            vectors = self.factors_.vectors_of_items(items.others)
            self.factors_ = self.factors_.with_more_items(known, others, vectors)
            self._set_seen(known[self.seen_.indices], self.seen_.indptr)

    def _set_seen(self, indices: npt.NDArray[Any], indptr: npt.NDArray[Any]) -> None:
        shape = (len(self.user_ids_), len(self.item_ids_))
        self.seen_ = sparse.csr_array((np.ones(len(indices), dtype=np.int8), indices, indptr), shape=shape)

    def to_archive(self) -> Archive:
        """The contents of the saved model."""
        parts = self._shared_parts() | self.factors_.to_parts()
        if self.service_ids_ is not None:
            parts |= self.service_ids_.to_parts('service_ids')
        state = {
            'rating_range': self.rating_range_,
            'factors': self.factors_.to_state(),
            'has_services': self.service_ids_ is not None,
            'user_fields': None if self.user_fields_ is None else self.user_fields_.to_json(),
            'item_fields': None if self.item_fields_ is None else self.item_fields_.to_json(),
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
        model.user_fields_, model.item_fields_ = (
            None if state[name] is None else FeatureFields.from_json(state[name])
            for name in ('user_fields', 'item_fields')
        )
        model.learning_curve_ = LearningCurve.from_json(state['learning_curve'])
        model.training, model.versions = archive.training, archive.versions
        return model
