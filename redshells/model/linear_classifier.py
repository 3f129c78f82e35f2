"""A linear classifier, by which vectors of documents are judged."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from redshells.model.document_model import DocumentVectors

_REGULARIZATION = 0.1  # C of the logistic regression, on features of standard deviation 1
_PASSES = 10
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

    def fit(
        self,
        vectors: DocumentVectors,
        codes: npt.NDArray[np.int64],
        number_of_classes: int,
        weight: npt.NDArray[np.float64] | None = None,
    ) -> LinearClassifier:
        """Learn the classes of vectors; some of the classes may have none."""
        if len(np.unique(codes)) == 1:  # there is nothing to learn, which scikit-learn refuses
            regression, scaler = DummyClassifier(strategy='prior'), FunctionTransformer()
        elif sparse.issparse(vectors):
            regression = SGDClassifier(
                loss='log_loss', alpha=_ALPHA, max_iter=_PASSES, tol=None, average=True, random_state=self.random_seed
            )
            scaler = FunctionTransformer()
        else:
            regression = LogisticRegression(C=_REGULARIZATION, max_iter=500)
            scaler = StandardScaler()
        pipeline = make_pipeline(scaler, regression)
        self.number_of_classes_ = number_of_classes
        with warnings.catch_warnings():
            warnings.simplefilter('ignore', ConvergenceWarning)  # it is good enough to compare vectors by
            self.estimator_ = pipeline.fit(vectors, codes, **{f'{pipeline.steps[-1][0]}__sample_weight': weight})
        return self

    def predict_proba(self, vectors: DocumentVectors) -> npt.NDArray[np.float64]:
        """The probabilities of the classes."""
        probabilities = np.zeros((vectors.shape[0], self.number_of_classes_))
        probabilities[:, self.estimator_.classes_] = self.estimator_.predict_proba(vectors)
        return probabilities
