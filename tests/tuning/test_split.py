"""Splits: what each of them promises, for tables of any shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from redshells.errors import ParameterError, SplitError, UnknownNameError
from redshells.tuning.split import choose_split, make_folds, train_validation_split

SEEDS = st.integers(0, 2**32 - 1)
FOLDS = st.integers(2, 6)
SHARES = st.floats(0.01, 0.99)
CLASSES = st.lists(st.integers(0, 5), min_size=2, max_size=60)
CODES = st.lists(st.integers(0, 12), min_size=2, max_size=60)
NUMBER_OF_ROWS = 200


def _table(seed: int = 0) -> dict[str, Any]:
    generator = np.random.default_rng(seed)
    return {
        'target': generator.choice([0, 0, 0, 1, 1, 2], NUMBER_OF_ROWS),
        'group': generator.integers(0, 40, NUMBER_OF_ROWS),
        'time': generator.integers(0, 50, NUMBER_OF_ROWS),
    }


def _of_split(split: str, table: dict[str, Any]) -> dict[str, Any]:
    name = {'stratified': 'target', 'random': None, 'group': 'group', 'time': 'time'}[split]
    return {} if name is None else {name: table[name]}


def _check_partition(folds: list[tuple[Any, Any]], number_of_rows: int) -> None:
    """Every row validates once and trains otherwise, in order."""
    assert sorted(np.concatenate([validation for _, validation in folds])) == list(range(number_of_rows))
    for train, validation in folds:
        assert len(train) > 0
        assert len(validation) > 0
        assert (np.diff(train) > 0).all()
        assert (np.diff(validation) > 0).all()
        assert set(train) == set(range(number_of_rows)) - set(validation)


def _check_two_sides(train: Any, validation: Any, number_of_rows: int) -> None:
    assert len(train) > 0
    assert len(validation) > 0
    assert (np.diff(train) > 0).all()
    assert (np.diff(validation) > 0).all()
    assert sorted([*train, *validation]) == list(range(number_of_rows))


@given(st.integers(2, 60), FOLDS, SEEDS)
def test_random_folds_are_a_partition_into_equal_sizes(rows: int, folds: int, seed: int) -> None:
    assume(rows >= folds)
    result = make_folds(number_of_rows=rows, split='random', number_of_folds=folds, random_seed=seed)
    _check_partition(result, rows)
    sizes = [len(validation) for _, validation in result]
    assert max(sizes) - min(sizes) <= 1


@given(CLASSES, FOLDS, SEEDS)
def test_stratified_folds_share_each_class_to_within_one_row(classes: list[int], folds: int, seed: int) -> None:
    assume(len(classes) >= folds)
    target = np.array(classes)
    result = make_folds(
        number_of_rows=len(classes), split='stratified', number_of_folds=folds, random_seed=seed, target=target
    )
    _check_partition(result, len(classes))
    for code in set(classes):
        counts = [(target[validation] == code).sum() for _, validation in result]
        assert max(counts) - min(counts) <= 1
    sizes = [len(validation) for _, validation in result]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize('split', ['group', 'random', 'stratified'])
@given(CODES, FOLDS, SEEDS)
def test_folds_keep_groups_whole(split: str, groups: list[int], folds: int, seed: int) -> None:
    group = np.array(groups)
    assume(len(set(groups)) >= folds)
    target = np.arange(len(group)) % 3
    result = make_folds(
        number_of_rows=len(group), split=split, number_of_folds=folds, random_seed=seed, target=target, group=group
    )
    _check_partition(result, len(group))
    for train, validation in result:
        assert not set(group[train]) & set(group[validation])
    if split != 'stratified':
        sizes = [len(validation) for _, validation in result]
        assert max(sizes) - min(sizes) <= np.bincount(group).max()


def test_stratified_folds_of_groups_share_the_classes_too() -> None:
    generator = np.random.default_rng(0)
    group = generator.integers(0, 300, 3000)
    leaning = generator.beta(0.5, 2, 300)[group]
    target = (generator.uniform(size=3000) < leaning).astype(int)
    result = make_folds(
        number_of_rows=3000, split='stratified', number_of_folds=5, random_seed=1, target=target, group=group
    )
    shares = [target[validation].mean() for _, validation in result]
    assert np.ptp(shares) < 0.01
    assert np.ptp([len(validation) for _, validation in result]) < 60


@given(CODES, FOLDS)
def test_time_folds_go_forward(times: list[int], folds: int) -> None:
    time = np.array(times)
    assume(len(set(times)) > folds)
    result = make_folds(number_of_rows=len(time), split='time', number_of_folds=folds, random_seed=0, time=time)
    assert len(result) == folds
    for train, validation in result:
        assert len(train) > 0
        assert len(validation) > 0
        assert (np.diff(train) > 0).all()
        assert (np.diff(validation) > 0).all()
        assert time[train].max() < time[validation].min()
        assert set(train) == set(np.flatnonzero(time < time[validation].min()))
    first_train = result[0][0]
    assert sorted(np.concatenate([first_train, *(validation for _, validation in result)])) == list(range(len(time)))


def test_groups_of_one_class_each_are_spread_over_the_folds() -> None:
    group = np.repeat(np.arange(4), 10)
    result = make_folds(
        number_of_rows=40, split='stratified', number_of_folds=4, random_seed=0, target=group, group=group
    )
    assert [len(validation) for _, validation in result] == [10] * 4


def test_classes_of_one_row_each_are_dealt_at_random() -> None:
    parts = [
        make_folds(number_of_rows=40, split='stratified', number_of_folds=2, random_seed=seed, target=np.arange(40))
        for seed in (0, 1)
    ]
    assert parts[0][0][1].tolist() not in [validation.tolist() for _, validation in parts[1]]


def test_rows_left_over_go_to_the_classes_that_lack_most() -> None:
    target = np.repeat([0, 1, 2], [70, 26, 4])
    _, validation = train_validation_split(
        number_of_rows=100, split='stratified', validation_size=0.1, random_seed=0, target=target
    )
    assert np.bincount(target[validation], minlength=3).tolist() == [7, 3, 0]


def test_time_folds_of_distinct_times_have_equal_sizes() -> None:
    time = np.random.default_rng(0).permutation(1200)
    result = make_folds(number_of_rows=1200, split='time', number_of_folds=5, random_seed=0, time=time)
    assert [len(validation) for _, validation in result] == [200] * 5
    assert [len(train) for train, _ in result] == [200, 400, 600, 800, 1000]


@given(st.integers(2, 60), SHARES, SEEDS)
def test_a_random_split_has_the_size_that_was_asked_for(rows: int, share: float, seed: int) -> None:
    train, validation = train_validation_split(
        number_of_rows=rows, split='random', validation_size=share, random_seed=seed
    )
    _check_two_sides(train, validation, rows)
    assert abs(len(validation) - min(max(rows * share, 1), rows - 1)) <= 0.5 + 1e-9


@given(CLASSES, SHARES, SEEDS)
def test_a_stratified_split_shares_each_class_and_trains_on_all(classes: list[int], share: float, seed: int) -> None:
    target = np.array(classes)
    sizes = np.bincount(target)
    assume(sizes.max() > 1)
    train, validation = train_validation_split(
        number_of_rows=len(target), split='stratified', validation_size=share, random_seed=seed, target=target
    )
    _check_two_sides(train, validation, len(target))
    assert set(target[train]) == set(classes)
    whole = max(1, round(len(target) * share))
    for code in set(classes):
        exact = sizes[code] * whole / len(target)
        assert abs((target[validation] == code).sum() - min(exact, sizes[code] - 1)) <= 1 + 1e-9


@pytest.mark.parametrize('split', ['group', 'random', 'stratified'])
@given(CODES, SHARES, SEEDS)
def test_a_split_keeps_groups_whole(split: str, groups: list[int], share: float, seed: int) -> None:
    group = np.array(groups)
    assume(len(set(groups)) > 1)
    target = np.arange(len(group)) % 3
    train, validation = train_validation_split(
        number_of_rows=len(group), split=split, validation_size=share, random_seed=seed, target=target, group=group
    )
    _check_two_sides(train, validation, len(group))
    assert not set(group[train]) & set(group[validation])


@given(CODES, SHARES)
def test_a_time_split_validates_on_what_comes_later(times: list[int], share: float) -> None:
    time = np.array(times)
    assume(len(set(times)) > 1)
    train, validation = train_validation_split(
        number_of_rows=len(time), split='time', validation_size=share, random_seed=0, time=time
    )
    _check_two_sides(train, validation, len(time))
    assert time[train].max() < time[validation].min()
    error = abs(len(validation) - share * len(time))
    others = [(time >= cut).sum() for cut in sorted(set(times))[1:]]
    assert error <= min(abs(other - share * len(time)) for other in others) + 1e-9


@pytest.mark.parametrize('share', [0.1, 0.2, 0.5])
@pytest.mark.parametrize('split', ['stratified', 'random', 'group', 'time'])
def test_the_validation_part_has_about_its_share(split: str, share: float) -> None:
    _, validation = train_validation_split(
        number_of_rows=NUMBER_OF_ROWS, split=split, validation_size=share, random_seed=0, **_of_split(split, _table())
    )
    assert abs(len(validation) / NUMBER_OF_ROWS - share) < 0.03


def test_groups_of_rare_classes_validate_too() -> None:
    group = np.repeat(np.arange(200), 2)
    for target in (np.arange(400), np.arange(400) // 2):
        _, validation = train_validation_split(
            number_of_rows=400, split='stratified', validation_size=0.2, random_seed=0, target=target, group=group
        )
        assert 70 <= len(validation) <= 90


@pytest.mark.parametrize('split', ['stratified', 'random', 'group'])
def test_the_seed_alone_decides(split: str) -> None:
    table = _table()
    of_split = _of_split(split, table)
    table_of_sizes = {'group': np.repeat(np.arange(19), np.arange(1, 20))[:190]}  # no two groups of one size
    for rows, given_columns in ((NUMBER_OF_ROWS, of_split), *([(190, table_of_sizes)] if split == 'group' else [])):

        def folds(seed: int, rows: int = rows, columns: dict[str, Any] = given_columns) -> list[Any]:
            result = make_folds(number_of_rows=rows, split=split, number_of_folds=4, random_seed=seed, **columns)
            part = train_validation_split(
                number_of_rows=rows, split=split, validation_size=0.3, random_seed=seed, **columns
            )
            return [validation.tolist() for _, validation in (*result, part)]

        np.random.seed(0)
        first = folds(7)
        np.random.seed(1)
        assert folds(7) == first
        other = folds(8)
        assert sorted(other[:-1]) != sorted(first[:-1])
        assert other[-1] != first[-1]


def test_a_continuous_target_is_stratified_by_quantiles() -> None:
    target = np.random.default_rng(0).lognormal(sigma=2, size=500)
    result = make_folds(number_of_rows=500, split='stratified', number_of_folds=5, random_seed=0, target=target)
    _check_partition(result, 500)
    decile = np.argsort(np.argsort(target)) // 50
    for _, validation in result:
        assert np.bincount(decile[validation]).tolist() == [10] * 10
    other = make_folds(number_of_rows=500, split='stratified', number_of_folds=5, random_seed=1, target=target)
    assert other[0][1].tolist() != result[0][1].tolist()


def test_whole_floats_are_classes() -> None:
    codes = np.random.default_rng(0).choice([0, 1, 1, 1], 50)
    parts = [
        make_folds(number_of_rows=50, split='stratified', number_of_folds=3, random_seed=0, target=codes.astype(kind))
        for kind in (int, float, str, bool)
    ]
    for part in parts[1:]:
        assert [validation.tolist() for _, validation in part] == [validation.tolist() for _, validation in parts[0]]


def test_times_and_groups_may_be_of_any_type() -> None:
    days = pd.Series(pd.date_range('2024-01-01', periods=6, tz='Asia/Tokyo'), index=range(10, 16))
    for time in (days, days.dt.tz_localize(None).to_numpy(), [f'2024-{month:02}' for month in range(1, 7)]):
        _, validation = train_validation_split(
            number_of_rows=6, split='time', validation_size=0.34, random_seed=0, time=time
        )
        assert validation.tolist() == [4, 5]
    for group in (['a', 'a', 'b', 'b'], [('x', 1), ('x', 1), ('x', 2), ('x', 2)], pd.Categorical(['a', 'a', 'b', 'b'])):
        folds = make_folds(number_of_rows=4, split='group', number_of_folds=2, random_seed=0, group=group)
        assert sorted(validation.tolist() for _, validation in folds) == [[0, 1], [2, 3]]


DAYS = pd.Series(pd.date_range('2024-01-31', periods=6, freq='MS'), name='day')


@pytest.mark.parametrize(
    'times',
    [
        DAYS.dt.date,
        DAYS.dt.date.astype('date32[pyarrow]'),
        DAYS.dt.tz_localize('Asia/Tokyo').astype(object),
        DAYS - DAYS[0],
        DAYS.dt.to_period('M'),
        DAYS.dt.to_period('M').astype(object),
        DAYS.dt.strftime('%Y-%m-%d'),
        DAYS.dt.strftime('%Y%m%d').astype('category'),
        DAYS.dt.strftime('%Y-%m-%dT%H:%M:%S.000+09:00').astype(object),
        DAYS.index.to_series().astype('Int64'),
    ],
)
def test_what_a_time_may_be(times: Any) -> None:
    for values in (times, times.to_numpy()):
        _, validation = train_validation_split(
            number_of_rows=6, split='time', validation_size=0.34, random_seed=0, time=values
        )
        assert validation.tolist() == [4, 5]


@pytest.mark.parametrize(
    ('times', 'message'),
    [
        (
            DAYS.dt.strftime('%m/%d/%Y'),
            r"^the column of times 'day' has times as texts, such as '02/01/2024', .* "
            r"df\['day'\] = pd.to_datetime\(df\['day'\], format='%m/%d/%Y'\)$",
        ),
        (DAYS.dt.strftime('%d.%m.%Y'), "such as '01.02.2024'"),
        (DAYS.dt.strftime('%d%m%Y').tolist(), "such as '01022024'"),
        (pd.Series(['2024-1-1', '2024-10-1', None]), "such as '2024-1-1'"),
        (pd.Series(['2024-01-01', '2024-01-01T10:00']), r"\['2024-01-01', '2024-01-01T10:00'\].*'ISO8601', utc=True"),
        (pd.Series(['2024-01-01T10:00+01:00', '2024-01-01T10:00+09:00']), 'several formats or time zones'),
        (pd.Series(['2024-01-01T10:00Z', '2024-01-01T10:00']), 'several formats or time zones'),
        (pd.Series([pd.Timestamp('2024-01-01'), '2024-01-02']), 'can not be sorted by time'),
        (pd.Series([DAYS[0], DAYS[1].tz_localize('UTC')], dtype=object), 'can not be sorted'),
    ],
)
def test_texts_in_an_order_that_is_not_that_of_time_are_refused(times: Any, message: str) -> None:
    with pytest.raises(SplitError, match=message):
        make_folds(number_of_rows=len(times), split='time', number_of_folds=2, random_seed=0, time=times)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'split': 'random', 'number_of_rows': 3}, '3 rows for 4 folds'),
        ({'split': 'random', 'number_of_folds': 1}, '1 folds were asked for'),
        ({'split': 'group'}, 'group_column_name'),
        ({'split': 'time'}, 'time_column_name'),
        ({'split': 'stratified'}, 'no target'),
        ({'split': 'group', 'group': list('abcabcabca')}, '3 groups for 4 folds'),
        ({'split': 'random', 'group': list('abcabcabca')}, '3 groups for 4 folds'),
        ({'split': 'time', 'time': [1, 2, 3, 4, 1, 2, 3, 4, 1, 1]}, '4 distinct times'),
        ({'split': 'group', 'group': [1.0, np.nan] * 5}, '5 rows have no group'),
        ({'split': 'random', 'group': ['a', 'b', 'c', 'd', None] * 2}, '2 rows have no group'),
        ({'split': 'time', 'time': [*range(9), np.nan]}, '1 rows have no time'),
        ({'split': 'time', 'time': [(1, 2), pd.Timestamp('2024-01-01')] * 5}, 'sort'),
        ({'split': 'group', 'group': [1, 2, 3, 4]}, '4 entries for 10 rows'),
        ({'split': 'stratified', 'target': [1, 2, 3, 4]}, '4 entries for 10 rows'),
    ],
)
def test_folds_that_can_not_be_made(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(SplitError, match=message):
        make_folds(**{'number_of_rows': 10, 'number_of_folds': 4, 'random_seed': 0, **arguments})


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'split': 'random', 'number_of_rows': 1}, '1 rows'),
        ({'split': 'random', 'number_of_rows': 0}, '0 rows'),
        ({'split': 'group'}, 'group_column_name'),
        ({'split': 'time'}, 'time_column_name'),
        ({'split': 'group', 'group': [1] * 10}, '1 groups'),
        ({'split': 'time', 'time': [1] * 10}, '1 distinct times'),
        ({'split': 'stratified', 'target': list(range(10))}, "split='random'"),
    ],
)
def test_rows_that_can_not_be_split(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(SplitError, match=message):
        train_validation_split(**{'number_of_rows': 10, 'validation_size': 0.2, 'random_seed': 0, **arguments})


@pytest.mark.parametrize('share', [0.0, 1.0, -0.2, 5, np.nan])
def test_a_share_lies_between_0_and_1(share: float) -> None:
    with pytest.raises(ParameterError, match='validation_size'):
        train_validation_split(number_of_rows=10, split='random', validation_size=share, random_seed=0)


def test_an_unknown_split_is_refused() -> None:
    for call in (
        lambda: make_folds(number_of_rows=10, split='blocked', number_of_folds=2, random_seed=0),
        lambda: train_validation_split(number_of_rows=10, split='', validation_size=0.2, random_seed=0),
        lambda: choose_split('regression', 'blocked', False),
    ):
        with pytest.raises(UnknownNameError, match='stratified'):
            call()


def test_the_default_split_follows_the_problem() -> None:
    problems = ('classification', 'regression', 'ranking')
    assert [choose_split(problem, '', False) for problem in problems] == ['stratified', 'random', 'group']
    assert [choose_split(problem, '', True) for problem in problems] == ['group'] * 3
    assert [choose_split(problem, 'time', True) for problem in problems] == ['time'] * 3
