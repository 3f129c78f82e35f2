"""How much columns have to do with a target: planted ties are found, others are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from redshells.analysis.association import associate
from redshells.analysis.table_summary import summarise_table


@pytest.fixture(scope='module')
def planted() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    rows = 2_000
    y = generator.normal(size=rows)
    label = np.where(y > 0, 'high', 'low')
    return pd.DataFrame(
        {
            'y': y,
            'label': label,
            'monotone': np.exp(y),
            'reversed': -y,
            'bins': pd.cut(y, 20, labels=False).astype(str),
            'copy': pd.Categorical(label, categories=['low', 'high', 'never']),
            'noise': generator.normal(size=rows),
            'noise level': generator.choice(list('abcdefghij'), rows),
            'identifier': [f'id {number}' for number in range(rows)],
            'constant': 1.0,
            'date': pd.Timestamp('2024-01-01'),
            'lists': [[1]] * rows,
        }
    )


def values(frame: pd.DataFrame, target: str, is_classification: bool) -> dict[str, tuple[str, float]]:
    found = associate(frame, target, is_classification=is_classification)
    return {one.name: (one.measure, one.value) for one in found}


def test_with_a_number(planted: pd.DataFrame) -> None:
    found = values(planted, 'y', False)
    assert set(found) == set(planted) - {'y', 'date', 'lists'}
    assert found['monotone'] == ('spearman', pytest.approx(1.0))
    assert found['reversed'] == ('spearman', pytest.approx(-1.0))
    assert found['noise'] == ('spearman', pytest.approx(stats.spearmanr(planted['noise'], planted['y'])[0]))
    assert found['bins'][0] == 'correlation_ratio'
    assert found['bins'][1] > 0.98
    assert found['noise level'][1] < 0.1
    assert found['identifier'][1] < 0.2  # as many levels as rows are no tie
    assert np.isnan(found['constant'][1])


def test_with_a_class(planted: pd.DataFrame) -> None:
    found = values(planted, 'label', True)
    assert found['copy'] == ('cramers_v', pytest.approx(1.0, abs=1e-3))
    assert found['y'][0] == 'correlation_ratio'
    assert found['y'][1] > 0.8
    assert found['bins'][1] > 0.9
    assert abs(found['noise'][1]) < 0.1
    assert found['noise level'][1] < 0.1
    assert found['identifier'][1] < 0.2


def test_rows_with_missing_or_infinite_values_are_left_out() -> None:
    frame = pd.DataFrame({'y': [1.0, 2.0, 3.0, 4.0, np.nan], 'x': [10.0, 20.0, np.inf, 40.0, 0.0]})
    assert values(frame, 'y', False)['x'][1] == pytest.approx(1.0)
    few = pd.DataFrame({'y': [1.0, np.nan], 'x': [np.nan, 1.0], 'z': ['a', 'b']})
    assert all(np.isnan(value) for _, value in values(few, 'y', False).values())


@pytest.mark.parametrize('target', ['date', 'lists'])
def test_nothing_is_told_of_a_target_without_order_and_levels(planted: pd.DataFrame, target: str) -> None:
    assert associate(planted, target, is_classification=True) == ()
    assert summarise_table(planted, target).associations == ()


def test_a_table_of_huge_numbers_is_no_trouble() -> None:
    frame = pd.DataFrame({'x': [-1.7e308, 0.0, 1.7e308] * 5, 'label': ['a', 'b', 'c'] * 5})
    assert values(frame, 'label', True)['x'][1] == pytest.approx(1.0)


def test_a_wide_table_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({'y': np.arange(9_000.0), 'x': np.arange(9_000.0)})
    monkeypatch.setattr('redshells.analysis.association._MOST_CELLS', 4_000)
    assert associate(frame, 'y', is_classification=False) == associate(frame, 'y', is_classification=False)


@pytest.mark.parametrize(
    ('column', 'problem', 'is_class'),
    [
        ('y', '', False),
        ('label', '', True),
        ('copy', '', True),
        ('constant', '', False),
        ('y', 'classification', True),
        ('constant', 'regression', False),
    ],
)
def test_what_a_class_is(planted: pd.DataFrame, column: str, problem: str, is_class: bool) -> None:
    assert summarise_table(planted, column, problem).target_is_class is is_class


def test_what_stands_in_a_table(planted: pd.DataFrame) -> None:
    counted = planted.drop(columns='lists')
    summary = summarise_table(pd.concat([counted, counted.iloc[:7]]), 'label')
    assert (summary.rows, summary.duplicates, len(summary.columns)) == (2_007, 7, 11)
    assert summary.associations[0].name == 'copy'
    assert summarise_table(planted).duplicates is None  # lists are not compared
    assert summarise_table(pd.DataFrame({'n': [1, 2, 2]}), 'n').target_is_class
