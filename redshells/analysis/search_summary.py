"""What a search for parameters found out: how it went, and which parameters matter."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from redshells.tuning.quiet_optuna import quiet_optuna
from redshells.tuning.result import TrialRecord, TuningResult

if TYPE_CHECKING:
    import optuna

Array = npt.NDArray[Any]

_FEWEST_TRIALS = 8  # below, the importance of parameters is noise
_MOST_SLICES = 6
_NUMBER_OF_BEST = 8


@dataclass(frozen=True)
class ParameterSlice:
    """The complete trials by one parameter.

    Attributes:
        name: The parameter.
        log: Whether its range is searched on a logarithmic scale.
        values: Its values, numbers or texts, one for each complete trial that has it.
        scores: The values of the metric of the same trials.
        best: Its value in the best trial; None where that does not have it.
    """

    name: str
    log: bool
    values: tuple[Any, ...]
    scores: tuple[float, ...]
    best: Any


@dataclass(frozen=True)
class SearchSummary:
    """What a search found out.

    Attributes:
        result: The search.
        complete: Numbers and values of the complete trials, by number.
        best_so_far: The best value up to each of them.
        counts: Trials by state: ``'COMPLETE'``, ``'PRUNED'``, ``'FAIL'``.
        seconds: How long all trials took, one after the other.
        first_value: The value of the first complete trial.
        importances: Share of each parameter in what the value depends on, the largest first; empty for few trials, and
            where most of them have one value.
        slices: The trials by each of the most important parameters.
        best: The best complete trials, the best first.
    """

    result: TuningResult
    complete: tuple[tuple[int, float], ...]
    best_so_far: Array
    counts: Mapping[str, int]
    seconds: float
    first_value: float
    importances: Mapping[str, float]
    slices: tuple[ParameterSlice, ...]
    best: tuple[TrialRecord, ...]


def summarise_search(result: TuningResult) -> SearchSummary:
    """Sum up a search.

    Watanabe, Bansal, Hutter: PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in Arbitrary Subspaces
    (https://arxiv.org/abs/2304.10255), for the importances.

    Args:
        result: The search.
    """
    records = sorted(result.trial_records, key=lambda record: record.number)
    complete = [(one, one.value) for one in records if one.state == 'COMPLETE' and one.value is not None]
    sign = 1.0 if result.direction == 'maximize' else -1.0
    values = np.array([value for _, value in complete])
    importances = _importances(result, [one for one, _ in complete])
    names = list(importances) or list(result.search_space.names)
    states = [record.state for record in records]
    best = sorted(complete, key=lambda pair: (-sign * pair[1], pair[0].number))
    return SearchSummary(
        result=result,
        complete=tuple((record.number, value) for record, value in complete),
        best_so_far=sign * np.maximum.accumulate(sign * values),
        counts={state: states.count(state) for state in ('COMPLETE', 'PRUNED', 'FAIL') if state in states},
        seconds=sum(record.duration for record in records),
        first_value=float(values[0]),
        importances=importances,
        slices=tuple(_slice(result, name, complete) for name in names[:_MOST_SLICES]),
        best=tuple(record for record, _ in best[:_NUMBER_OF_BEST]),
    )


def _slice(result: TuningResult, name: str, complete: list[tuple[TrialRecord, float]]) -> ParameterSlice:
    given = [(record.params[name], value) for record, value in complete if name in record.params]
    return ParameterSlice(
        name=name,
        log=bool(result.search_space.to_dict().get(name, {}).get('log', False)),
        values=tuple(one for one, _ in given),
        scores=tuple(value for _, value in given),
        best=result.best_trial.params.get(name),
    )


def _importances(result: TuningResult, complete: list[TrialRecord]) -> dict[str, float]:
    if len(complete) < _FEWEST_TRIALS or len(result.search_space) < 2:
        return {}
    import optuna

    with quiet_optuna():
        study = optuna.create_study(direction='maximize' if result.direction == 'maximize' else 'minimize')
        for record in complete:
            # a first trial may lie outside of what was searched
            if result.search_space.contains(record.params) and np.isfinite(record.value or 0.0):
                study.add_trial(_as_optuna(record, result))
        if len(study.trials) < _FEWEST_TRIALS:
            return {}
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings('error', message='Target and region', category=UserWarning)
                found = optuna.importance.get_param_importances(study)
        except (RuntimeError, ValueError, UserWarning):  # too many equal values, or no parameter is in all trials
            return {}
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _as_optuna(record: TrialRecord, result: TuningResult) -> optuna.trial.FrozenTrial:
    from optuna.trial import FixedTrial, TrialState, create_trial

    drawn = FixedTrial(dict(record.params))
    params = result.search_space.suggest(drawn)
    return create_trial(state=TrialState.COMPLETE, value=record.value, params=params, distributions=drawn.distributions)
