"""What a trial of a text model is worth: by labels, by word pairs, or by the coherence of its topics."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.errors import DataError, ParameterError
from redshells.model.corpus import Corpus
from redshells.model.linear_classifier import LinearClassifier
from redshells.model.metric import Metric, get_metric
from redshells.model.target_encoding import TargetEncoding
from redshells.tuning.split import make_folds
from redshells.tuning.study import Outcome, Report

logger = logging.getLogger(__name__)

BuildTextModel = Callable[[Mapping[str, Any], Any], Any]


@dataclass(frozen=True)
class WordPairs:
    """Pairs of words, and how similar people find them.

    Args:
        first: A word of each pair.
        second: The other one.
        similarity: How similar they are, the more the higher.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    similarity: npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class TextObjective:
    """Trains a text model with the arguments of a trial, and says what it is worth.

    By labels: a linear classifier is cross-validated on the vectors that the model infers for the documents. The model
    itself, which never sees a label, is trained once on all of them, so that a trial costs one training.

    Attributes:
        build: Trains a model with arguments on documents.
        corpus: The documents.
        metric: ``'coherence'``, ``'word_pairs'``, or the name of a metric of classifications.
        fixed: Arguments that are not searched.
        labels: The label of each document, where the metric needs them.
        pairs: The pairs of words, where the metric needs them.
        number_of_folds: The folds of the classifier.
        random_seed: Seed of the folds and of the classifier.
        refusals: Why models could not be trained.
    """

    build: BuildTextModel
    corpus: Corpus
    metric: str
    fixed: Mapping[str, Any] = field(default_factory=dict)
    labels: pd.Series[Any] | None = None
    pairs: WordPairs | None = None
    number_of_folds: int = 5
    random_seed: int = 0
    refusals: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Check the labels before any training.

        Raises:
            RedshellsError: They can't be predicted, or there are too few documents.
        """
        if self.labels is not None:
            assert self._labelled.folds

    def direction(self) -> str:
        """``'maximize'`` or ``'minimize'``."""
        return 'maximize' if self.labels is None else self._labelled.metric.direction

    def fingerprint(self) -> str:
        """A digest of what the values depend on besides the parameters."""
        settings = (self.metric, sorted(map(repr, self.fixed.items())), self.number_of_folds, self.random_seed)
        digest = hashlib.sha256(repr(settings).encode())
        with open(self.corpus.path, 'rb') as file:
            while block := file.read(2**20):
                digest.update(block)
        for values in (self.labels, self.pairs):
            digest.update(repr(None if values is None else list(map(repr, _values(values)))).encode())
        return digest.hexdigest()

    def __call__(self, params: Mapping[str, Any], report: Report) -> Outcome:
        """The value of a trial; not a number where no model can be trained with its arguments."""
        try:
            model = self.build({**params, **self.fixed}, self.corpus)
            if self.labels is None:
                return Outcome(self._without_labels(model))
        except (ParameterError, DataError) as error:  # such as a filter that leaves no token
            logger.warning('no model with %s: %s', dict(params), error)
            self.refusals.append(str(error))
            return Outcome(float('nan'))
        return self._by_labels(model, report)

    def _without_labels(self, model: Any) -> float:
        if self.metric == 'coherence':
            if model.coherence_ is None:
                raise DataError('its topics have no coherence, for which two known words are needed.')
            return float(model.coherence_)
        from redshells.model.word_pairs import word_pair_correlation

        assert self.pairs is not None, 'the task has checked it'
        return word_pair_correlation(model, self.pairs.first, self.pairs.second, self.pairs.similarity).correlation

    def _by_labels(self, model: Any, report: Report) -> Outcome:
        codes, classes, metric, folds = self._labelled
        vectors = model.document_vectors(self.corpus)
        values: list[float] = []
        for number, (train, rest) in enumerate(folds):
            if number:
                report(number, float(np.mean(values)))
                if report.is_late():
                    return Outcome(float(np.mean(values)), cut_short=True)
            classifier = LinearClassifier(self.random_seed).fit(vectors[train], codes[train], classes)
            values.append(metric(codes[rest], classifier.predict_proba(vectors[rest])))
        return Outcome(float(np.mean(values)))

    @cached_property
    def _labelled(self) -> _Labelled:
        assert self.labels is not None, 'the task has checked it'
        encoding = TargetEncoding.of(self.labels, 'classification')
        codes, classes = encoding.encode(self.labels), encoding.number_of_classes or 0
        metric = get_metric(self.metric, 'classification', classes)
        return _Labelled(codes, classes, metric, label_folds(codes, self.number_of_folds, self.random_seed))


class _Labelled(NamedTuple):
    codes: npt.NDArray[np.int64]
    classes: int
    metric: Metric
    folds: list[tuple[Any, Any]]


def label_folds(codes: npt.NDArray[np.int64], number_of_folds: int, random_seed: int) -> list[tuple[Any, Any]]:
    """Positions of the training and the validation documents of each fold, stratified by label.

    Raises:
        SplitError: There are too few documents.
    """
    return make_folds(
        number_of_rows=len(codes),
        split='stratified',
        number_of_folds=number_of_folds,
        random_seed=random_seed,
        target=codes,
    )


def _values(values: pd.Series[Any] | WordPairs) -> list[Any]:
    if isinstance(values, WordPairs):
        return [*values.first, *values.second, *values.similarity.tolist()]
    return list(values)
