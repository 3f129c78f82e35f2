"""Fields that say something of the same thing, such as a user's age and job: many rows, but few different users.

Rendle: `Scaling Factorization Machines to Relational Data <https://www.vldb.org/pvldb/vol6/p337-rendle.pdf>`_ (2013).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from redshells.model.factorization_rows import FieldRows

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class FieldGroup:
    """Fields that are known where it is known which entity a row is of.

    Attributes:
        index: The entity of each row, of shape (rows,); each entity has a row.
        count: How many entities there are.
        field_numbers: Which fields they are.
    """

    index: Codes
    count: int
    field_numbers: tuple[int, ...]

    @cached_property
    def first_rows(self) -> Codes:
        """A row of each entity."""
        rows = np.empty(self.count, dtype=np.int64)
        rows[self.index[::-1]] = np.arange(len(self.index))[::-1]
        return rows

    def has(self, codes: Codes) -> bool:
        """Whether codes of the rows follow from the entity."""
        return bool((codes[self.first_rows][self.index] == codes).all())

    def take(self, rows: Codes) -> FieldGroup:
        """The group of all rows in another order."""
        if self.count == len(self.index):
            return FieldGroup(np.arange(self.count), self.count, self.field_numbers)
        return FieldGroup(self.index[rows], self.count, self.field_numbers)


def group_fields(fields: Sequence[FieldRows]) -> list[FieldGroup]:
    """Find groups of fields, those with most entities first.

    A field joins the smallest group from whose entities its own follow. Fields in which most rows differ make one group
    whose entities are the rows.
    """
    codes = [_codes(field) for field in fields]
    counts = [int(one.max(initial=-1)) + 1 for one in codes]
    rows = len(codes[0])
    groups: list[FieldGroup] = []
    order = sorted(range(len(fields)), key=lambda number: (-counts[number], number))
    lone = tuple(number for number in order if counts[number] > rows / 2)
    for number in order[len(lone) :]:
        fitting = [position for position, group in enumerate(groups) if group.has(codes[number])]
        if fitting:
            found = groups[fitting[-1]]
            groups[fitting[-1]] = FieldGroup(found.index, found.count, (*found.field_numbers, number))
        else:
            groups.append(FieldGroup(codes[number], counts[number], (number,)))
    return [*([FieldGroup(np.arange(rows), rows, lone)] if lone else []), *groups]


def _codes(field: FieldRows) -> Codes:
    """A number for each different content of a row, 0, 1, ..."""
    if field.positions is not None:
        present = np.bincount(field.positions, minlength=field.size) > 0
        numbers = np.cumsum(present, dtype=np.int64) - 1
        return np.asarray(numbers[field.positions])
    matrix: Any = field.matrix
    generator = np.random.default_rng(0)  # for a hash, which is checked below
    sums = matrix.astype(np.float64) @ generator.standard_normal(field.size)
    codes: Codes = pd.factorize(sums)[0].astype(np.int64)
    first = FieldGroup(codes, int(codes.max(initial=-1)) + 1, ()).first_rows
    if _are_equal(matrix, matrix[first][codes]):
        return codes
    return np.arange(matrix.shape[0])


def _are_equal(one: sparse.csr_array, other: sparse.csr_array) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ('indptr', 'indices', 'data'))
