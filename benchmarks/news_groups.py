"""20 Newsgroups, split by date: the corpus of the benchmarks of text models."""

from __future__ import annotations

import re
import tarfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

_ARCHIVE = 'text/20news-bydate.tar.gz'
_WORD = re.compile(r'(?u)\b\w\w+\b')


@dataclass(frozen=True)
class NewsGroups:
    """The texts of 20 Newsgroups as words of two and more letters, in small letters.

    Args:
        documents: The words of each text.
        labels: The name of its group.
        is_train: Whether it is of the training part.
    """

    documents: list[list[str]]
    labels: npt.NDArray[np.str_]
    is_train: npt.NDArray[np.bool_]

    @cached_property
    def train_documents(self) -> list[list[str]]:
        """The words of each text of the training part."""
        return [document for document, train in zip(self.documents, self.is_train, strict=True) if train]

    @cached_property
    def test_documents(self) -> list[list[str]]:
        """The words of each text of the test part."""
        return [document for document, train in zip(self.documents, self.is_train, strict=True) if not train]

    @property
    def train_labels(self) -> npt.NDArray[np.str_]:
        """The groups of the training part."""
        return self.labels[self.is_train]

    @property
    def test_labels(self) -> npt.NDArray[np.str_]:
        """The groups of the test part."""
        return self.labels[~self.is_train]


def read_news_groups(folder: str) -> NewsGroups:
    """Read the corpus.

    Args:
        folder: The folder with ``text/20news-bydate.tar.gz``.
    """
    rows = []
    with tarfile.open(Path(folder) / _ARCHIVE) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None:
                part, group = Path(member.name).parts[-3:-1]
                rows.append((_WORD.findall(file.read().decode('latin-1').lower()), group, part.endswith('-train')))
    documents, labels, is_train = zip(*rows, strict=True)
    return NewsGroups(list(documents), np.array(labels), np.array(is_train))
