"""What a library of gradient boosted trees adds to `BoostedTreesModel`: its names, and its native booster."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from redshells.model.arguments import Arguments
from redshells.model.early_stopping import EarlyStopping
from redshells.model.encoded_table import EncodedTable, Matrix
from redshells.model.objective import Objectives
from redshells.model.tree_size import TreeSize


class BoosterLibrary(ABC):
    """A library of gradient boosted trees."""

    library: ClassVar[str]
    library_error: ClassVar[type[Exception]]
    objectives: ClassVar[Objectives]
    default_rounds: ClassVar[int] = 100
    maximal_rounds: ClassVar[int] = 10_000

    @classmethod
    @abstractmethod
    def arguments(cls) -> Arguments:
        """What the library takes; ``number_of_rounds`` is the name for the number of trees."""

    @abstractmethod
    def tree_size(self, arguments: Mapping[str, Any]) -> TreeSize:
        """The size of the trees that canonical arguments make."""

    @abstractmethod
    def _train(
        self,
        table: EncodedTable,
        params: dict[str, Any],
        rounds: int,
        watched: tuple[EncodedTable, EarlyStopping] | None,
    ) -> Any:
        """The native booster, cut to the best round; sets ``best_round_`` and, if watched, ``best_score_``."""

    @abstractmethod
    def _predict_native(self, matrix: Matrix, numbers_of_rounds: Sequence[int | None]) -> list[npt.NDArray[Any]]:
        """What the booster predicts, (rows,) or (rows, classes), with its first rounds; with all of them for None."""

    @abstractmethod
    def _contributions_native(self, matrix: Matrix) -> npt.NDArray[Any]:
        """SHAP values and the expected value, of shape (rows, features + 1) or (rows, classes, features + 1)."""

    @abstractmethod
    def _importances_native(self) -> npt.NDArray[np.float64]:
        """Importance of each feature, of shape (features,)."""

    @abstractmethod
    def _to_part(self) -> tuple[str, bytes]:
        """Name and content of the native part of a saved model."""

    @abstractmethod
    def _load_part(self, content: bytes) -> Any:
        """The native booster of a saved part."""
