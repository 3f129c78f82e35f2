"""What a report on a model of users and items says, as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from redshells.analysis.bootstrap import Estimate
from redshells.analysis.held_out import HeldOutFacts
from redshells.analysis.interaction_profile import Concentration, InteractionProfile
from redshells.analysis.model_summary import Comparison
from redshells.analysis.regression_quality import RegressionQuality
from redshells.analysis.search_summary import SearchSummary
from redshells.model.learning_curve import LearningCurve

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class RecommenderPlan:
    """What is found out, and how.

    Args:
        top_n: How many items of each user are looked at.
        minimum_rating: Held-out items of a lower rating are not taken for chosen ones; None to take all.
        number_of_resamples: Bootstrap resamples for the intervals.
        random_seed: Seed of all samples.
        item_names: Names of items, by their ids as texts; the ids stand for items without one.
    """

    top_n: int = 20
    minimum_rating: float | None = None
    number_of_resamples: int = 200
    random_seed: int = 0
    item_names: Mapping[str, str] | None = None


@dataclass(frozen=True)
class GroupScore:
    """The score of a part of the held-out interactions, or of the users.

    Attributes:
        side: ``'users'`` or ``'items'``: what the group is made by.
        low: The fewest interactions that one of them has in the training.
        high: The most.
        rows: How many users, or held-out interactions, were scored.
        score: The score of the model.
        simple: The score of the simple model that it is compared with first.
        gain: By how much the model is better, above zero whatever the direction of the metric.
    """

    side: str
    low: int
    high: int
    rows: int
    score: Estimate
    simple: Estimate
    gain: Estimate


@dataclass(frozen=True)
class HeldOutScores:
    """Scores on held-out interactions, of one problem.

    Attributes:
        metric: The most important score.
        scores: The scores of the model, by the name of the metric.
        comparisons: The most important score of simple models, the hardest to beat first.
        groups: The most important score by the activity of users and the popularity of items.
        rows: How many held-out interactions were scored.
        users: Of how many users they are.
        regression: Of ratings, predicted against true ones.
        by_rank: Of top items, the mean share of the chosen items that is found among the first 1, 2, ... items: of the
            model, and of the most popular items.
    """

    metric: str
    scores: Mapping[str, Estimate]
    comparisons: tuple[Comparison, ...]
    groups: tuple[GroupScore, ...]
    rows: int
    users: int
    regression: RegressionQuality | None = None
    by_rank: tuple[Array, Array] | None = None


@dataclass(frozen=True)
class RecommendedItem:
    """An item that many users are recommended.

    Attributes:
        name: Its name or id.
        recommended: The share of the lists that it is in.
        had: The share of all users who had it in the training.
    """

    name: str
    recommended: float
    had: float


@dataclass(frozen=True)
class ExampleUser:
    """A user, and what the model makes of them.

    Attributes:
        name: The id.
        count: How many items the user had in the training.
        had: Some of these: the best rated, where ratings are known, or those that the fewest users had.
        recommended: What is recommended: the name, the predicted rating (NaN where it is none), and whether the user
            went on to choose it.
    """

    name: str
    count: int
    had: tuple[str, ...]
    recommended: tuple[tuple[str, float, bool], ...]


@dataclass(frozen=True)
class RecommendedItems:
    """What a sample of users is recommended.

    Attributes:
        users: How many users are in the sample.
        distinct: How many items are in at least one of their lists.
        concentration: How much the most recommended items make of all lists.
        most: The most recommended items.
        most_share: What these make of all lists.
        most_popular_share: What as many of the most popular items have of all interactions.
        examples: A few users.
    """

    users: int
    distinct: int
    concentration: Concentration
    most: tuple[RecommendedItem, ...]
    most_share: float
    most_popular_share: float
    examples: tuple[ExampleUser, ...]


@dataclass(frozen=True)
class RecommenderSummary:
    """What a report on a model of users and items says.

    Attributes:
        name: The class of the model.
        predicts_ratings: Whether it predicts ratings.
        top_n: How many items of each user are looked at.
        minimum_rating: Held-out items of a lower rating are not taken for chosen ones.
        profile: The shape of the training.
        rating_range: The least and the largest rating of the training; None without.
        held_out: The held-out interactions; None where there are none.
        ratings: The error of the predicted ratings; None where none can be told.
        lists: What is found of the chosen items; None where that can't be told.
        recommended: What a sample of users is recommended.
        epochs: The loss and the score after each epoch; None without.
        search: The tuning; None without one.
        arguments: The arguments that the model was made with.
    """

    name: str
    predicts_ratings: bool
    top_n: int
    minimum_rating: float | None
    profile: InteractionProfile
    rating_range: tuple[float, float] | None
    held_out: HeldOutFacts | None
    ratings: HeldOutScores | None
    lists: HeldOutScores | None
    recommended: RecommendedItems
    epochs: LearningCurve | None
    search: SearchSummary | None
    arguments: Mapping[str, Any]

    @property
    def parts(self) -> tuple[HeldOutScores, ...]:
        """The scores, those of what the model was made for first."""
        return tuple(one for one in (self.ratings, self.lists) if one is not None)

    @property
    def scores(self) -> dict[str, Estimate]:
        """All scores by the name of the metric."""
        return {name: one for part in self.parts for name, one in part.scores.items()}
