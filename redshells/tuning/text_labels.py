"""Labels of documents, and the folds on which a classifier of their vectors is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.errors import EmptyTableError, SplitError
from redshells.model.target_encoding import TargetEncoding
from redshells.tuning.split import Positions, make_folds


@dataclass(frozen=True)
class LabelledFolds:
    """Labels of documents as codes, and the documents that train and that validate in each fold.

    Attributes:
        labels: The label of each document.
        encoding: How they become codes.
        codes: The code of each.
        folds: Positions of the training and the validation documents of each fold, stratified by label.
    """

    labels: pd.Series[Any]
    encoding: TargetEncoding
    codes: npt.NDArray[np.int64]
    folds: list[tuple[Positions, Positions]]

    @classmethod
    def of(cls, labels: pd.Series[Any], number_of_folds: int, random_seed: int) -> LabelledFolds:
        """Of the labels of documents.

        Args:
            labels: The label of each document.
            number_of_folds: How many folds there are.
            random_seed: Seed of the folds.

        Raises:
            EmptyTableError: There are no documents.
            MissingValueError: Labels are missing.
            TargetError: There is one label only, or they are no labels.
            SplitError: There are too few documents, or too few of all labels but one.
        """
        if labels.empty:
            raise EmptyTableError('there are no documents. Check the task that makes them.')
        encoding = TargetEncoding.of(labels, 'classification')
        codes = encoding.encode(labels)
        folds = make_folds(
            number_of_rows=len(codes),
            split='stratified',
            number_of_folds=number_of_folds,
            random_seed=random_seed,
            target=codes,
        )
        for number, (train, _) in enumerate(folds):
            if (codes[train] == codes[train[0]]).all():
                raise SplitError(
                    f'the documents that train in fold {number} of {number_of_folds} all have the label '
                    f'{labels.iloc[train[0]]!r}; two labels are expected. Give more documents of the other labels.'
                )
        return cls(labels, encoding, codes, folds)

    @property
    def classes(self) -> npt.NDArray[Any]:
        """The labels in the order of their codes."""
        assert self.encoding.classes is not None, 'a classification has classes'
        return self.encoding.classes
