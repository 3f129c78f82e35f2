"""Tasks that train, tune and validate models."""

from redshells.train.any_model import (
    OptimizeBinaryClassificationModel,
    OptimizeClassificationModel,
    OptimizeRegressionModel,
    TrainBinaryClassificationModel,
    TrainClassificationModel,
    TrainRegressionModel,
    ValidateBinaryClassificationModel,
    ValidateClassificationModel,
    ValidateRegressionModel,
)
from redshells.train.boosted_trees import (
    OptimizeCatBoost,
    OptimizeLightGBM,
    OptimizeXGBoost,
    TrainCatBoost,
    TrainLightGBM,
    TrainXGBoost,
    ValidateCatBoost,
    ValidateLightGBM,
    ValidateXGBoost,
)
from redshells.train.factorization_machine import (
    OptimizeFactorizationMachine,
    TrainFactorizationMachine,
    ValidateFactorizationMachine,
)
from redshells.train.feature_aggregation_similarity import (
    OptimizeFeatureAggregationSimilarityModel,
    TrainFeatureAggregationSimilarityModel,
    ValidateFeatureAggregationSimilarityModel,
)
from redshells.train.graph_convolutional_matrix_completion import (
    OptimizeGraphConvolutionalMatrixCompletion,
    TrainGraphConvolutionalMatrixCompletion,
    ValidateGraphConvolutionalMatrixCompletion,
)
from redshells.train.graph_convolutional_network import (
    OptimizeGraphConvolutionalNetwork,
    TrainGraphConvolutionalNetwork,
    ValidateGraphConvolutionalNetwork,
)
from redshells.train.light_gcn import OptimizeLightGCN, TrainLightGCN, ValidateLightGCN
from redshells.train.matrix_factorization import (
    OptimizeMatrixFactorization,
    TrainMatrixFactorization,
    ValidateMatrixFactorization,
)
from redshells.train.pairwise_similarity import (
    OptimizePairwiseSimilarityModel,
    TrainPairwiseSimilarityModel,
    ValidatePairwiseSimilarityModel,
)
from redshells.train.scdv import OptimizeSCDV, TrainSCDV, ValidateSCDV
from redshells.train.token_weights import OptimizeTfidf, TrainDictionary, TrainTfidf, ValidateTfidf
from redshells.train.topics import OptimizeLdaModel, TrainLdaModel, ValidateLdaModel
from redshells.train.word_vectors import (
    OptimizeDoc2Vec,
    OptimizeFastText,
    OptimizeWord2Vec,
    TrainDoc2Vec,
    TrainFastText,
    TrainWord2Vec,
    ValidateDoc2Vec,
    ValidateFastText,
    ValidateWord2Vec,
)

__all__ = [
    'OptimizeBinaryClassificationModel',
    'OptimizeCatBoost',
    'OptimizeClassificationModel',
    'OptimizeDoc2Vec',
    'OptimizeFactorizationMachine',
    'OptimizeFastText',
    'OptimizeFeatureAggregationSimilarityModel',
    'OptimizeGraphConvolutionalMatrixCompletion',
    'OptimizeGraphConvolutionalNetwork',
    'OptimizeLdaModel',
    'OptimizeLightGBM',
    'OptimizeLightGCN',
    'OptimizeMatrixFactorization',
    'OptimizePairwiseSimilarityModel',
    'OptimizeRegressionModel',
    'OptimizeSCDV',
    'OptimizeTfidf',
    'OptimizeWord2Vec',
    'OptimizeXGBoost',
    'TrainBinaryClassificationModel',
    'TrainCatBoost',
    'TrainClassificationModel',
    'TrainDictionary',
    'TrainDoc2Vec',
    'TrainFactorizationMachine',
    'TrainFastText',
    'TrainFeatureAggregationSimilarityModel',
    'TrainGraphConvolutionalMatrixCompletion',
    'TrainGraphConvolutionalNetwork',
    'TrainLdaModel',
    'TrainLightGBM',
    'TrainLightGCN',
    'TrainMatrixFactorization',
    'TrainPairwiseSimilarityModel',
    'TrainRegressionModel',
    'TrainSCDV',
    'TrainTfidf',
    'TrainWord2Vec',
    'TrainXGBoost',
    'ValidateBinaryClassificationModel',
    'ValidateCatBoost',
    'ValidateClassificationModel',
    'ValidateDoc2Vec',
    'ValidateFactorizationMachine',
    'ValidateFastText',
    'ValidateFeatureAggregationSimilarityModel',
    'ValidateGraphConvolutionalMatrixCompletion',
    'ValidateGraphConvolutionalNetwork',
    'ValidateLdaModel',
    'ValidateLightGBM',
    'ValidateLightGCN',
    'ValidateMatrixFactorization',
    'ValidatePairwiseSimilarityModel',
    'ValidateRegressionModel',
    'ValidateSCDV',
    'ValidateTfidf',
    'ValidateWord2Vec',
    'ValidateXGBoost',
]
