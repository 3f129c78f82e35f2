"""The result of a search: the best parameters, what they are good for, and every trial that led to them."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from redshells.errors import (
    ArchiveVersionError,
    DamagedArchiveError,
    ParameterError,
    ResultMismatchError,
    SearchSpaceError,
)
from redshells.tuning.search_range import plain_scalar
from redshells.tuning.search_space import SearchSpace

if TYPE_CHECKING:
    import pandas as pd

_FORMAT = 1
_FLOAT_KEY = '$float'
DIRECTIONS = ('maximize', 'minimize')


@dataclass(frozen=True, kw_only=True)
class TrialRecord:
    """One trial of a search.

    Attributes:
        number: The position in the search, from 0. An interrupted trial and the one that repeats it have one position.
        state: ``'COMPLETE'``, ``'PRUNED'`` (ended early), or ``'FAIL'`` (its value was not a number).
        value: The value of the metric; at a pruned trial the last one that was reported, None where there is none.
        params: The parameters that were tried.
        number_of_rounds: Rounds that the model was trained for, where the model has rounds.
        duration: Seconds.
        started: Local time in ISO format.
    """

    number: int
    state: str
    value: float | None
    params: Mapping[str, Any]
    number_of_rounds: int | None
    duration: float
    started: str

    def __post_init__(self) -> None:
        """Turn numpy scalars into Python values."""
        _make_plain(self)


@dataclass(frozen=True, kw_only=True)
class TuningResult:
    """The best parameters that a search found, and how it found them.

    Attributes:
        model: The name of the model, such as ``'LightGBM'``.
        problem: ``'classification'``, ``'regression'`` or ``'ranking'``.
        target_column_name: The column that was learnt.
        metric: The name of the metric.
        direction: ``'maximize'`` or ``'minimize'``: where the metric is better.
        best_params: The best parameters, by the model's own argument names.
        best_value: The value of the metric that they reached.
        number_of_rounds: Rounds to train with, where the model has rounds.
        search_space: What was searched.
        random_seed: The seed of the search.
        learning_rate_of_trials: The learning rate that all trials had; None where it was searched or given. That of
            ``best_params`` is lower then, and ``number_of_rounds`` higher in proportion.
        trial_records: Every trial.
        inputs: What was read, by the parameter that named it: the task, its unique id, and the digest, shape and schema
            of its table.
    """

    model: str
    problem: str
    target_column_name: str
    metric: str
    direction: str
    best_params: Mapping[str, Any]
    best_value: float
    number_of_rounds: int | None
    search_space: SearchSpace
    random_seed: int
    learning_rate_of_trials: float | None = None
    trial_records: tuple[TrialRecord, ...]
    inputs: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Turn numpy scalars into Python values."""
        _check_direction(self.direction)
        _make_plain(self)

    @property
    def trials(self) -> pd.DataFrame:
        """One row per trial: the fields of its record, and ``params_<name>`` for each parameter."""
        import pandas as pd

        columns = ['number', 'state', 'value', 'duration', 'number_of_rounds', 'started']
        names = sorted({name for record in self.trial_records for name in record.params})
        records = self.trial_records
        data: dict[str, Any] = {column: [getattr(record, column) for record in records] for column in columns}
        data |= {f'params_{name}': [record.params.get(name) for record in records] for name in names}
        types = {'number': 'int64', 'value': 'float64', 'duration': 'float64', 'number_of_rounds': 'Int64'}
        return pd.DataFrame(data).astype(types)

    @property
    def best_trial(self) -> TrialRecord:
        """The record of the best trial: what was tried, and how many rounds it had."""
        best = best_record(self.trial_records, self.direction)
        assert best is not None
        return best

    def check_fits(self, model: str, problem: str, target_column_name: str) -> None:
        """Refuse to give the best parameters to anything else than what they were searched for.

        Args:
            model: The name of the model that is to be trained.
            problem: The problem that it is to solve.
            target_column_name: The column that it is to learn.

        Raises:
            ResultMismatchError: One of them differs.
        """
        asked = {'model': model, 'problem': problem, 'target_column_name': target_column_name}
        tuned = {name: getattr(self, name) for name in asked}
        wrong = [name for name in asked if asked[name] != tuned[name]]
        if wrong:
            raise ResultMismatchError(
                'the best parameters were tuned for '
                + ', '.join(f'{name}={tuned[name]!r}' for name in wrong)
                + '; asked for is '
                + ', '.join(f'{name}={asked[name]!r}' for name in wrong)
                + '. Give the result of a search for the same model, problem and target.'
            )

    def to_json(self) -> str:
        """Return the result as strict JSON, with a format version and a SHA-256 of its content."""
        content = {one.name: getattr(self, one.name) for one in fields(self)}
        content['search_space'] = self.search_space.to_dict()
        content['trial_records'] = [asdict(record) for record in self.trial_records]
        return _seal(_FORMAT, _encode(content))

    @classmethod
    def from_json(cls, text: str) -> TuningResult:
        """Return the result that ``to_json`` wrote.

        Args:
            text: What ``to_json`` returned. A line end after it does no harm.

        Raises:
            DamagedArchiveError: The text is cut, altered, or no tuning result at all.
            ArchiveVersionError: The text was written by a newer redshells.
        """
        version, content = _open(text)
        if version > _FORMAT:
            raise ArchiveVersionError(
                f'the tuning result has format {version}; this redshells reads formats up to {_FORMAT}. Upgrade it.'
            )
        try:
            decoded = _decode(content)
            decoded['search_space'] = SearchSpace(decoded['search_space'])
            decoded['trial_records'] = tuple(TrialRecord(**record) for record in decoded['trial_records'])
            return cls(**decoded)
        except (KeyError, TypeError, AttributeError, SearchSpaceError, ParameterError) as error:
            raise DamagedArchiveError(f'the content of the tuning result is not that of a result: {error}.') from error


def best_record(records: Iterable[TrialRecord], direction: str) -> TrialRecord | None:
    """Return the complete trial with the best value, the earliest of equal ones; None where no trial is complete.

    Args:
        records: Trials of one search.
        direction: ``'maximize'`` or ``'minimize'``.

    Raises:
        ParameterError: Another direction.
    """
    _check_direction(direction)
    sign = 1.0 if direction == 'maximize' else -1.0
    complete = [record for record in records if record.state == 'COMPLETE' and record.value is not None]
    return max(complete, key=lambda record: (sign * (record.value or 0.0), -record.number), default=None)


def _check_direction(direction: str) -> None:
    if direction not in DIRECTIONS:
        raise ParameterError(f'direction={direction!r}; one of {list(DIRECTIONS)} is expected.')


def _make_plain(instance: TrialRecord | TuningResult) -> None:
    for one in fields(instance):
        object.__setattr__(instance, one.name, _plain(getattr(instance, one.name)))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    return plain_scalar(value)


def _encode(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _encode(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encode(item) for item in value]
    # JSON has no infinity and no NaN.
    return {_FLOAT_KEY: repr(value)} if isinstance(value, float) and not math.isfinite(value) else value


def _decode(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {_FLOAT_KEY}:
            return float(value[_FLOAT_KEY])
        return {key: _decode(item) for key, item in value.items()}
    return [_decode(item) for item in value] if isinstance(value, list) else value


def _seal(version: int, content: Any) -> str:
    inner = json.dumps({'content': content, 'format': version}, sort_keys=True, separators=(',', ':'), allow_nan=False)
    document = {'content': content, 'format': version, 'sha256': hashlib.sha256(inner.encode()).hexdigest()}
    return json.dumps(document, sort_keys=True, indent=1, allow_nan=False)


def _open(text: str) -> tuple[int, Any]:
    try:
        document = json.loads(text)
        version, content = document['format'], document['content']
        whole = isinstance(version, int) and text.removesuffix('\n') == _seal(version, content)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DamagedArchiveError(f'the text is no tuning result ({error!r}). Run the search again.') from error
    if not whole:
        raise DamagedArchiveError('the tuning result was altered: its SHA-256 is another one. Run the search again.')
    return version, content
