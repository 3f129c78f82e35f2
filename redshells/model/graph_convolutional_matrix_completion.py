"""Graph convolutional matrix completion: ratings as a graph of users and items."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.archive import Archive, array_to_bytes, bytes_to_array
from redshells.errors import DataError, EmptyTableError
from redshells.model.execution import Execution
from redshells.model.gcmc_dataset import GcmcGraphDataset
from redshells.model.gcmc_fit import GcmcData, fit_gcmc
from redshells.model.gcmc_graph import GcmcGraph
from redshells.model.gcmc_settings import GcmcSettings, check_whole
from redshells.model.id_index import IdIndex, Ids
from redshells.model.interactions import Interactions
from redshells.model.learning_curve import LearningCurve
from redshells.model.new_item_prediction import NewItemPrediction
from redshells.model.rating_decoder import RatingDecoder
from redshells.model.rating_graph import Floats, RatingLevels

logger = logging.getLogger(__name__)

Silence = Callable[[IdIndex, npt.NDArray[np.int64]], npt.NDArray[np.bool_]]
"""Which users have no edges, given their ids and how many ratings each has."""


class GraphConvolutionalMatrixCompletion(NewItemPrediction):
    r"""Graph convolutional matrix completion (GCMC): each level of the ratings is a kind of edge of users and items.

    van den Berg, Kipf, Welling: `Graph Convolutional Matrix Completion <https://arxiv.org/abs/1706.02263>`_ (2017).
    Each node :math:`i` gets a message from each neighbour :math:`j` over the edge of level :math:`r`; its vector is

    .. math:: h_i = \mathrm{relu}\Big(\mathrm{accum}_r \sum_{j \in N_{ir}} \frac{1}{c_{ij}} W_{rj}\Big), \quad
        f_i = \mathrm{relu}(F x_i + c), \quad z_i = D h_i + G f_i + b

    with the features :math:`x_i`, if any. The rating of an item :math:`j` by a user :math:`i` is the mean of the levels
    :math:`v_r` with the chances

    .. math:: p(r \mid i, j) \propto \exp\Big(\beta_r + \sum_b a_{br} \, z_i^\top P_b \, z_j\Big)

    The weights minimise the cross entropy of the levels, with a share of the squared error of the rating. In each step
    some nodes send no messages, some get none, and some hidden numbers are zero. Beyond the paper there are the biases
    :math:`b` and :math:`\beta`, which speak for nodes without ratings, the squared error, and the averaged weights.

    **Users who rated too little or too much** have no edges: they get no messages and send none, and their vector is
    that of a user without ratings with their features; their ratings are trained on all the same. **A node without
    edges** has the vector :math:`G f_i + b`: so have users and items that the tables of features have and the ratings
    do not, which are known after the training like the others. **New users and items** get messages over the edges
    that they are given, and send none, see ``extended``. Of several ratings of a pair the last one counts.

    Args:
        encoder_hidden_size: The size of :math:`h`; stacked, the levels share it.
        encoder_size: The size of :math:`z`.
        epochs: Steps of the training; each is over all ratings.
        learning_rate: Of Adam.
        dropout_rate: The share of nodes that send no message in a step, and of hidden numbers that are zero.
        isolation_rate: The share of nodes that get no message in a step, so that the vectors of nodes without ratings
            are learnt, too; it helps the others as well.
        normalization_type: The divisor :math:`c_{ij}`, with the degrees :math:`d`: ``'left'`` is :math:`d_i`, of the
            node that gets the message, ``'right'`` :math:`d_j`, ``'symmetric'`` the root of their product, and
            ``'left_square_root'`` the root of :math:`d_i`.
        accumulation: ``'stack'`` lays the sums of the levels side by side, ``'sum'`` adds them up.
        weight_sharing: The ordinal weights of the paper: :math:`W_r` is the sum of the weights of the levels up to r.
        ignore_item_embedding: Vectors of items are made of their features alone, so that new items are as good as known
            ones.
        basis_size: How many matrices :math:`P` there are.
        feature_size: The size of :math:`f`.
        squared_error_weight: The weight of the squared error, in units of the spread of the levels.
        weight_averaging: The share of the earlier average that stays in a step of the averaged weights; 0 for none.
        learning_rate_schedule: ``'constant'``, ``'linear'`` or ``'cosine'``.
        min_user_click_count: Users with fewer ratings have no edges.
        max_user_click_count: Users with more ratings have none; None for no bound.
        validation_size: The share of the ratings that is held out to watch for early stopping, if no others are given.
        early_stopping_patience: Epochs without a better score on held-out ratings after which the training ends; 0
            never ends it. The weights are those of the best score in either case.
        random_seed: Seed of the first weights, of what is dropped out, and of the ratings that are held out.

    Attributes:
        levels_: The levels of the ratings.
        user_vectors_: :math:`z` of the users, of shape (users, encoder_size).
        item_vectors_: :math:`z` of the items, of shape (items, encoder_size).

    Shapes:
        * predict_interactions, predict: (pairs,)
        * score_items: (users, items)

    Raises:
        ParameterError: An argument has a wrong value.

    Example:
        >>> users, items = np.divmod(np.arange(48), 8)
        >>> ratings = np.where(users % 2 == items % 2, 5.0, 1.0)
        >>> known = np.arange(48) % 5 > 0
        >>> interactions = Interactions(users=users, items=items, ratings=ratings)
        >>> model = GraphConvolutionalMatrixCompletion(epochs=100, encoder_hidden_size=16, dropout_rate=0.2)
        >>> model = model.fit_interactions(interactions.take(known))
        >>> model.predict([0, 0], [0, 5]).round()
        array([5., 1.])
    """

    levels_: RatingLevels
    decoder_: RatingDecoder
    user_vectors_: Floats
    item_vectors_: Floats

    def __init__(
        self,
        *,
        encoder_hidden_size: int = 250,
        encoder_size: int = 30,
        epochs: int = 500,
        learning_rate: float = 0.01,
        dropout_rate: float = 0.6,
        isolation_rate: float = 0.1,
        normalization_type: str = 'left_square_root',
        accumulation: str = 'stack',
        weight_sharing: bool = False,
        ignore_item_embedding: bool = False,
        basis_size: int = 4,
        feature_size: int = 64,
        squared_error_weight: float = 1.5,
        weight_averaging: float = 0.995,
        learning_rate_schedule: str = 'constant',
        min_user_click_count: int = 0,
        max_user_click_count: int | None = None,
        validation_size: float = 0.0,
        early_stopping_patience: int = 0,
        random_seed: int = 0,
    ) -> None:
        self.settings = GcmcSettings(
            encoder_hidden_size=encoder_hidden_size,
            encoder_size=encoder_size,
            epochs=epochs,
            learning_rate=learning_rate,
            dropout_rate=dropout_rate,
            isolation_rate=isolation_rate,
            normalization_type=normalization_type,
            accumulation=accumulation,
            weight_sharing=weight_sharing,
            ignore_item_embedding=ignore_item_embedding,
            basis_size=basis_size,
            feature_size=feature_size,
            squared_error_weight=squared_error_weight,
            weight_averaging=weight_averaging,
            learning_rate_schedule=learning_rate_schedule,
            min_user_click_count=min_user_click_count,
            max_user_click_count=max_user_click_count,
            validation_size=validation_size,
            early_stopping_patience=early_stopping_patience,
        )
        check_whole('random_seed', random_seed, 0)
        self.random_seed = random_seed

    def fit_interactions(
        self,
        interactions: Interactions,
        *,
        user_features: pd.DataFrame | None = None,
        item_features: pd.DataFrame | None = None,
        validation: Interactions | None = None,
        execution: Execution | None = None,
    ) -> Self:
        """Train; see ``RecommenderModel.fit_interactions``.

        Raises:
            TargetError: The ratings have too many levels, or only one.
            DataError: There are no ratings, or the features can't be used.
            ParameterError: There are fewer hidden numbers than levels, or items are to be seen by features that are
                not there.
            SplitError: Nothing is left to train on.
        """
        return self._fit(interactions, user_features, item_features, validation, execution, self._is_silent)

    def fit(self, graph_dataset: GcmcGraphDataset, *, execution: Execution | None = None) -> Self:
        """Train on a graph dataset: on its training part, with its test part to watch for early stopping.

        Users that the dataset leaves out for their number of clicks have no edges here either.

        Args:
            graph_dataset: The ratings and the features.
            execution: Where and how it runs.
        """
        dataset = graph_dataset
        train, test = dataset.train_interactions(), dataset.test_interactions()
        return self._fit(
            train,
            dataset.user_feature_frame(),
            dataset.item_feature_frame(),
            test if len(test) else None,
            execution,
            lambda ids, counts: self._is_silent(ids, counts) | dataset.leaves_out(ids.ids),
        )

    def _is_silent(self, _: IdIndex, counts: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        most = self.settings.max_user_click_count
        return (counts < self.settings.min_user_click_count) | (counts > (np.inf if most is None else most))

    def _fit(
        self,
        interactions: Interactions,
        user_features: pd.DataFrame | None,
        item_features: pd.DataFrame | None,
        validation: Interactions | None,
        execution: Execution | None,
        is_silent: Silence,
    ) -> Self:
        if not len(interactions):
            raise EmptyTableError('there are no interactions. Check the task that makes them.')
        user_ids = IdIndex.of(interactions.users, 'the users')
        counts = np.bincount(user_ids.positions(interactions.users), minlength=len(user_ids))
        data = GcmcData(
            interactions=interactions,
            user_ids=user_ids,
            item_ids=IdIndex.of(interactions.items, 'the items'),
            silent_users=is_silent(user_ids, counts),
            user_features=user_features,
            item_features=item_features,
            validation=validation,
        )
        fitted = fit_gcmc(data, self.settings, execution or Execution(), self.random_seed)
        self.levels_, self.decoder_ = fitted.levels, fitted.decoder
        self.rating_range_ = (float(fitted.levels.values[0]), float(fitted.levels.values[-1]))
        self._take_graph(fitted.graph)
        self.training = {'learning_curve': fitted.curve.to_json()}
        return self

    @property
    def learning_curve_(self) -> LearningCurve:
        """The loss and the score after each epoch."""
        self.check_fitted()
        return LearningCurve.from_json(self.training['learning_curve'])

    def _take_graph(self, graph: GcmcGraph) -> None:
        self._graph = graph
        self.user_ids_, self.item_ids_, self.seen_ = graph.users.ids, graph.items.ids, graph.seen()
        self.user_vectors_, self.item_vectors_ = graph.user_vectors(), graph.item_vectors()

    def predict_interactions(self, interactions: Interactions, *, default: float = np.nan) -> npt.NDArray[np.float64]:
        """The expected rating of each pair; ``default`` where the user or the item is not known.

        Args:
            interactions: The pairs; their ratings are not looked at.
            default: The prediction for users and items that were not in training, see ``extended``.

        Raises:
            NotFittedError: It is not fitted.
            ColumnTypeError: The ids are of another type than in training.
        """
        return self.predict(interactions.users, interactions.items, default=default)

    def predict(
        self, user_ids: Ids, item_ids: Ids, with_user_embedding: bool = True, *, default: float = np.nan
    ) -> npt.NDArray[np.float64]:
        """The expected rating of each pair.

        Args:
            user_ids: The user of each pair.
            item_ids: The item of each.
            with_user_embedding: Whether the ratings of the user count. Otherwise each is taken for one without ratings,
                of whom the features are known at most; then users that are not known at all are as good as others.
            default: The prediction where the item is not known, or the user, if their ratings count.

        Returns:
            Of shape (pairs,).
        """
        users, items = self._known_pairs(user_ids, item_ids)
        if len(users) != len(items):
            raise DataError(f'{len(users)} users and {len(items)} items were given; as many of each are expected.')
        vectors = self._user_vectors(with_user_embedding)
        known = (items >= 0) & ((users >= 0) | (not with_user_embedding))
        result = np.full(len(users), default, dtype=np.float64)
        result[known] = self.decoder_.pair_ratings(vectors, self.item_vectors_, users[known], items[known])
        return result

    def score_items(self, users: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """The expected rating of each item by users, of shape (users, items).

        Args:
            users: Positions of users.
        """
        self.check_fitted()
        return self.decoder_.all_ratings(self.user_vectors_[users], self.item_vectors_)

    def item_vectors(self) -> npt.NDArray[np.float32]:
        """The vector of each item, of shape (items, encoder_size)."""
        self.check_fitted()
        return self.item_vectors_

    def extended(
        self,
        interactions: Interactions | None = None,
        *,
        user_features: pd.DataFrame | None = None,
        item_features: pd.DataFrame | None = None,
    ) -> Self:
        """A model that knows more ratings, users and items, without another training.

        Known users and items get further messages over new edges between them. New ones get messages from known ones,
        and send none, for a node's messages are learnt: nobody's vector changes by what a new node rated or was rated.
        New nodes with features and no ratings have the vectors of their features.

        Args:
            interactions: More ratings, of the levels of the training, which take the place of earlier ones of a pair.
            user_features: Features by id, for a model that was trained with some; those of known users are replaced.
            item_features: Likewise.

        Raises:
            NotFittedError: It is not fitted.
            DataError: A rating is of a level that was not in training, or there are features, and were none then.
        """
        self.check_fitted()
        none = np.empty(0, dtype=np.int64)
        more = interactions or Interactions(users=none, items=none, ratings=np.empty(0))
        if more.ratings is None:
            raise DataError('the interactions have no ratings, which are expected: each edge has a level.')
        model = type(self)(**asdict(self.settings), random_seed=self.random_seed)
        model.levels_, model.decoder_, model.rating_range_ = self.levels_, self.decoder_, self.rating_range_
        model._take_graph(self._graph.extended(more, self.levels_, user_features, item_features))
        model.training, model.versions = self.training, self.versions
        return model

    def _user_vectors(self, with_user_embedding: bool) -> Floats:
        self.check_fitted()
        return self.user_vectors_ if with_user_embedding else self._graph.users.vectors_without_ratings

    def to_archive(self) -> Archive:
        """The contents of the saved model."""
        parts = {**self._shared_parts(), **self._graph.to_parts(), **self.decoder_.to_parts('decoder')}
        parts |= {'user_vectors.npy': array_to_bytes(self.user_vectors_)}
        parts |= {'item_vectors.npy': array_to_bytes(self.item_vectors_)}
        sides = {'users': self._graph.users, 'items': self._graph.items}
        state = {
            'rating_range': self.rating_range_,
            'fields': {name: one.fields and one.fields.to_json() for name, one in sides.items()},
        }
        parameters = {**asdict(self.settings), 'random_seed': self.random_seed}
        return Archive(self.import_path(), parameters, state, parts, training=self.training)

    @classmethod
    def from_archive(cls, archive: Archive, *, trusted_modules: tuple[str, ...] = ()) -> Self:
        """The model of an archive's contents."""
        model = cls(**archive.parameters)
        parts, state = archive.parts, archive.state
        model._restore_shared(parts, state['rating_range'])
        model.decoder_ = RatingDecoder.from_parts(parts, 'decoder')
        model.levels_ = RatingLevels(model.decoder_.levels)
        model._graph = GcmcGraph.from_parts(
            parts,
            state['fields'],
            (model.user_ids_, model.item_ids_),
            model.seen_,
            (len(model.levels_), model.settings.normalization_type),
        )
        model.user_vectors_ = bytes_to_array(parts['user_vectors.npy'])
        model.item_vectors_ = bytes_to_array(parts['item_vectors.npy'])
        model.training, model.versions = archive.training, archive.versions
        return model
