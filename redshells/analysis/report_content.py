"""What a report keeps for the next one: the numbers that tomorrow's are compared with, as JSON values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from redshells.analysis.bootstrap import Estimate
from redshells.analysis.column_profile import ColumnProfile, Distribution, profile_table
from redshells.analysis.drift import Drift, compare_distribution
from redshells.analysis.model_summary import ModelSummary
from redshells.tuning.result import TuningResult

_MOST_COLUMNS = 200
_MOST_CHARACTERS = 80_000  # of the columns that are kept; a page is to stay small
_MOST_MOVES = 8
_SMALLEST_MOVE = 0.02  # of all importances


@dataclass(frozen=True)
class ScoreChange:
    """A score, before and now.

    Attributes:
        metric: Its name.
        direction: ``'maximize'`` or ``'minimize'``.
        before: What it was.
        now: What it is.
    """

    metric: str
    direction: str
    before: Estimate
    now: Estimate

    @property
    def verdict(self) -> str:
        """``'better'``, ``'worse'``, or ``'same'`` where the intervals overlap."""
        if not (self.now.low > self.before.high or self.now.high < self.before.low):
            return 'same'
        return 'better' if (self.now.value > self.before.value) == (self.direction == 'maximize') else 'worse'


@dataclass(frozen=True)
class Move:
    """The share of a feature in all importances, before and now."""

    name: str
    before: float
    now: float


@dataclass(frozen=True)
class ReportChange:
    """What differs from an earlier report.

    Attributes:
        before: What the earlier report has kept.
        scores: The scores that both have.
        rows: Rows of the table, before and now; None where there is no table.
        drifts: How far each column has moved, the farthest first.
        prediction: How far the predictions have moved; None where that can't be told.
        prediction_means: Their means, before and now; None where they are no numbers.
        added: Columns that are new.
        removed: Columns that are gone.
        retyped: Columns of another kind than before: name, before, now.
        moves: The features whose importance has changed most.
        arguments: Arguments of the model that differ: name, before, now.
        sizes: How many there were of what has no rows, such as users: what it is, before, now.
        newcomers: Of a model of users and items, those among the most recommended items that were not before.
    """

    before: Mapping[str, Any]
    scores: tuple[ScoreChange, ...] = ()
    rows: tuple[int, int] | None = None
    drifts: tuple[Drift, ...] = ()
    prediction: Drift | None = None
    prediction_means: tuple[float, float] | None = None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: tuple[tuple[str, str, str], ...] = ()
    moves: tuple[Move, ...] = ()
    arguments: tuple[tuple[str, str | None, str | None], ...] = ()
    sizes: tuple[tuple[str, int, int], ...] = ()
    newcomers: tuple[str, ...] = ()


def content_of_table(profiles: Sequence[ColumnProfile], rows: int) -> dict[str, Any]:
    """What a report keeps of a table.

    Args:
        profiles: Its columns; the first 200 are kept, or fewer where their levels are long.
        rows: Its rows.
    """
    columns: dict[str, Any] = {}
    characters = 0
    for profile in profiles[:_MOST_COLUMNS]:
        distribution = None if profile.distribution is None else profile.distribution.to_json()
        characters += len(profile.name) + len(repr(distribution))
        if characters > _MOST_CHARACTERS:
            break
        columns[profile.name] = {'kind': profile.kind, 'distribution': distribution}
    return {'rows': rows, 'columns': columns, 'all_columns': [profile.name for profile in profiles]}


def content_of_model(summary: ModelSummary) -> dict[str, Any]:
    """What a report keeps of a model.

    Args:
        summary: What it says.
    """
    by_importance = {name: place for place, name in enumerate(summary.explanation.importances.index)}
    profiles = sorted(
        (column.train for column in summary.columns), key=lambda one: by_importance.get(one.name, len(by_importance))
    )
    prediction = profile_table(summary.predictions.to_frame())[0].distribution
    return {
        **content_of_table(profiles, summary.train_rows),
        'model': summary.name,
        'problem': summary.problem,
        'classes': list(summary.classes),
        'metric': summary.metric.name,
        'direction': summary.metric.direction,
        'scores': {name: [one.value, one.low, one.high] for name, one in finite_scores(summary.scores).items()},
        'test_rows': summary.test_rows,
        'method': summary.explanation.method,
        'importances': _shares(summary)[:_MOST_COLUMNS].to_dict(),
        'prediction_mean': _mean(summary.predictions),
        'prediction': None if prediction is None else prediction.to_json(),
        'arguments': argument_texts(summary.arguments),
    }


def compare_table(before: Mapping[str, Any], frame: pd.DataFrame, profiles: Sequence[ColumnProfile]) -> ReportChange:
    """Compare a table with what an earlier report has kept of one.

    Args:
        before: What it has kept.
        frame: The table now.
        profiles: Its columns.
    """
    kinds = {profile.name: profile.kind for profile in profiles}
    retyped, drifts = [], []
    for name, kept in before['columns'].items():
        if name not in kinds:
            continue
        if kinds[name] != kept['kind']:
            retyped.append((name, str(kept['kind']), kinds[name]))
        elif kept['distribution'] is not None:
            distribution = Distribution.from_json(kept['distribution'])
            drifts.append(compare_distribution(name, distribution, frame[name], len(before['columns'])))
    found = sorted((one for one in drifts if one is not None), key=lambda drift: -drift.psi)
    return ReportChange(
        before=before,
        rows=(int(before['rows']), len(frame)),
        drifts=tuple(found),
        added=tuple(name for name in kinds if name not in before['all_columns']),
        removed=tuple(name for name in before['all_columns'] if name not in kinds),
        retyped=tuple(retyped),
    )


def compare_model(before: Mapping[str, Any], summary: ModelSummary, train: pd.DataFrame) -> ReportChange:
    """Compare a model with what an earlier report has kept of one.

    Args:
        before: What it has kept.
        summary: What is said of the model now.
        train: The features that it was trained on.
    """
    table = compare_table(before, train, [column.train for column in summary.columns])
    direction = {metric.name: metric.direction for metric in summary.metrics}
    scores = [
        ScoreChange(name, direction[name], Estimate(*before['scores'][name]), now)
        for name, now in finite_scores(summary.scores).items()
        if name in before['scores']
    ]
    kept, mean_before, mean = before['prediction'], before['prediction_mean'], _mean(summary.predictions)
    moved = (
        None if kept is None else compare_distribution('prediction', Distribution.from_json(kept), summary.predictions)
    )
    return ReportChange(
        before=before,
        scores=tuple(scores),
        rows=table.rows,
        drifts=table.drifts,
        prediction=moved,
        prediction_means=None if mean is None or mean_before is None else (mean_before, mean),
        added=table.added,
        removed=table.removed,
        retyped=table.retyped,
        moves=_moves(before, summary),
        arguments=differing_arguments(before['arguments'], argument_texts(summary.arguments)),
    )


def content_of_search(result: TuningResult) -> dict[str, Any]:
    """What a report keeps of a search.

    Args:
        result: The search.
    """
    found = {result.metric: repr(result.best_value), 'number_of_rounds': repr(result.number_of_rounds)}
    return {'found': found | argument_texts(result.best_params)}


def differing_arguments(
    before: Mapping[str, str], now: Mapping[str, str]
) -> tuple[tuple[str, str | None, str | None], ...]:
    """Name, value before and value now of each argument that differs; None where there is none.

    Args:
        before: The values before, as texts.
        now: The values now.
    """
    names = [*now, *(name for name in before if name not in now)]
    return tuple((name, before.get(name), now.get(name)) for name in names if before.get(name) != now.get(name))


def argument_texts(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Arguments as texts, by name.

    Args:
        arguments: The arguments.
    """
    return {name: repr(value) for name, value in sorted(arguments.items())}


def finite_scores(scores: Mapping[str, Estimate]) -> dict[str, Estimate]:
    """The scores that JSON can hold, with their intervals.

    Args:
        scores: Scores by the name of the metric.
    """
    return {name: one for name, one in scores.items() if np.isfinite([one.value, one.low, one.high]).all()}


def _mean(predictions: pd.Series[Any]) -> float | None:
    return float(predictions.mean()) if predictions.dtype.kind == 'f' else None


def _moves(before: Mapping[str, Any], summary: ModelSummary) -> tuple[Move, ...]:
    if before['method'] != summary.explanation.method:
        return ()
    now = _shares(summary).to_dict()
    names = {*before['importances'], *now}
    moves = [Move(name, before['importances'].get(name, 0.0), now.get(name, 0.0)) for name in names]
    moves = [move for move in moves if abs(move.now - move.before) >= _SMALLEST_MOVE]
    return tuple(sorted(moves, key=lambda move: (-abs(move.now - move.before), move.name))[:_MOST_MOVES])


def _shares(summary: ModelSummary) -> pd.Series[float]:
    """The importances as shares, whatever their measure; a column that does harm counts for nothing."""
    values = summary.explanation.importances.clip(lower=0.0)
    return values / values.sum() if values.sum() > 0 else values
