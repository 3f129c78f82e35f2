"""Tasks that predict, infer and find, and score predictions."""

from redshells.predict.document_vectors import FindSimilarDocuments, InferDocumentVectors
from redshells.predict.nodes import EmbedNodes, PredictNodes
from redshells.predict.recommendation_quality import EvaluateRanking, EvaluateRating
from redshells.predict.recommendations import FindSimilarItems, PredictRating, RecommendItems
from redshells.predict.similarity import PredictFeatureAggregationSimilarity, PredictPairwiseSimilarity
from redshells.predict.table import EvaluatePrediction, PredictTable
from redshells.predict.words import ExportWordVectors, FindSimilarWords

__all__ = [
    'EmbedNodes',
    'EvaluatePrediction',
    'EvaluateRanking',
    'EvaluateRating',
    'ExportWordVectors',
    'FindSimilarDocuments',
    'FindSimilarItems',
    'FindSimilarWords',
    'InferDocumentVectors',
    'PredictFeatureAggregationSimilarity',
    'PredictNodes',
    'PredictPairwiseSimilarity',
    'PredictRating',
    'PredictTable',
    'RecommendItems',
]
