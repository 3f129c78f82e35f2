"""How a search space follows the table, and how fast the trials learn: what a model adds to its own search space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from redshells.tuning.search_space import SearchSpace

_LEARNING_RATE = {'type': 'float', 'low': 0.01, 'high': 0.3, 'log': True}


@dataclass(frozen=True)
class RowBound:
    """An upper bound by the number of rows.

    Args:
        rows_per_unit: The bound is the number of rows divided by this, ...
        low: ... but no less than this.
    """

    rows_per_unit: float
    low: float


@dataclass(frozen=True)
class SearchStrategy:
    """What the search of a model's own space does beside drawing from it.

    Args:
        row_bounds: Upper bounds of parameters that a small table has no use for.
        of_categories: Parameters that only matter where a feature is a category.
        learning_rate: The range of the learning rate, which is searched only where the number of rounds is given.
    """

    row_bounds: Mapping[str, RowBound] = field(default_factory=dict)
    of_categories: frozenset[str] = frozenset()
    learning_rate: Mapping[str, Any] = field(default_factory=lambda: dict(_LEARNING_RATE))

    def space_for(
        self, space: SearchSpace, rows: int, *, has_categories: bool, searches_learning_rate: bool
    ) -> SearchSpace:
        """The part of a space that makes sense for a table.

        Args:
            space: A search space.
            rows: Rows of the table.
            has_categories: Whether a feature is a category.
            searches_learning_rate: Whether the trials have learning rates of their own.
        """
        if not has_categories:
            space = space.without(dict.fromkeys(self.of_categories))
        if searches_learning_rate:
            space = SearchSpace({**space.to_dict(), 'learning_rate': self.learning_rate})
        bounds = self.row_bounds.items()
        return space.at_most({name: max(bound.low, rows / bound.rows_per_unit) for name, bound in bounds})
