"""The rating that a pair of vectors stands for, by weights that were learnt; numpy alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from redshells.archive import Part, array_to_bytes, bytes_to_array
from redshells.model.rating_graph import Floats, Integers

_PAIRS_AT_ONCE = 2**16
_SCORES_AT_ONCE = 2**21  # numbers of all levels


@dataclass(frozen=True)
class RatingDecoder:
    r"""The bilinear decoder: a probability of each level of the ratings.

    .. math:: p(r \mid i, j) \propto \exp\Big(\beta_r + \sum_b a_{br} \, z_i^\top P_b \, z_j\Big), \quad
        \hat{m}_{ij} = \sum_r v_r \, p(r \mid i, j)

    Args:
        levels: :math:`v`, the levels, of shape (levels,).
        bases: :math:`P`, of shape (bases, vector size, vector size).
        coefficients: :math:`a`, of shape (bases, levels).
        level_bias: :math:`\beta`, of shape (levels,).
    """

    levels: npt.NDArray[np.float64]
    bases: Floats
    coefficients: Floats
    level_bias: Floats

    def pair_ratings(
        self, users: Floats, items: Floats, user_rows: Integers, item_rows: Integers
    ) -> npt.NDArray[np.float64]:
        """The expected rating of pairs.

        Args:
            users: Vectors of users.
            items: Vectors of items.
            user_rows: The row of the user of each pair.
            item_rows: The row of the item of each pair.

        Returns:
            Of shape (pairs,).
        """
        turned = np.einsum('uo,bop->bup', users, self.bases, optimize=True)
        result = np.empty(len(user_rows))
        for start in range(0, len(user_rows), _PAIRS_AT_ONCE):
            pairs = slice(start, start + _PAIRS_AT_ONCE)
            of_items = items[item_rows[pairs]]
            scores = np.stack([np.einsum('eo,eo->e', one[user_rows[pairs]], of_items) for one in turned])
            result[pairs] = self._expected(scores)
        return result

    def all_ratings(self, users: Floats, items: Floats) -> Floats:
        """The expected rating of each item by each user, of shape (users, items)."""
        result = np.empty((len(users), len(items)), dtype=np.float32)
        for rows in self._blocks(len(users), len(items)):
            scores = np.stack([users[rows] @ basis @ items.T for basis in self.bases])
            result[rows] = self._expected(scores.reshape(len(self.bases), -1)).reshape(-1, len(items))
        return result

    def _blocks(self, number_of_users: int, number_of_items: int) -> Iterator[slice]:
        step = max(1, _SCORES_AT_ONCE // max(1, number_of_items * len(self.levels)))
        for start in range(0, number_of_users, step):
            yield slice(start, start + step)

    def _expected(self, scores: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """The mean level, given the scores of the bases, of shape (bases, pairs)."""
        logits = self.coefficients.T @ scores + self.level_bias[:, None]
        logits -= logits.max(axis=0)
        chances = np.exp(logits, out=logits)
        return np.asarray(self.levels.astype(np.float32) @ chances / chances.sum(axis=0), dtype=np.float64)

    def to_parts(self, name: str) -> dict[str, Part]:
        """As parts of an archive, whose names begin with ``name``."""
        return {
            f'{name}_levels.npy': array_to_bytes(self.levels),
            f'{name}_bases.npy': array_to_bytes(self.bases),
            f'{name}_coefficients.npy': array_to_bytes(self.coefficients),
            f'{name}_level_bias.npy': array_to_bytes(self.level_bias),
        }

    @classmethod
    def from_parts(cls, parts: Mapping[str, Part], name: str) -> Self:
        """Of the parts that ``to_parts`` gave."""
        names = ('levels', 'bases', 'coefficients', 'level_bias')
        return cls(*(bytes_to_array(parts[f'{name}_{one}.npy']) for one in names))
