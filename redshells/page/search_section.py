"""What a page says of a search for parameters."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from redshells.analysis.search_summary import ParameterSlice, SearchSummary
from redshells.page import wording as words
from redshells.page.chart import Chart, category_chart, dot_chart
from redshells.page.wording import Wording
from redshells.tuning.text_problem import OWN_METRICS

_LONGEST_NAMES = 60  # characters of the choices below a small chart


@dataclass(frozen=True)
class SearchSection:
    """A search in words and charts.

    Attributes:
        summary: The search.
        text: What came out.
        charts: How it went.
        slices: The trials by one parameter each.
        best_params: The best parameters as JSON.
        has_rounds: Whether the trials were trained in rounds.
    """

    summary: SearchSummary
    text: str
    charts: tuple[Chart, ...]
    slices: tuple[Chart, ...]
    best_params: str
    has_rounds: bool


def make_search_section(summary: SearchSummary, wording: Wording) -> SearchSection:
    """Say what a search found out.

    Args:
        summary: The search.
        wording: The language.
    """
    result = summary.result
    numbers = np.array([number for number, _ in summary.complete])
    values = np.array([value for _, value in summary.complete])
    history = dot_chart(
        wording('How the search went'),
        numbers,
        values,
        x_label=wording('trial'),
        y_label=words.metric(result.metric),
        steps=summary.best_so_far,
        y_limits=_useful_limits(values, result.direction),
        note=wording('Dots: trials that were run to the end. Line: the best so far.'),
    )
    slices = [_slice_chart(one, words.metric(result.metric), result.direction) for one in summary.slices if one.values]
    params = json.dumps(dict(result.best_params), indent=2, ensure_ascii=False, default=str)
    return SearchSection(
        summary=summary,
        text=describe_search(summary, wording),
        charts=(history,),
        slices=tuple(slices),
        best_params=params,
        has_rounds=any(trial.number_of_rounds is not None for trial in summary.best),
    )


def describe_search(summary: SearchSummary, wording: Wording) -> str:
    """What came out of a search, in a few sentences.

    Args:
        summary: The search.
        wording: The language.
    """
    result, counts = summary.result, summary.counts
    text = wording(
        '{trials} trials in {time}: {complete} run to the end, {pruned} ended early.',
        trials=words.whole(sum(counts.values())),
        time=duration(summary.seconds, wording),
        complete=words.whole(counts.get('COMPLETE', 0)),
        pruned=words.whole(counts.get('PRUNED', 0)),
    )
    text += ' ' + _say_gain(summary, wording)
    if counts.get('FAIL'):
        text += wording(' {failed} gave no number.', failed=words.whole(counts['FAIL']))
    if result.learning_rate_of_trials is not None:
        text += wording(
            ' The trials learnt with a rate of {fast}; training uses a lower one with more rounds.',
            fast=words.plain(result.learning_rate_of_trials),
        )
    return text


def _say_gain(summary: SearchSummary, wording: Wording) -> str:
    metric, best = words.metric(summary.result.metric), words.score(summary.result.best_value)
    is_first = summary.result.best_trial.number == summary.complete[0][0]
    if summary.result.metric in OWN_METRICS:
        if is_first:
            return wording('The first one was the best: {metric} {best}.', metric=metric, best=best)
        return wording(
            'The best one reaches a {metric} of {best}, after {first} in the first.',
            metric=metric,
            best=best,
            first=words.score(summary.first_value),
        )
    if is_first:
        return wording('The first one was the best: cross-validated {metric} {best}.', metric=metric, best=best)
    return wording(
        'The best one reaches a cross-validated {metric} of {best}, after {first} in the first.',
        metric=metric,
        best=best,
        first=words.score(summary.first_value),
    )


def duration(seconds: float, wording: Wording) -> str:
    """Seconds, or minutes and hours where there are many.

    Args:
        seconds: The seconds.
        wording: The language.
    """
    if seconds < 100:
        return wording('{number} s', number=f'{seconds:.1f}')
    if seconds < 6000:
        return wording('{number} min', number=f'{seconds / 60:.0f}')
    return wording('{number} h', number=f'{seconds / 3600:.1f}')


def _slice_chart(one: ParameterSlice, metric: str, direction: str) -> Chart:
    scores = np.array(one.scores)
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in one.values):
        values = np.array(one.values, dtype=float)
        mark = None if one.best is None else (float(one.best), _best(scores, direction))
        limits = _useful_limits(scores, direction)
        return dot_chart(
            one.name,
            values,
            scores,
            x_label='',
            y_label=metric,
            log_x=one.log and bool((values > 0).all()),
            mark=mark,
            y_limits=limits,
            small=True,
        )
    names: list[Any] = sorted({str(value) for value in one.values})
    label = ', '.join(f'{place} = {name}' for place, name in enumerate(names, start=1))
    places = [names.index(str(value)) + 1 for value in one.values]
    place = names.index(str(one.best)) + 1 if str(one.best) in names else None
    mark = None if place is None else (place, _best(scores, direction))
    return category_chart(one.name, places, scores, x_label=label[:_LONGEST_NAMES], y_label=metric, mark=mark)


def _best(scores: np.ndarray[Any, Any], direction: str) -> float:
    return float(scores.max() if direction == 'maximize' else scores.min())


def _useful_limits(scores: np.ndarray[Any, Any], direction: str) -> tuple[float, float] | None:
    """Limits that leave out the few trials that went all wrong; None to show all."""
    scores = scores[np.isfinite(scores)]
    if len(scores) < 10:
        return None
    low, middle, high = np.quantile(scores, [0.1, 0.5, 0.9])
    room = max(high - low, 1e-12)
    if direction == 'maximize':
        bounds = (max(float(scores.min()), low - 1.5 * room), float(scores.max()))
    else:
        bounds = (float(scores.min()), min(float(scores.max()), high + 1.5 * room))
    margin = 0.06 * (bounds[1] - bounds[0]) or abs(float(middle)) * 0.01 or 1.0
    return bounds[0] - margin, bounds[1] + margin
