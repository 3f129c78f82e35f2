"""A number at the top of a page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """A number and what it is.

    Attributes:
        value: The number, as a text.
        label: What it is.
    """

    value: str
    label: str
