"""A linear classifier, by which vectors of documents are judged."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from redshells.model.document_model import DocumentVectors

_REGULARIZATION = 0.1  # C of the logistic regression, on features of standard deviation 1
_PASSES = 30
_ALPHA = 1e-5


class LinearClassifier:
    """Logistic regression on vectors: dense ones scaled first, sparse ones as they are.

    Sparse vectors are learnt by averaged stochastic gradient descent, one class against the rest, whose time grows with
    what is not zero; dense ones by all classes at once.

    Args:
        random_seed: Seed of the order in which sparse vectors are seen.

    Shapes:
        * vectors: (documents, dimensions)
        * codes: (documents,), from 0 to number_of_classes - 1
        * predict_proba: (documents, number_of_classes)
    """

    def __init__(self, random_seed: int = 0) -> None:
        self.random_seed = random_seed

    def fit(self, vectors: DocumentVectors, codes: npt.NDArray[np.int64], number_of_classes: int) -> LinearClassifier:
        """Learn the classes of vectors; some of the classes may have none."""
        estimator: Any
        if sparse.issparse(vectors):
            estimator = SGDClassifier(
                loss='log_loss', alpha=_ALPHA, max_iter=_PASSES, tol=None, average=True, random_state=self.random_seed
            )
        else:
            estimator = make_pipeline(StandardScaler(), LogisticRegression(C=_REGULARIZATION, max_iter=500))
        self.number_of_classes_ = number_of_classes
        self.estimator_ = estimator.fit(vectors, codes)
        return self

    def predict_proba(self, vectors: DocumentVectors) -> npt.NDArray[np.float64]:
        """The probabilities of the classes."""
        probabilities = np.zeros((vectors.shape[0], self.number_of_classes_))
        probabilities[:, self.estimator_.classes_] = self.estimator_.predict_proba(vectors)
        return probabilities
