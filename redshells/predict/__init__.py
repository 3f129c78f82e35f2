"""Tasks that predict and score predictions."""

from redshells.predict.table import EvaluatePrediction, PredictTable

__all__ = ['EvaluatePrediction', 'PredictTable']
