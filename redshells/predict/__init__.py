"""Tasks that predict, infer and find, and score predictions."""

from redshells.predict.document_vectors import FindSimilarDocuments, InferDocumentVectors
from redshells.predict.similarity import PredictFeatureAggregationSimilarity, PredictPairwiseSimilarity
from redshells.predict.table import EvaluatePrediction, PredictTable
from redshells.predict.words import ExportWordVectors, FindSimilarWords

__all__ = [
    'EvaluatePrediction',
    'ExportWordVectors',
    'FindSimilarDocuments',
    'FindSimilarWords',
    'InferDocumentVectors',
    'PredictFeatureAggregationSimilarity',
    'PredictPairwiseSimilarity',
    'PredictTable',
]
