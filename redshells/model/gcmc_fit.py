"""From interactions and features to a fitted graph convolutional matrix completion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.errors import DataError, ParameterError, SplitError
from redshells.model.execution import Execution
from redshells.model.gcmc_graph import GcmcGraph, sorted_graph
from redshells.model.gcmc_nodes import first_nodes
from redshells.model.gcmc_settings import GcmcSettings
from redshells.model.id_index import IdIndex
from redshells.model.interactions import Interactions
from redshells.model.learning_curve import LearningCurve
from redshells.model.node_features import NodeFeatures
from redshells.model.rating_decoder import RatingDecoder
from redshells.model.rating_graph import RatingGraph, RatingLevels

if TYPE_CHECKING:
    from redshells.model.gcmc_training import HeldOutRatings


@dataclass(frozen=True, kw_only=True)
class GcmcData:
    """What is trained on.

    Args:
        interactions: The ratings.
        user_ids: The ids of their users.
        item_ids: The ids of their items.
        silent_users: Whether each user is without edges for having rated too little or too much.
        user_features: Features of users by id; None without.
        item_features: Features of items by id; None without.
        validation: Ratings to watch for early stopping; None for those that are cut off by the settings.
    """

    interactions: Interactions
    user_ids: IdIndex
    item_ids: IdIndex
    silent_users: npt.NDArray[np.bool_]
    user_features: pd.DataFrame | None = None
    item_features: pd.DataFrame | None = None
    validation: Interactions | None = None


@dataclass(frozen=True)
class FittedGcmc:
    """What was learnt.

    Args:
        graph: The nodes and the ratings.
        levels: The levels of the ratings.
        decoder: The ratings of pairs of vectors.
        curve: The loss and the score after each epoch.
    """

    graph: GcmcGraph
    levels: RatingLevels
    decoder: RatingDecoder
    curve: LearningCurve


def fit_gcmc(data: GcmcData, settings: GcmcSettings, execution: Execution, random_seed: int) -> FittedGcmc:
    """Check the data, and train.

    Args:
        data: The ratings and the features.
        settings: How.
        execution: Where it runs.
        random_seed: Seed of all that is drawn.

    Raises:
        RedshellsError: The data can't be used.
    """
    levels = _levels(data.interactions)
    settings.level_size(len(levels))
    if settings.ignore_item_embedding and data.item_features is None:
        raise ParameterError(
            'ignore_item_embedding=True was given without features of items, by which alone items are seen then. Give '
            'item_features, or ignore_item_embedding=False.'
        )
    users = NodeFeatures.of(data.user_features, data.user_ids, 'user_features')
    items = NodeFeatures.of(data.item_features, data.item_ids, 'item_features')
    ratings = _graph(data, levels)
    held_out, is_held_out = _held_out(data, ratings, levels, settings, random_seed)
    from redshells.model.gcmc_training import train_gcmc
    from redshells.model.rating_convolution import RatingSides

    edges = ratings.take(~is_held_out & ~data.silent_users[ratings.users])
    sides = RatingSides(edges, users.encoded, items.encoded)
    targets = ratings.take(~is_held_out)
    trained = train_gcmc(sides, targets, levels, held_out, settings, execution, random_seed)
    graph = GcmcGraph(
        first_nodes(data.user_ids, trained.user_encoder, users),
        first_nodes(data.item_ids, trained.item_encoder, items),
        ratings,
        data.silent_users,
        settings.normalization_type,
    )
    if users.others is not None or items.others is not None:
        none = np.empty(0, dtype=np.int64)
        no_ratings = Interactions(users=none, items=none, ratings=np.empty(0))
        graph = graph.extended(no_ratings, levels, users.others, items.others)
    return FittedGcmc(graph, levels, trained.decoder, trained.curve)


def _levels(interactions: Interactions) -> RatingLevels:
    if interactions.ratings is None:
        raise DataError(
            'the interactions have no ratings, which are expected: their levels are the kinds of edges. Set '
            'rating_column_name, or use a model of implicit feedback.'
        )
    return RatingLevels.of(interactions.ratings)


def _graph(data: GcmcData, levels: RatingLevels) -> RatingGraph:
    assert data.interactions.ratings is not None
    return sorted_graph(
        data.user_ids.positions(data.interactions.users),
        data.item_ids.positions(data.interactions.items),
        levels.positions(data.interactions.ratings),
        (len(data.user_ids), len(data.item_ids), len(levels)),
    )


def _held_out(
    data: GcmcData, ratings: RatingGraph, levels: RatingLevels, settings: GcmcSettings, random_seed: int
) -> tuple[HeldOutRatings | None, npt.NDArray[np.bool_]]:
    """The ratings to watch, and which of the training are among them."""
    from redshells.model.gcmc_training import HeldOutRatings

    none = np.zeros(len(ratings), dtype=np.bool_)
    if data.validation is not None:
        if data.validation.ratings is None:
            raise DataError('the interactions of the validation have no ratings, which are expected.')
        users = data.user_ids.positions(data.validation.users, 'the users of the validation')
        items = data.item_ids.positions(data.validation.items, 'the items of the validation')
        known = (users >= 0) & (items >= 0)
        if not known.any():
            raise DataError('no pair of the validation has a user and an item of the training. Leave it out.')
        return HeldOutRatings(users[known], items[known], data.validation.ratings[known]), none
    number = round(len(ratings) * settings.validation_size)
    if not number:
        return None, none
    if number == len(ratings):
        raise SplitError(
            f'validation_size={settings.validation_size} of {len(ratings)} ratings leaves none to train on.'
        )
    none[np.random.default_rng(random_seed).permutation(len(ratings))[:number]] = True
    cut = ratings.take(none)
    return HeldOutRatings(cut.users, cut.items, levels.values[cut.levels]), none
