"""Which rows train and which validate: data in, sorted row positions out.

- `'stratified'`: each part has its share of each class, to within one row. A continuous target is cut into ten quantile
  bins first.
- `'random'`: the rows are dealt at random.
- `'group'`: whole groups are dealt at random, so that the parts have about their share of the rows.
- `'time'`: later rows validate, rows of equal time stay together, a training part lies before its validation part.

Where groups are given, `'stratified'` and `'random'` keep them whole too; classes then have their share as nearly as
whole groups allow. `'time'` follows the time alone: groups and seed do not matter to it.

All randomness comes from `random_seed`: equal arguments give equal parts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.errors import ParameterError, SplitError, UnknownNameError
from redshells.tuning.times import check_times

Positions = npt.NDArray[np.intp]
SPLITS = ('stratified', 'random', 'group', 'time')
MAXIMUM_BINS = 10


def choose_split(problem: str, split: str, has_groups: bool, has_times: bool = False) -> str:
    """Find the split that is meant.

    Args:
        problem: `'classification'`, `'regression'` or `'ranking'`.
        split: What was asked for; empty if nothing was.
        has_groups: Whether rows belong to groups.
        has_times: Whether rows have times.

    Returns:
        What was asked for; else `'time'` if there are times, `'group'` if there are groups or it is a ranking,
        `'stratified'` for a classification, `'random'` otherwise.

    Raises:
        UnknownNameError: If there is no such split.
    """
    if split:
        _check_name(split)
        return split
    if has_times:
        return 'time'
    if has_groups or problem == 'ranking':
        return 'group'
    return 'stratified' if problem == 'classification' else 'random'


def make_folds(
    *,
    number_of_rows: int,
    split: str,
    number_of_folds: int,
    random_seed: int,
    target: npt.ArrayLike | None = None,
    group: npt.ArrayLike | None = None,
    time: npt.ArrayLike | None = None,
) -> list[tuple[Positions, Positions]]:
    """Deal the rows into folds.

    Args:
        number_of_rows: Of the table.
        split: `'stratified'`, `'random'`, `'group'` or `'time'`.
        number_of_folds: At least 2.
        random_seed: Of the dealing.
        target: One entry per row, for `'stratified'`. Floats that are not all whole are a continuous target, all else
            are classes. A class with fewer rows than folds is spread over as many folds as it has rows.
        group: The group of each row.
        time: The time of each row: datetimes, dates, timedeltas, periods, numbers, or texts of ISO 8601 in one format.

    Returns:
        The training and the validation rows of each fold. Every row validates once, and trains otherwise. With
        `'time'`, the earliest rows never validate, and a training part is all that lies before its validation part.

    Raises:
        SplitError: If there are too few rows, groups or times for the folds, or what the split needs is missing.
        UnknownNameError: If there is no such split.
    """
    _check_name(split)
    if number_of_folds < 2:
        raise SplitError(f'{number_of_folds} folds were asked for; it takes at least 2. Raise cross_validation_size.')
    _check_enough(number_of_rows, number_of_folds, 'rows', f'{number_of_folds} folds', 'Ask for fewer folds.')
    shares = np.full(number_of_folds, 1 / number_of_folds)
    if split == 'time':
        code, count = _codes(time, 'time', number_of_rows, in_order=True)
        cuts = _cut_times(np.bincount(code, minlength=count), np.full(number_of_folds + 1, 1 / (number_of_folds + 1)))
        ends = np.append(cuts[1:], count)
        return [
            (np.flatnonzero(code < cut), np.flatnonzero((code >= cut) & (code < end)))
            for cut, end in zip(cuts, ends, strict=True)
        ]
    generator = np.random.default_rng(random_seed)
    strata = _strata(split, target, number_of_rows, number_of_folds)
    if split == 'group' or group is not None:
        code, count = _codes(group, 'group', number_of_rows)
        _check_enough(count, number_of_folds, 'groups', f'{number_of_folds} folds', 'Ask for fewer folds.')
        fold = _deal_groups(code, strata, shares, generator)[code]
    else:
        fold = np.empty(number_of_rows, dtype=np.intp)
        fold[_shuffle_by_stratum(strata, generator)] = np.arange(number_of_rows) % number_of_folds
    return [(np.flatnonzero(fold != index), np.flatnonzero(fold == index)) for index in range(number_of_folds)]


def train_validation_split(
    *,
    number_of_rows: int,
    split: str,
    validation_size: float,
    random_seed: int,
    target: npt.ArrayLike | None = None,
    group: npt.ArrayLike | None = None,
    time: npt.ArrayLike | None = None,
) -> tuple[Positions, Positions]:
    """Set a share of the rows apart for validation.

    Args:
        number_of_rows: Of the table.
        split: `'stratified'`, `'random'`, `'group'` or `'time'`.
        validation_size: The share of the rows that validate, between 0 and 1, met as nearly as whole rows, groups and
            times allow.
        random_seed: Of the choice.
        target: One entry per row, for `'stratified'`. Floats that are not all whole are a continuous target, all else
            are classes. Without groups, each class keeps at least one row in the training part.
        group: The group of each row.
        time: The time of each row: datetimes, dates, timedeltas, periods, numbers, or texts of ISO 8601 in one format.

    Returns:
        The training and the validation rows, neither of them empty.

    Raises:
        SplitError: If there are too few rows, groups or times, or what the split needs is missing.
        ParameterError: If the share is not between 0 and 1.
        UnknownNameError: If there is no such split.
    """
    _check_name(split)
    if not 0 < validation_size < 1:
        raise ParameterError(f'validation_size is {validation_size}; it must be between 0 and 1, such as 0.2.')
    _check_enough(number_of_rows, 2, 'rows', 'training and validation', 'Give more rows.')
    shares = np.array([1 - validation_size, validation_size])
    if split == 'time':
        code, count = _codes(time, 'time', number_of_rows, in_order=True)
        validates = code >= _cut_times(np.bincount(code, minlength=count), shares)[0]
        return np.flatnonzero(~validates), np.flatnonzero(validates)
    generator = np.random.default_rng(random_seed)
    strata = _strata(split, target, number_of_rows, 2)
    if split == 'group' or group is not None:
        code, count = _codes(group, 'group', number_of_rows)
        _check_enough(count, 2, 'groups', 'training and validation', 'Give more groups.')
        validates = _deal_groups(code, strata, shares, generator)[code] == 1
    else:
        validates = _choose_rows(strata, validation_size, generator)
    return np.flatnonzero(~validates), np.flatnonzero(validates)


def _check_name(split: str) -> None:
    if split not in SPLITS:
        raise UnknownNameError(f"there is no split '{split}'; choose one of {list(SPLITS)}.")


def _check_enough(given: int, needed: int, what: str, purpose: str, remedy: str) -> None:
    if given < needed:
        raise SplitError(f'there are {given} {what} for {purpose}; it takes at least {needed}. {remedy}')


def _codes(values: Any, name: str, number_of_rows: int, in_order: bool = False) -> tuple[Positions, int]:
    """Number the distinct values from 0, in their own order if asked."""
    if values is None:
        raise SplitError(f"the split '{name}' was given no {name}; it needs one for each row. Set {name}_column_name.")
    column = check_times(values) if in_order else pd.Series(values)
    try:
        code, distinct = pd.factorize(column, sort=in_order)
    except (TypeError, ValueError) as error:  # moments with and without a time zone, periods of several lengths
        raise SplitError(f'the values of {name} can not be sorted: {error}. Convert them to one type.') from error
    _check_length(len(code), name, number_of_rows)
    if (code < 0).any():
        raise SplitError(f'{(code < 0).sum()} rows have no {name} (NaN or None); fill them or drop these rows.')
    return code, len(distinct)


def _check_length(length: int, name: str, number_of_rows: int) -> None:
    if length != number_of_rows:
        raise SplitError(f'{name} has {length} entries for {number_of_rows} rows; give one for each row.')


def _strata(split: str, target: Any, number_of_rows: int, smallest_bin: int) -> Positions:
    """Number the strata from 0: one for everything, the classes, or the quantile bins of a continuous target."""
    if split != 'stratified':
        return np.zeros(number_of_rows, dtype=np.intp)
    if target is None:
        raise SplitError("the split 'stratified' was given no target; give the target of each row, or choose 'random'.")
    values = np.asarray(target)
    _check_length(len(values), 'target', number_of_rows)
    if np.issubdtype(values.dtype, np.floating) and (values != np.floor(values)).any():
        rank = np.empty(number_of_rows, dtype=np.intp)
        rank[np.argsort(values, kind='stable')] = np.arange(number_of_rows)
        return rank * max(1, min(MAXIMUM_BINS, number_of_rows // smallest_bin)) // number_of_rows
    return pd.factorize(pd.Series(values), use_na_sentinel=False)[0]


def _shuffle_by_stratum(strata: Positions, generator: np.random.Generator) -> Positions:
    """Order the rows so that strata stand together, the strata and the rows of each at random."""
    rank_of_stratum = generator.permutation(strata.max() + 1)
    return np.lexsort((generator.permutation(len(strata)), rank_of_stratum[strata]))


def _choose_rows(strata: Positions, share: float, generator: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Choose a share of each stratum, but never a whole one."""
    sizes = np.bincount(strata)
    spare = sizes - 1
    if not spare.any():
        raise SplitError(
            f'each of the {len(sizes)} classes has a single row, which must train; nothing is left to validate. '
            "Choose split='random', or check the target column."
        )
    wanted = max(1, round(len(strata) * share))
    exact = sizes * wanted / len(strata)
    chosen = np.minimum(np.floor(exact).astype(np.intp), spare)
    by_remainder = np.lexsort((generator.permutation(len(sizes)), chosen - exact))
    has_room = by_remainder[(chosen < spare)[by_remainder]]
    chosen[has_room[: wanted - chosen.sum()]] += 1
    order = _shuffle_by_stratum(strata, generator)
    ordered = strata[order]
    start_of_stratum = np.empty(len(sizes), dtype=np.intp)
    is_start = np.append(True, ordered[1:] != ordered[:-1])
    start_of_stratum[ordered[is_start]] = np.flatnonzero(is_start)
    validates = np.zeros(len(strata), dtype=np.bool_)
    validates[order] = np.arange(len(strata)) - start_of_stratum[ordered] < chosen[ordered]
    return validates


def _deal_groups(
    group: Positions, strata: Positions, shares: npt.NDArray[np.float64], generator: np.random.Generator
) -> Positions:
    """Deal whole groups to parts of the given shares, the larger groups first.

    Each group goes where it raises the sum over parts and strata of (rows in the part / rows of the stratum)^2 / share
    the least: that sum is least when each part has its share of each stratum.

    Returns:
        The part of each group.
    """
    number_of_strata = int(strata.max()) + 2
    # Strata too small for a row in each part would all go to the larger part; together they are large enough.
    is_rare = np.bincount(strata) * shares.min() < 1
    strata = np.where(is_rare[strata], number_of_strata - 1, strata)
    pairs, counts = np.unique(group * number_of_strata + strata, return_counts=True)
    pair_group, pair_stratum = np.divmod(pairs, number_of_strata)
    weights = counts / np.bincount(strata)[pair_stratum] ** 2
    own_costs = np.bincount(pair_group, weights=counts * weights)
    sizes = np.bincount(group)
    starts = np.searchsorted(pair_group, np.arange(len(sizes) + 1))
    # Roughly by size: in strict order, groups of distinct sizes would be dealt alike for every seed.
    order = np.argsort(-sizes * generator.uniform(0.5, 1, len(sizes)))
    rows, totals = np.zeros((len(shares), number_of_strata)), np.zeros(len(shares))
    part_of_group = np.empty(len(sizes), dtype=np.intp)
    for index in order:
        own = slice(starts[index], starts[index + 1])
        columns = pair_stratum[own]
        costs = (2 * rows[:, columns] @ weights[own] + own_costs[index]) / shares
        part = np.lexsort((totals / shares, costs))[0]
        rows[part, columns] += counts[own]
        totals[part] += sizes[index]
        part_of_group[index] = part
    for empty in np.setdiff1d(np.arange(len(shares)), part_of_group):
        part_of_group[order[-1]] = empty
    return part_of_group


def _cut_times(rows_of_time: npt.NDArray[Any], shares: npt.NDArray[np.float64]) -> Positions:
    """Cut the times, in order, into parts of about the given shares of the rows, none of them empty.

    Returns:
        The first time of each part but the first.
    """
    number_of_times, number_of_parts = len(rows_of_time), len(shares)
    remedy = 'Choose another split, or fewer folds.'
    _check_enough(number_of_times, number_of_parts, 'distinct times', f'{number_of_parts} parts', remedy)
    ends = np.cumsum(rows_of_time)
    wanted = np.cumsum(shares)[:-1] * ends[-1]
    # A cut is made at the end of a time that is nearest to what is wanted.
    cuts = np.searchsorted(ends[:-1] + rows_of_time[1:] / 2, wanted) + 1
    index = np.arange(len(cuts))
    cuts = np.maximum.accumulate(cuts - index) + index
    return np.asarray(np.minimum(cuts, number_of_times - len(cuts) + index), dtype=np.intp)
