"""Scores and out-of-fold predictions of a linear classifier on the vectors of a text model."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from redshells.model.corpus import Corpus
from redshells.model.linear_classifier import LinearClassifier
from redshells.model.metric import get_metric
from redshells.tuning.cross_validation import default_metrics
from redshells.tuning.text_labels import LabelledFolds
from redshells.tuning.text_objective import BuildTextModel


def validate_text_model(
    build: BuildTextModel,
    corpus: Corpus,
    labels: LabelledFolds,
    *,
    arguments: Mapping[str, Any],
    metrics: Sequence[str],
    random_seed: int,
) -> dict[str, pd.DataFrame]:
    """Train on each fold's training documents, and classify its validation documents by their vectors.

    Neither the text model nor the classifier sees a validation document.

    Args:
        build: Trains a model with arguments on documents.
        corpus: All documents.
        labels: The label of each, and the folds.
        arguments: Arguments of the model.
        metrics: Names of the scores; what fits the number of classes when empty.
        random_seed: Seed of the classifier.

    Returns:
        ``'scores'``: one row for each fold and metric, with the columns ``fold``, ``metric``, ``score``,
        ``number_of_rows`` and ``seconds``. ``'predictions'``: one row for each document, with the index of the labels
        and the columns ``fold``, ``target``, ``prediction`` and ``probability_<class>``.

    Raises:
        RedshellsError: The documents, the labels or the arguments can't be used.
    """
    codes, classes = labels.codes, len(labels.classes)
    scorers = [
        get_metric(one, 'classification', classes) for one in metrics or default_metrics('classification', classes)
    ]
    probabilities, fold_of = np.zeros((len(codes), classes)), np.zeros(len(codes), dtype=int)
    scores = []
    for number, (train, rest) in enumerate(tqdm(labels.folds, desc='cross-validation', unit='fold', disable=None)):
        started = time.perf_counter()
        part = Corpus.write(_some(corpus, train), os.path.join(os.path.dirname(corpus.path), f'fold_{number}.txt'))
        model = build(arguments, part)
        classifier = LinearClassifier(random_seed).fit(model.document_vectors(part), codes[train], classes)
        os.remove(part.path)
        probabilities[rest] = classifier.predict_proba(model.document_vectors(_some(corpus, rest)))
        fold_of[rest] = number
        facts = {'number_of_rows': len(rest), 'seconds': time.perf_counter() - started}
        for scorer in scorers:
            score = scorer(codes[rest], probabilities[rest])
            scores.append({'fold': number, 'metric': scorer.name, 'score': score, **facts})
    columns: dict[str, Any] = {'fold': fold_of, 'target': labels.labels.to_numpy()}
    columns['prediction'] = labels.classes[probabilities.argmax(axis=1)]
    columns |= {f'probability_{label}': probabilities[:, code] for code, label in enumerate(labels.classes)}
    return {'scores': pd.DataFrame(scores), 'predictions': pd.DataFrame(columns, index=labels.labels.index)}


def _some(corpus: Corpus, positions: Any) -> Iterator[list[str]]:
    chosen = np.zeros(len(corpus), dtype=bool)
    chosen[positions] = True
    return compress(corpus, chosen.tolist())
