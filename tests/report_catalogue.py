"""One minimal example of each report on a model that is no table model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gokart
import numpy as np
import pandas as pd

from redshells.errors import (
    ColumnTypeError,
    EmptyTableError,
    MissingColumnError,
    MissingValueError,
    ParameterError,
)
from redshells.page.report import Report
from redshells.report import ReportRecommender, ReportTraining
from redshells.testing import BadInput, TaskExample, bad_table
from redshells.train import TrainMatrixFactorization
from tests.interaction_tables import ratings


def kept_content(report: Report, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a report keeps for the next one, but for when and where it was made."""
    assert report.html.startswith('<!DOCTYPE html>')
    return {name: value for name, value in report.content.items() if name not in ('created', 'path', 'subject_time')}


def _trained(train: gokart.TaskOnKart[Any]) -> gokart.TaskOnKart[Any]:
    arguments = {'solver': 'als', 'iterations': 4, 'n_latent_factors': 3}
    return TrainMatrixFactorization(train_data_task=train, model_kwargs=arguments, show_progress=False)


def _held_out() -> pd.DataFrame:
    """Ratings of the same users and items, of which the first are of pairs that are in the training as well."""
    return ratings(seed=1)


REPORT_EXAMPLES: list[TaskExample] = [
    TaskExample(
        task_class=ReportRecommender,
        make_task=lambda train, data: ReportRecommender(
            model_task=_trained(train), test_data_task=data, top_n=5, number_of_resamples=20, minimum_rating=4.0
        ),
        kind='other',
        make_inputs=lambda: {'train': ratings(), 'data': _held_out()},
        seed_parameter='random_seed',
        observe=kept_content,
        libraries=('matplotlib',),
        bad_inputs=(
            bad_table('data', 'an empty table', EmptyTableError, lambda data: data.iloc[:0]),
            bad_table('data', 'no table at all', ColumnTypeError, lambda data: data.to_dict('list')),
            bad_table('data', 'a missing column', MissingColumnError, lambda data: data.drop(columns='item')),
            bad_table('data', 'missing ratings', MissingValueError, lambda data: data.assign(rating=np.nan)),
            bad_table('data', 'ids of another type', ColumnTypeError, lambda data: data.assign(user=range(len(data)))),
            BadInput(name='no items', error=ParameterError, parameters={'top_n': 0}),
            BadInput(name='names without a table', error=ParameterError, parameters={'item_name_column_name': 'title'}),
            BadInput(name='an unknown language', error=ParameterError, parameters={'language': 'tlh'}),
            BadInput(name='no page', error=ParameterError, parameters={'output_file_path': 'report/model.pdf'}),
        ),
        work=('redshells.page.recommender_page:make_recommender_page',),
    ),
    TaskExample(
        task_class=ReportTraining,
        make_task=lambda train: ReportTraining(model_task=_trained(train)),
        kind='other',
        make_inputs=lambda: {'train': ratings()},
        observe=kept_content,
        libraries=('jinja2',),
        bad_inputs=(BadInput(name='no page', error=ParameterError, parameters={'output_file_path': 'report/x.txt'}),),
        work=('redshells.page.training_page:make_training_page',),
    ),
]
