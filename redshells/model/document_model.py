"""What all models have in common that give each document a vector."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, Self, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from redshells.model.saved_model import SavedModel

DocumentVectors: TypeAlias = npt.NDArray[np.floating[Any]] | sparse.csr_array
"""A row for each document: dense, or sparse where most of a row is zero."""


class DocumentModel(SavedModel):
    """A model that gives each document a vector."""

    @classmethod
    @abstractmethod
    def from_documents(
        cls,
        documents: Iterable[Sequence[str]],
        *,
        random_seed: int,
        workers: int,
        show_progress: bool,
        **arguments: Any,
    ) -> Self:
        """Train on documents.

        Args:
            documents: The tokens of each document.
            random_seed: Seed of all that is drawn.
            workers: Threads, where the model can use several.
            show_progress: Show a progress bar where there is a terminal.
            **arguments: The model's own arguments, and the models that it stands on.

        Raises:
            RedshellsError: The documents or the arguments can't be used; raised before the training.
        """

    @abstractmethod
    def document_vectors(self, documents: Iterable[Sequence[str]]) -> DocumentVectors:
        """The vector of each document, one row each; a document without a known token has a row of zeros.

        Args:
            documents: The tokens of each document; read once.
        """
