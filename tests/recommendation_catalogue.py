"""One minimal example of each public task that splits interactions, recommends items, and scores what was found."""

from __future__ import annotations

from typing import Any

import gokart
import numpy as np
import pandas as pd

from redshells.data import SampleNegatives, SplitInteractions
from redshells.errors import (
    ColumnTypeError,
    DataError,
    DuplicateColumnError,
    EmptyTableError,
    InfiniteValueError,
    MissingColumnError,
    MissingValueError,
    ParameterError,
    SplitError,
    UnknownNameError,
)
from redshells.predict import EvaluateRanking, EvaluateRating, FindSimilarItems, PredictRating, RecommendItems
from redshells.testing import BadInput, TaskExample, bad_table
from tests.interaction_tables import clicks, ratings
from tests.text_inputs import A_TABLE, MakeModel, changed, given

_FIND_TOP_ITEMS = 'redshells.model.top_items:find_top_items'


def trained(table: pd.DataFrame, **arguments: Any) -> Any:
    """A model of ratings or clicks."""
    from redshells.model.matrix_factorization import MatrixFactorization

    values = table['rating'] if 'rating' in table.columns else None
    return MatrixFactorization(**arguments).fit(table['user'], table['item'], ratings=values)


def _model(table: pd.DataFrame, **arguments: Any) -> dict[str, Any]:
    shared = {'table': table, 'n_latent_factors': 3, 'iterations': 4, 'random_seed': 0}
    return {'class': 'tests.recommendation_catalogue:trained', 'arguments': {**shared, **arguments}}


def _pairs() -> pd.DataFrame:
    table = ratings(seed=1).head(40)
    return pd.concat([table, pd.DataFrame({'user': ['nobody', 'u01'], 'item': [101, -1], 'rating': [3.0, 4.0]})])


def _predicted(data: gokart.TaskOnKart[Any], model: gokart.TaskOnKart[Any]) -> PredictRating:
    return PredictRating(data_task=data, model_task=MakeModel(data_task=model))


def _recommended(model: gokart.TaskOnKart[Any]) -> RecommendItems:
    return RecommendItems(model_task=MakeModel(data_task=model), top_n=5)


def _bad_pairs(name: str = 'data', *, may_be_empty: bool = False) -> tuple[BadInput, ...]:
    """What tasks on a table of users and items refuse."""
    found = (
        bad_table(name, f'no table as {name}', ColumnTypeError, lambda data: data.to_dict('list')),
        bad_table(name, f'no users in {name}', MissingColumnError, lambda data: data.drop(columns='user')),
        bad_table(name, f'no items in {name}', MissingColumnError, lambda data: data.drop(columns='item')),
        bad_table(name, f'missing ids in {name}', MissingValueError, lambda data: data.assign(user=None)),
        bad_table(name, f'fractions as ids in {name}', ColumnTypeError, lambda data: data.assign(item=0.5)),
    )
    empty = bad_table(name, f'no rows in {name}', EmptyTableError, lambda data: data.iloc[:0])
    return found if may_be_empty else (*found, empty)


_NO_MODEL = (
    changed('a table as a model', ParameterError, model=A_TABLE),
    given('a file without tables', ParameterError, output_file_path='predict/table.txt'),
)

RECOMMENDATION_EXAMPLES: list[TaskExample] = [
    TaskExample(
        task_class=SplitInteractions,
        make_task=lambda data: SplitInteractions(data_task=data, test_size=0.3, keep_items=True),
        kind='tables',
        make_inputs=lambda: {'data': ratings()},
        seed_parameter='random_seed',
        bad_inputs=(
            *_bad_pairs(),
            bad_table('data', 'a row for each user', SplitError, lambda data: data.drop_duplicates('user')),
            given('an unknown split', ParameterError, split='odd'),
            given('a split by time without times', ParameterError, split='time'),
            given('a missing time column', MissingColumnError, split='time', time_column_name='absent'),
            given('texts as times', ColumnTypeError, split='leave_last_out', time_column_name='service'),
            given('a share above 1', ParameterError, test_size=1.5),
            given('nothing held out', ParameterError, number_of_test_items=0),
            given('a file without tables', ParameterError, test_output_file_path='data/test.txt'),
        ),
        work=('redshells.model.frame:take_rows',),
    ),
    TaskExample(
        task_class=SampleNegatives,
        make_task=lambda data: SampleNegatives(data_task=data, number_of_negatives=2, strategy='popularity'),
        kind='table',
        make_inputs=lambda: {'data': clicks()},
        seed_parameter='random_seed',
        bad_inputs=(
            *_bad_pairs(),
            given('no negatives', ParameterError, number_of_negatives=0),
            given('an unknown strategy', ParameterError, strategy='odd'),
            given('one name for two columns', ParameterError, label_column_name='user'),
            given('a file without tables', ParameterError, output_file_path='data/table.txt'),
        ),
        work=('redshells.model.negative_sampling:sample_negatives',),
    ),
    TaskExample(
        task_class=PredictRating,
        make_task=lambda data, model: PredictRating(data_task=data, model_task=MakeModel(data_task=model), default=3.0),
        kind='table',
        make_inputs=lambda: {'data': _pairs(), 'model': _model(ratings())},
        bad_inputs=(
            *_bad_pairs(may_be_empty=True),
            *_NO_MODEL,
            bad_table('data', 'ids of another type', ColumnTypeError, lambda data: data.assign(user=1)),
            bad_table('data', 'a name that is taken', DuplicateColumnError, lambda data: data.assign(prediction=1)),
            given('a missing service column', MissingColumnError, service_column_name='place'),
            given('no rows at a time', ParameterError, batch_size=0),
        ),
        work=('redshells.model.recommend:predict_ratings',),
    ),
    TaskExample(
        task_class=RecommendItems,
        make_task=lambda model, users, seen, candidates: RecommendItems(
            model_task=MakeModel(data_task=model),
            user_data_task=users,
            seen_data_task=seen,
            candidate_data_task=candidates,
            top_n=4,
            unknown_users='popular',
        ),
        kind='table',
        make_inputs=lambda: {
            'model': _model(clicks(), solver='implicit'),
            'users': pd.DataFrame({'user': ['u03', 'nobody', 'u01']}),
            'seen': clicks(seed=1).head(60),
            'candidates': list(range(104, 120)),
        },
        bad_inputs=(
            *_NO_MODEL,
            *_bad_pairs('seen', may_be_empty=True),
            changed('no users', EmptyTableError, users=[]),
            changed('one user and no list', DataError, users='u03'),
            changed('users of another type', ColumnTypeError, users=[1, 2]),
            changed('missing users', MissingValueError, users=['u03', None]),
            bad_table(
                'users', 'a table without users', MissingColumnError, lambda users: users.rename(columns=str.upper)
            ),
            changed('no candidates', EmptyTableError, candidates=[]),
            changed('candidates that did not train', DataError, candidates=[1, 2]),
            given('none at all', ParameterError, top_n=0),
            given('an unknown rule', ParameterError, unknown_users='odd'),
            given('no users at a time', ParameterError, batch_size=0),
        ),
        work=(_FIND_TOP_ITEMS,),
    ),
    TaskExample(
        task_class=FindSimilarItems,
        make_task=lambda model, items: FindSimilarItems(
            model_task=MakeModel(data_task=model), item_data_task=items, top_n=3, minimum_similarity=0.0
        ),
        kind='table',
        make_inputs=lambda: {'model': _model(ratings()), 'items': [104, 100, 999, 104]},
        bad_inputs=(
            *_NO_MODEL,
            changed('no items', EmptyTableError, items=[]),
            changed('items of another type', ColumnTypeError, items=['104']),
            changed('a table without items', MissingColumnError, items=pd.DataFrame({'id': [104]})),
            given('none at all', ParameterError, top_n=0),
            given('a cosine above 1', ParameterError, minimum_similarity=1.5),
        ),
        work=('redshells.model.nearest_neighbors:find_nearest_rows',),
    ),
    TaskExample(
        task_class=EvaluateRating,
        make_task=lambda data, model: EvaluateRating(
            prediction_task=_predicted(data, model), group_column_name='service'
        ),
        kind='table',
        make_inputs=lambda: {'data': _pairs(), 'model': _model(ratings())},
        bad_inputs=(
            bad_table('data', 'no rows', EmptyTableError, lambda data: data.iloc[:0]),
            bad_table('data', 'no ratings', MissingColumnError, lambda data: data.drop(columns='rating')),
            bad_table('data', 'missing ratings', MissingValueError, lambda data: data.assign(rating=np.nan)),
            bad_table('data', 'infinite ratings', InfiniteValueError, lambda data: data.assign(rating=np.inf)),
            bad_table('data', 'texts as ratings', ColumnTypeError, lambda data: data.assign(rating='good')),
            bad_table('data', 'no prediction at all', DataError, lambda data: data.assign(user='nobody')),
            given('a missing prediction column', MissingColumnError, prediction_column_name='stars'),
            given('a missing group column', MissingColumnError, group_column_name='place'),
            given('an unknown metric', UnknownNameError, metrics=['auc']),
            given('a file without tables', ParameterError, output_file_path='predict/table.txt'),
        ),
        work=('redshells.model.rating_metrics:_scores',),
    ),
    TaskExample(
        task_class=EvaluateRanking,
        make_task=lambda train, test, model: EvaluateRanking(
            recommendation_task=_recommended(model),
            test_data_task=test,
            train_data_task=train,
            k=[2, 5],
            rating_column_name='rating',
            minimum_rating=3.0,
            gain='linear',
            number_of_resamples=30,
        ),
        kind='table',
        make_inputs=lambda: {
            'train': ratings(),
            'test': ratings(seed=1),
            'model': _model(ratings()),
        },
        seed_parameter='random_seed',
        bad_inputs=(
            *_bad_pairs('train'),
            *_bad_pairs('test'),
            bad_table('test', 'texts as ratings', ColumnTypeError, lambda test: test.assign(rating='good')),
            bad_table('test', 'low ratings', EmptyTableError, lambda test: test.assign(rating=1.0)),
            bad_table('test', 'ids of another type', ColumnTypeError, lambda test: test.assign(user=1)),
            given('an unknown metric', UnknownNameError, metrics=['auc']),
            given('a metric that needs the training', ParameterError, metrics=['coverage'], train_data_task=None),
            given('no items', ParameterError, k=[0]),
            given('fractions of items', ParameterError, k=[2.5]),
            given('an unknown gain', ParameterError, gain='odd'),
            given('no column of ratings', ParameterError, rating_column_name=None),
            given('a file without tables', ParameterError, output_file_path='predict/table.txt'),
        ),
        work=('redshells.model.ranking_metrics:score_users',),
    ),
]
