"""What a trial of a text model is worth: by labels, by word pairs, or by the coherence of its topics."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from redshells.errors import DataError, ParameterError
from redshells.model.corpus import Corpus
from redshells.model.linear_classifier import LinearClassifier
from redshells.model.metric import Metric, get_metric
from redshells.tuning.study import Outcome, Report
from redshells.tuning.text_labels import LabelledFolds
from redshells.tuning.text_problem import PROBLEM
from redshells.tuning.text_word_pairs import WordPairs

logger = logging.getLogger(__name__)

BuildTextModel = Callable[[Mapping[str, Any], Any], Any]


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
        labels: The labels of the documents and the folds of the classifier, where the metric needs them.
        pairs: The pairs of words, where the metric needs them.
        random_seed: Seed of the classifier.
        refusals: Why models could not be trained.
        problem: What the result calls the problem.
    """

    build: BuildTextModel
    corpus: Corpus
    metric: str
    fixed: Mapping[str, Any] = field(default_factory=dict)
    labels: LabelledFolds | None = None
    pairs: WordPairs | None = None
    random_seed: int = 0
    refusals: list[str] = field(default_factory=list)
    problem: str = PROBLEM

    def direction(self) -> str:
        """``'maximize'`` or ``'minimize'``."""
        return 'maximize' if self.labels is None else self._metric(self.labels).direction

    def fingerprint(self) -> str:
        """A digest of what the values depend on besides the parameters."""
        settings = (self.metric, sorted(map(repr, self.fixed.items())), self.random_seed)
        digest = hashlib.sha256(repr(settings).encode())
        with open(self.corpus.path, 'rb') as file:
            while block := file.read(2**20):
                digest.update(block)
        if self.labels is not None:
            values = [self.labels.encoding.to_json(), self.labels.codes.tolist(), len(self.labels.folds)]
            digest.update(repr(values).encode())
        if self.pairs is not None:
            digest.update(repr((self.pairs.first, self.pairs.second, self.pairs.similarity.tolist())).encode())
        return digest.hexdigest()

    def __call__(self, params: Mapping[str, Any], report: Report) -> Outcome:
        """The value of a trial; not a number where there is no model with its arguments, or it can't be judged."""
        try:
            model = self.build({**params, **self.fixed}, self.corpus)
            if self.labels is None:
                return Outcome(self._of_its_own(model))
        except (ParameterError, DataError) as error:  # such as a filter that leaves no token
            logger.warning('no value for %s: %s', dict(params), error)
            self.refusals.append(str(error))
            return Outcome(float('nan'))
        return self._by_labels(model, self.labels, report)

    def _of_its_own(self, model: Any) -> float:
        if self.metric == 'coherence':
            if model.coherence_ is None:
                raise DataError('the topics have fewer than two words, and no coherence. Filter less.')
            return float(model.coherence_)
        from redshells.model.word_pairs import word_pair_correlation

        assert self.pairs is not None, 'the task has checked it'
        pairs = self.pairs
        # a vocabulary without the difficult words must not win
        return word_pair_correlation(
            model, pairs.first, pairs.second, pairs.similarity, unknown_is_zero=True
        ).correlation

    def _by_labels(self, model: Any, labels: LabelledFolds, report: Report) -> Outcome:
        codes, metric = labels.codes, self._metric(labels)
        vectors = model.document_vectors(self.corpus)
        values: list[float] = []
        for number, (train, rest) in enumerate(labels.folds):
            if number:
                report(number, float(np.mean(values)))
                if report.is_late():
                    return Outcome(float(np.mean(values)), cut_short=True)
            classifier = LinearClassifier(self.random_seed).fit(vectors[train], codes[train], len(labels.classes))
            values.append(metric(codes[rest], classifier.predict_proba(vectors[rest])))
        return Outcome(float(np.mean(values)))

    def _metric(self, labels: LabelledFolds) -> Metric:
        return get_metric(self.metric, 'classification', len(labels.classes))
