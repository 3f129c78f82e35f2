"""What all models have in common that give each document a vector."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from redshells.model.saved_model import SavedModel

DocumentVectors: TypeAlias = npt.NDArray[np.floating[Any]] | sparse.csr_array
"""A row for each document: dense, or sparse where most of a row is zero."""


class DocumentModel(SavedModel):
    """A model that gives each document a vector."""

    @abstractmethod
    def document_vectors(self, documents: Iterable[Sequence[str]]) -> DocumentVectors:
        """The vector of each document, one row each; a document without a known token has a row of zeros.

        Args:
            documents: The tokens of each document; read once.
        """
