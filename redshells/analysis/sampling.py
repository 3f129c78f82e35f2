"""Samples of rows that are enough to look at."""

from __future__ import annotations

import numpy as np

from redshells.model.frame import TableData


def sample_data(data: TableData, rows: int, random_seed: int) -> TableData:
    """Rows of the data in their order, whole groups where there are groups; all of it where there are not more.

    Args:
        data: The data.
        rows: How many are wanted; of groups, about so many, and at least ten groups.
        random_seed: Seed of the draw.
    """
    if len(data) <= rows:
        return data
    generator = np.random.default_rng(random_seed)
    if data.group is None:
        return data.take(np.sort(generator.choice(len(data), rows, replace=False)))
    groups = data.group.drop_duplicates()
    number = max(10, round(len(groups) * rows / len(data)))
    chosen = groups.iloc[generator.permutation(len(groups))[:number]]
    return data.take(np.flatnonzero(data.group.isin(chosen).to_numpy()))
