"""How large the trees of a boosted model are: what the time of a round depends on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TreeSize:
    """The size of one tree.

    Args:
        leaves: Number of leaves.
        bins: Bins of each feature.
        share_of_rows: Share of the rows that it is grown on.
        share_of_columns: Share of the columns that it may split by.
    """

    leaves: float
    bins: float
    share_of_rows: float = 1.0
    share_of_columns: float = 1.0
