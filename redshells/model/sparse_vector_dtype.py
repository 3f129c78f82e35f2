"""The type of a column of sparse vectors, which is known without loading what such a column is made of."""

from __future__ import annotations

import re
from typing import Any, Self

from pandas.api.extensions import ExtensionDtype, register_extension_dtype


@register_extension_dtype
class SparseVectorDtype(ExtensionDtype):
    """The type of a column of sparse vectors.

    Args:
        size: The length of a vector.
    """

    type = object
    _metadata = ('size',)

    def __init__(self, size: int) -> None:
        self.size = size

    @property
    def name(self) -> str:  # type: ignore[override]
        """Its name, such as ``'sparse_vector[100]'``."""
        return f'sparse_vector[{self.size}]'

    def __repr__(self) -> str:
        return self.name

    @classmethod
    def construct_from_string(cls, string: str) -> Self:
        """The type of a name."""
        found = re.fullmatch(r'sparse_vector\[(\d+)\]', string) if isinstance(string, str) else None
        if not found:
            raise TypeError(f'{string!r} is no type of sparse vectors')
        return cls(int(found[1]))

    @classmethod
    def construct_array_type(cls) -> Any:
        """The class of such columns."""
        from redshells.model.sparse_vectors import SparseVectors

        return SparseVectors
