"""Predict the similarity of pairs of items."""

from __future__ import annotations

from typing import Any

import gokart
import numpy as np
import pandas as pd
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.process import run_safely
from redshells.target import check_table_path
from redshells.task import RedshellsTask


class PredictPairwiseSimilarity(RedshellsTask[pd.DataFrame]):
    """Predict the similarity of each pair of a table by the vectors of its items.

    Output: the table, in order and with its index, and a column with the probability that the pair is similar, which is
    that of the larger of both labels. It is missing where an item has no vector.
    """

    model_task: gokart.TaskOnKart[Any] = parameter.task(description='A TrainPairwiseSimilarityModel task.')
    item2embedding_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs the vectors of the items, of the model that made those of the training; items '
        'need not have been in the training.'
    )
    data_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs the pairs: a pandas or polars data frame.'
    )
    item0_column_name: str = parameter.text(default='item0', description='The column with one item of each pair.')
    item1_column_name: str = parameter.text(default='item1', description='The column with the other item.')
    similarity_column_name: str = parameter.text(
        default='similarity', description='The column of the output with the similarity; the input must not have it.'
    )
    item_id_column_name: str = parameter.text(
        default='item', description='The column with the ids of the vectors, where they are a data frame.'
    )
    vector_column_name: str | None = parameter.text(
        default=None,
        description="The column with the vectors, where they are a data frame; by default 'vector' where there is "
        'one, and otherwise every column but the ids is a number of the vectors.',
    )
    prediction_batch_size: int = parameter.integer(
        default=100_000, minimum=1, significant=False, description='Pairs that are predicted at a time.'
    )
    output_file_path: str = parameter.text(
        default='predict/pairwise_similarity.feather', description='Path of the table below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the output is a file that holds a table, and that the inputs are a model, vectors and a table.

        Raises:
            ParameterError: One is not.
        """
        check_table_path(self.output_file_path)
        self.check_input('model_task', 'a model')
        self.check_input('item2embedding_task', 'a dict or a table of vectors')
        self.check_input('data_task')

    def output(self) -> TargetOnKart:
        """The pairs with their similarity."""
        return self.file_target(self.output_file_path)

    def compute(self) -> pd.DataFrame:
        """The pairs with their similarity."""
        from redshells.model.item_vectors import read_item_vectors
        from redshells.model.pair_products import PairNames, predict_pairs
        from redshells.model.table_model import TableModel

        table = self.load_input('data_task')
        if isinstance(table, pd.DataFrame):
            self.check_index(table.index, self.output_file_path)
        vectors = self.load_input('item2embedding_task')
        with self.reading('item2embedding_task'):
            items = read_item_vectors(vectors, self.item_id_column_name, self.vector_column_name or '')
        model: TableModel = self.load_fitting(
            'model_task', lambda one: isinstance(one, TableModel), 'a TrainPairwiseSimilarityModel task'
        )
        names = PairNames(
            item0=self.item0_column_name, item1=self.item1_column_name, similarity=self.similarity_column_name
        )
        with self.reading('data_task'):
            result = run_safely(predict_pairs, model, table, items, names, self.prediction_batch_size)
        unknown = int(np.isnan(result[self.similarity_column_name]).sum())
        self.task_log.update({'rows': len(result), 'unknown_pairs': unknown})
        return result


class PredictFeatureAggregationSimilarity(RedshellsTask[pd.DataFrame]):
    """Predict the similarity of each pair of a dataset by the features of its items.

    Output: a data frame with one row for each pair, in order: ``x_item``, ``y_item``, ``score`` where the dataset has
    scores, and ``similarity``. Items and features need not have been in the training.
    """

    model_task: gokart.TaskOnKart[Any] = parameter.task(description='A TrainFeatureAggregationSimilarityModel task.')
    dataset_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs a FeatureAggregationSimilarityDataset, with scores or without.'
    )
    prediction_batch_size: int = parameter.integer(
        default=2**14, minimum=1, significant=False, description='Pairs that are predicted at a time.'
    )
    output_file_path: str = parameter.text(
        default='predict/feature_aggregation_similarity.feather', description='Path of the table below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the output is a file that holds a table, and that the inputs are a model and a dataset.

        Raises:
            ParameterError: One is not.
        """
        check_table_path(self.output_file_path)
        self.check_input('model_task', 'a model')
        self.check_input('dataset_task', 'a dataset')

    def output(self) -> TargetOnKart:
        """The pairs with their similarity."""
        return self.file_target(self.output_file_path)

    def compute(self) -> pd.DataFrame:
        """The pairs with their similarity."""
        from redshells.model.feature_aggregation_similarity_dataset import FeatureAggregationSimilarityDataset
        from redshells.model.feature_aggregation_similarity_model import FeatureAggregationSimilarityModel

        pairs: FeatureAggregationSimilarityDataset = self.load_fitting(
            'dataset_task',
            lambda one: isinstance(one, FeatureAggregationSimilarityDataset),
            'a task that outputs a FeatureAggregationSimilarityDataset',
        )
        model: FeatureAggregationSimilarityModel = self.load_fitting(
            'model_task',
            lambda one: isinstance(one, FeatureAggregationSimilarityModel),
            'a TrainFeatureAggregationSimilarityModel task',
        )
        similarity = model.calculate_similarity(
            pairs.x_item_indices,
            pairs.y_item_indices,
            pairs.x_item_features,
            pairs.y_item_features,
            self.prediction_batch_size,
        )
        columns = {'x_item': pairs.x_item_indices, 'y_item': pairs.y_item_indices}
        scores = {} if pairs.scores is None else {'score': pairs.scores}
        self.task_log['rows'] = len(pairs)
        return pd.DataFrame({**columns, **scores, 'similarity': similarity})
