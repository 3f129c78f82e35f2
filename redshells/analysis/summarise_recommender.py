"""Find out what a report on a model of users and items says."""

from __future__ import annotations

import logging

from redshells.analysis.held_out import HeldOut, HeldOutFacts
from redshells.analysis.interaction_profile import profile_interactions
from redshells.analysis.list_quality import judge_recommendations
from redshells.analysis.rating_quality import judge_ratings
from redshells.analysis.recommended_items import describe_recommendations
from redshells.analysis.recommender_summary import RecommenderPlan, RecommenderSummary
from redshells.analysis.search_summary import summarise_search
from redshells.analysis.training_curve import training_curve
from redshells.analysis.training_facts import own_arguments
from redshells.model.interactions import Interactions
from redshells.model.recommender import RecommenderModel
from redshells.tuning.result import TuningResult

logger = logging.getLogger(__name__)


def summarise_recommender(
    model: RecommenderModel,
    test: Interactions | None,
    train: Interactions | None,
    plan: RecommenderPlan,
    tuning: TuningResult | None = None,
) -> RecommenderSummary:
    """Find out what a report on a model of users and items says.

    Args:
        model: The fitted model.
        test: Interactions that it was not trained on; None where there are none.
        train: What it was trained on, for the simple models of ratings; None leaves these out.
        plan: What is found out, and how.
        tuning: The search that gave its arguments.

    Raises:
        RedshellsError: The interactions do not fit the model.
    """
    model.check_fitted()
    profile = profile_interactions(model.seen_)
    held_out = None if test is None else HeldOut.of(model, test)
    logger.info('report: the shape of the training is known')
    ratings = None if held_out is None else judge_ratings(model, held_out, train, plan)
    lists = None if held_out is None else judge_recommendations(model, held_out, plan)
    logger.info('report: the held-out interactions are scored')
    return RecommenderSummary(
        name=type(model).__name__,
        predicts_ratings=model.predicts_ratings,
        top_n=plan.top_n,
        minimum_rating=plan.minimum_rating,
        profile=profile,
        rating_range=model.rating_range_,
        held_out=None if held_out is None else HeldOutFacts.of(held_out),
        ratings=ratings,
        lists=lists,
        recommended=describe_recommendations(model, held_out, train, plan),
        epochs=training_curve(model),
        search=None if tuning is None else summarise_search(tuning),
        arguments=own_arguments(model),
    )
