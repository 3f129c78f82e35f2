from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import numpy as np
import pytest

from redshells.errors import ArchiveVersionError, DamagedArchiveError, ParameterError, ResultMismatchError
from redshells.tuning import SearchSpace, TrialRecord, TuningResult, best_record

SPACE = SearchSpace(
    {
        'num_leaves': {'type': 'int', 'low': 4, 'high': 512, 'log': True},
        'boosting': {'type': 'categorical', 'choices': ['gbdt', 'dart']},
        'drop_rate': {'type': 'float', 'low': 0.0, 'high': 1.0, 'when': {'boosting': ['dart']}},
    }
)


def make_record(number: int, state: str, value: float | None, **params: Any) -> TrialRecord:
    return TrialRecord(
        number=number,
        state=state,
        value=value,
        params=params,
        number_of_rounds=100 if state == 'COMPLETE' else None,
        duration=1.5,
        started='2024-05-01T12:00:00.000001',
    )


def make_result(**changes: Any) -> TuningResult:
    records = (
        make_record(0, 'COMPLETE', 0.8, num_leaves=31, boosting='gbdt'),
        make_record(1, 'PRUNED', math.inf, num_leaves=np.int64(8), boosting='dart', drop_rate=np.float64(0.25)),
        make_record(2, 'FAIL', None, num_leaves=12, boosting='gbdt'),
    )
    fields: dict[str, Any] = {
        'model': 'LightGBM',
        'problem': 'classification',
        'target_column_name': 'ü',
        'metric': 'auc',
        'direction': 'maximize',
        'best_params': {'num_leaves': np.int64(31), 'boosting': 'gbdt', 'extra': np.bool_(True)},
        'best_value': np.float64(0.8),
        'number_of_rounds': 100,
        'search_space': SPACE,
        'random_seed': 42,
        'trial_records': records,
    }
    return TuningResult(**(fields | changes))


def test_round_trip() -> None:
    result = make_result()
    text = result.to_json()
    again = TuningResult.from_json(text)
    assert again == result
    assert again.to_json() == text
    assert TuningResult.from_json(text + '\n') == result
    assert isinstance(again.search_space, SearchSpace)
    assert again.trial_records[1].value == math.inf


def test_json_is_strict() -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    text = make_result(best_value=math.nan).to_json()
    assert json.loads(text, parse_constant=refuse)['format'] == 1
    assert math.isnan(TuningResult.from_json(text).best_value)


def test_numpy_scalars_become_python_values() -> None:
    result = make_result()
    assert [type(value) for value in result.best_params.values()] == [int, str, bool]
    assert type(result.best_value) is float
    assert type(result.trial_records[1].params['drop_rate']) is float


def test_every_altered_character_is_refused() -> None:
    text = make_result().to_json()
    for position in range(len(text)):
        for other in {'0', ' ', '"'} - {text[position]}:
            with pytest.raises((DamagedArchiveError, ArchiveVersionError)):
                TuningResult.from_json(text[:position] + other + text[position + 1 :])


def test_every_cut_is_refused() -> None:
    text = make_result().to_json()
    for length in range(len(text)):
        with pytest.raises(DamagedArchiveError):
            TuningResult.from_json(text[:length])


@pytest.mark.parametrize('text', ['', 'null', '[]', '{}', '{"format": 1, "content": {}}', '[' * 100_000])
def test_what_is_no_result_is_refused(text: str) -> None:
    with pytest.raises(DamagedArchiveError):
        TuningResult.from_json(text)


def seal(version: int, content: Any) -> str:
    inner = json.dumps({'content': content, 'format': version}, sort_keys=True, separators=(',', ':'))
    document = {'content': content, 'format': version, 'sha256': hashlib.sha256(inner.encode()).hexdigest()}
    return json.dumps(document, sort_keys=True, indent=1)


def test_newer_format_is_told_from_damage() -> None:
    content = json.loads(make_result().to_json())['content']
    assert TuningResult.from_json(seal(1, content)) == make_result()
    with pytest.raises(ArchiveVersionError, match='format 2'):
        TuningResult.from_json(seal(2, content | {'news': 1}))
    for wrong in [content | {'news': 1}, content | {'search_space': {'x': 1}}, {}, [], content | {'direction': 'up'}]:
        with pytest.raises(DamagedArchiveError):
            TuningResult.from_json(seal(1, wrong))


def test_trials_is_a_data_frame() -> None:
    trials = make_result().trials
    assert list(trials.columns) == [
        'number',
        'state',
        'value',
        'duration',
        'number_of_rounds',
        'started',
        'params_boosting',
        'params_drop_rate',
        'params_num_leaves',
    ]
    assert trials['number'].tolist() == [0, 1, 2]
    assert trials['state'].tolist() == ['COMPLETE', 'PRUNED', 'FAIL']
    assert trials['params_num_leaves'].tolist() == [31, 8, 12]
    assert trials['number_of_rounds'].dtype == 'Int64'
    assert trials['number_of_rounds'].isna().tolist() == [False, True, True]
    assert trials['params_drop_rate'].isna().tolist() == [True, False, True]
    assert len(make_result(trial_records=()).trials) == 0


def test_check_fits() -> None:
    result = make_result()
    result.check_fits('LightGBM', 'classification', 'ü')
    with pytest.raises(ResultMismatchError, match=r"model='LightGBM'.*model='XGBoost'"):
        result.check_fits('XGBoost', 'classification', 'ü')
    with pytest.raises(ResultMismatchError) as error:
        result.check_fits('LightGBM', 'regression', 'y')
    assert 'model' not in str(error.value).split('. Give')[0]
    for part in [
        "problem='classification'",
        "problem='regression'",
        "target_column_name='ü'",
        "target_column_name='y'",
    ]:
        assert part in str(error.value)


def test_best_record() -> None:
    records = [make_record(0, 'PRUNED', 9.0), make_record(1, 'COMPLETE', 2.0), make_record(2, 'COMPLETE', 2.0)]
    records += [make_record(3, 'COMPLETE', 1.0), make_record(4, 'FAIL', None)]
    assert best_record(records, 'maximize') is records[1]
    assert best_record(reversed(records), 'maximize') is records[1]
    assert best_record(records, 'minimize') is records[3]
    assert best_record(records[:1], 'minimize') is None
    with pytest.raises(ParameterError, match='up'):
        best_record(records, 'up')
    with pytest.raises(ParameterError, match='up'):
        make_result(direction='up')
