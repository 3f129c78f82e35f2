"""One minimal example of each public task, and their unique ids.

``python -m tests.catalogue --write-ids`` writes ``tests/unique_ids.json``. An id that changes takes the outputs of the
task away from all users: the change needs a line under "Cache" in CHANGELOG.md.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gokart
import numpy as np
import pandas as pd

import redshells
from redshells import train as train_tasks
from redshells.data import (
    CheckDataFrame,
    ConcatenateFeatures,
    ConvertToOneHot,
    ConvertTypeToCategory,
    ExtractColumnAsDict,
    ExtractColumnAsList,
    FilterByColumn,
    GroupByColumnAsDict,
    LoadDataOfTask,
    LoadExistingFile,
    RenameColumn,
    SampleData,
    SplitTrainTestData,
    TokenizeJapanese,
    TokenizeText,
)
from redshells.errors import (
    ColumnTypeError,
    ContractError,
    DataError,
    DuplicateColumnError,
    EmptyTableError,
    MissingColumnError,
    MissingFileError,
    MissingValueError,
    ParameterError,
    RedshellsError,
    SplitError,
    TargetError,
    UnknownNameError,
)
from redshells.predict import EvaluatePrediction, PredictTable
from redshells.report import ReportData, ReportModel, ReportTuning
from redshells.task import RedshellsTask
from redshells.testing import (
    BadInput,
    TaskExample,
    bad_prediction_tables,
    bad_table,
    bad_training_tables,
    unique_id,
    unknown_keyword,
)
from tests.factorization_catalogue import FACTORIZATION_EXAMPLES
from tests.graph_catalogue import GRAPH_EXAMPLES
from tests.recommendation_catalogue import RECOMMENDATION_EXAMPLES
from tests.recommender_catalogue import RECOMMENDER_EXAMPLES
from tests.report_catalogue import REPORT_EXAMPLES, kept_content
from tests.similarity_catalogue import SIMILARITY_EXAMPLES
from tests.text_catalogue import TEXT_EXAMPLES, without_seconds
from tests.vector_catalogue import VECTOR_EXAMPLES

IDS_FILE = Path(__file__).with_name('unique_ids.json')
_TASK_PACKAGES = ('data', 'train', 'predict', 'report', 'app')


def public_tasks() -> dict[str, type[gokart.TaskOnKart[Any]]]:
    """The task classes that the packages of tasks export."""
    present = [module.name for module in pkgutil.iter_modules(redshells.__path__) if module.name in _TASK_PACKAGES]
    modules = [importlib.import_module(f'redshells.{name}') for name in present]
    exported = {name: getattr(module, name) for module in modules for name in module.__all__}
    return {name: one for name, one in exported.items() if inspect.isclass(one) and issubclass(one, gokart.TaskOnKart)}


def final_tasks() -> set[str]:
    """Names of the task classes of redshells that no other one is made of."""
    for module in pkgutil.walk_packages(redshells.__path__, 'redshells.'):
        if module.name.split('.')[1] in _TASK_PACKAGES:
            importlib.import_module(module.name)
    found: set[str] = set()
    waiting: list[Any] = [RedshellsTask]
    while waiting:
        one = waiting.pop()
        subclasses = [sub for sub in one.__subclasses__() if sub.__module__.startswith('redshells.')]
        waiting.extend(subclasses)
        if not subclasses:
            found.add(one.__name__)
    return found


def table(problem: str = 'classification', rows: int = 120, seed: int = 0) -> pd.DataFrame:
    """Numbers, booleans, and text, some missing; and a target that depends on them."""
    generator = np.random.default_rng(seed)
    size, age = generator.normal(size=rows), generator.integers(18, 90, size=rows)
    colour = generator.choice(['red', 'green', 'blue'], size=rows)
    score = size + age / 30 + (colour == 'red') + generator.normal(scale=0.5, size=rows)
    churn = np.where(score > np.median(score), 'yes', 'no')
    return pd.DataFrame(
        {
            'size': np.where(generator.random(rows) < 0.1, np.nan, size),
            'age': age,
            'colour': colour,
            'is_new': generator.random(rows) < 0.5,
            'target': score if problem == 'regression' else churn,
        },
        index=pd.RangeIndex(1000, 1000 + rows),
    )


_LIGHTGBM = {
    'lightgbm:Booster.update': {'num_leaves': 7, 'min_data_in_leaf': 5, 'bagging_freq': 1, 'bagging_fraction': 0.7}
}
_XGBOOST = {'xgboost:train': {'max_depth': 3, 'subsample': 0.7}}
_CATBOOST = {'catboost:CatBoost.fit': {'depth': 3, 'iterations': 8}}
_FOREST = {'sklearn.ensemble:RandomForestClassifier.fit': {'n_estimators': 8, 'max_depth': 4}}
_EXTRA_TREES = {'sklearn.ensemble:ExtraTreesRegressor.fit': {'n_estimators': 8, 'max_depth': 4}}


def trio(
    name: str,
    model: Mapping[str, Mapping[str, Any]],
    *,
    library: str = '',
    problem: str = 'classification',
    is_generic: bool = False,
    takes_infinity: bool = True,
    **parameters: Any,
) -> list[TaskExample]:
    """The examples of the Train…, Optimize… and Validate… tasks of a model.

    Args:
        name: What the names of the tasks end with.
        model: The function that trains, and the arguments of the model.
        library: The module of the extra that the model needs.
        problem: ``'classification'`` or ``'regression'``.
        is_generic: Whether the problem belongs to the task and is no choice of the example.
        takes_infinity: Whether infinite features are good ones for the model.
        **parameters: Further parameters of all three.
    """
    ((function, arguments),) = model.items()
    shared: dict[str, Any] = {'target_column_name': 'target', 'model_kwargs': arguments, **parameters}
    if not is_generic:
        shared['problem'] = problem
    tables = bad_training_tables('data', 'target', problem=problem, takes_infinity=takes_infinity)
    bad = (*tables, unknown_keyword(**arguments), *_bad_parameters())
    if name == 'BinaryClassificationModel':
        bad = (*bad, bad_table('data', 'three classes', TargetError, lambda data: data.assign(target=data['colour'])))
    if is_generic:
        bad = (
            *bad,
            BadInput(name='an unknown model', error=UnknownNameError, parameters={'model_name': 'NoSuchModel'}),
        )
    few = {'validation_size': 0.25, 'early_stopping_rounds': 4, 'n_jobs': 1}
    search: dict[str, Any] = {'n_trials': 2, 'early_stopping_rounds': 4}
    search |= {'cross_validation_size': 2, 'show_progress': False}
    extra: dict[str, Any] = {'library': library, 'bad': bad, 'work': function, 'problem': problem}
    return [
        _training_example(f'Train{name}', 'model', {**shared, **few}, **extra),
        _training_example(f'Optimize{name}', 'tuning_result', {**shared, **search}, **extra),
        _training_example(f'Validate{name}', 'tables', {**shared, **few, 'cross_validation_size': 2}, **extra),
    ]


def _bad_parameters() -> tuple[BadInput, ...]:
    return (
        BadInput(name='a fractional seed', error=ParameterError, parameters={'random_seed': 3.5}),
        BadInput(name='a class for a task', error=ParameterError, parameters={'train_data_task': gokart.TaskOnKart}),
        BadInput(
            name='an unknown weight column',
            error=MissingColumnError,
            parameters={'weight_column_name': 'absent'},
        ),
    )


def _training_example(
    name: str,
    kind: Any,
    parameters: dict[str, Any],
    *,
    library: str,
    bad: tuple[BadInput, ...],
    work: str,
    problem: str,
) -> TaskExample:
    task_class = getattr(train_tasks, name)
    return TaskExample(
        task_class=task_class,
        make_task=lambda data: task_class(train_data_task=data, **parameters),
        kind=kind,
        make_inputs=lambda: {'data': table(problem)},
        seed_parameter='random_seed',
        bad_inputs=bad,
        work=(work,),
        libraries=(library,) if library else (),
        observe=without_seconds if kind == 'tables' else None,
    )


def _trained(data: gokart.TaskOnKart[Any]) -> gokart.TaskOnKart[Any]:
    arguments = {**_LIGHTGBM['lightgbm:Booster.update'], 'num_iterations': 10}
    return train_tasks.TrainLightGBM(
        train_data_task=data, target_column_name='target', model_kwargs=arguments, validation_size=0.0, n_jobs=1
    )


def _predicted(train: gokart.TaskOnKart[Any], data: gokart.TaskOnKart[Any]) -> gokart.TaskOnKart[Any]:
    return PredictTable(model_task=_trained(train), data_task=data, id_column_names=['age'], with_contributions=True)


def data_example(
    task_class: Any, kind: Any, parameters: Mapping[str, Any], *bad: BadInput, column: str = 'colour', seed: str = ''
) -> TaskExample:
    """The example of a task that makes something of columns of one table.

    Args:
        task_class: The task.
        kind: What it outputs.
        parameters: Its parameters.
        *bad: What it must refuse besides a table that is none or lacks the column.
        column: A column that it needs; empty where it needs none.
        seed: The parameter with the seed, if it is random.
    """
    no_table = bad_table('data', 'no table at all', ColumnTypeError, lambda data: data.to_dict('list'))
    missing = bad_table('data', 'a missing column', MissingColumnError, lambda data: data.drop(columns=column))
    return TaskExample(
        task_class=task_class,
        make_task=lambda data: task_class(data_task=data, **parameters),
        kind=kind,
        make_inputs=lambda: {'data': table()},
        seed_parameter=seed,
        bad_inputs=(no_table, *([missing] if column else []), *bad),
    )


def _bad_keys(column: str) -> tuple[BadInput, ...]:
    return (
        bad_table('data', 'a missing key', MissingValueError, lambda data: data.assign(**{column: None})),
        bad_table('data', 'lists as keys', ColumnTypeError, lambda data: data.assign(**{column: [[1]] * len(data)})),
        BadInput(name='a table as output', error=ParameterError, parameters={'output_file_path': 'data/dict.csv'}),
    )


def _existing_file() -> gokart.TaskOnKart[Any]:
    """A file that is put below the workspace before the task is asked for."""
    task = LoadExistingFile(file_path='given/table.csv')
    path = Path(task.output().path())
    path.parent.mkdir(parents=True, exist_ok=True)
    table(rows=8).to_csv(path, index=False)
    return task


_CONTRACT: dict[str, Any] = {
    'columns': {
        'size': {'type': 'float', 'minimum': -6, 'maximum': 6, 'maximum_missing': 0.5},
        'age': {'type': 'integer', 'minimum': 18, 'nullable': False},
        'colour': {'values': ['red', 'green', 'blue'], 'pattern': '[a-z]+'},
        'item': {'unique': True},
    },
    'key_column_names': ['item', 'age'],
    'minimum_rows': 60,
    'maximum_rows': 200,
    'allow_other_columns': False,
    'maximum_row_change': 0.5,
    'maximum_missing_change': 0.2,
    'maximum_new_categories': 0.1,
    'maximum_vanished_categories': 0.1,
    'category_column_names': ['colour', 'is_new', 'target'],
}


def _kept(data: gokart.TaskOnKart[Any]) -> gokart.TaskOnKart[Any]:
    """The table in a file, which a new process can read."""
    return RenameColumn(data_task=data, rename_rule={})


def _checked(data: gokart.TaskOnKart[Any], previous: gokart.TaskOnKart[Any]) -> gokart.TaskOnKart[Any]:
    return CheckDataFrame(data_task=_kept(data), previous_data_task=previous, **_CONTRACT)


def _items(rows: int = 120, seed: int = 0) -> pd.DataFrame:
    return table(rows=rows, seed=seed).assign(item=lambda data: [f'i{row}' for row in data.index])


def _breaches() -> tuple[BadInput, ...]:
    changes: dict[str, Any] = {
        'too few rows': lambda data: data.iloc[:50],
        'too many rows': lambda data: pd.concat([data, data]),
        'a missing column': lambda data: data.drop(columns='age'),
        'an unexpected column': lambda data: data.assign(city='Tokyo'),
        'a wrong type': lambda data: data.assign(age='old'),
        'too many missing values': lambda data: data.assign(age=data['age'].where(data['age'] < 80)),
        'values out of range': lambda data: data.assign(age=data['age'] - 10),
        'values that are not allowed': lambda data: data.assign(colour='black'),
        'repeated values': lambda data: data.assign(item='i'),
    }
    return (
        *(bad_table('data', name, ContractError, change) for name, change in changes.items()),
        bad_table('previous', 'a much longer table yesterday', ContractError, lambda data: pd.concat([data] * 3)),
        BadInput(name='an unknown key', error=ParameterError, parameters={'columns': {'age': {'minimun': 1}}}),
        BadInput(name='limits without yesterday', error=ParameterError, parameters={'previous_data_task': None}),
    )


def _tokenized(task_class: Any, texts: list[str | None], libraries: tuple[str, ...], *bad: BadInput) -> TaskExample:
    """The example of a task that cuts texts into tokens."""
    return TaskExample(
        task_class=task_class,
        make_task=lambda data: task_class(data_task=data, text_column_name='text', stop_words=['the', '本']),
        kind='other',
        make_inputs=lambda: {'data': pd.DataFrame({'text': texts, 'stars': range(len(texts))})},
        bad_inputs=(
            bad_table('data', 'no table', ParameterError, lambda data: data['text'].tolist()),
            bad_table('data', 'a dict', ColumnTypeError, lambda data: data.to_dict('list')),
            bad_table('data', 'a missing column', MissingColumnError, lambda data: data.drop(columns='text')),
            bad_table('data', 'numbers', ColumnTypeError, lambda data: data.assign(text=data['stars'])),
            bad_table('data', 'tokens', ColumnTypeError, lambda data: data.assign(text=data['text'].str.split())),
            BadInput(name='no column', error=ParameterError, parameters={'text_column_name': None}),
            BadInput(name='a number as a stop word', error=ParameterError, parameters={'stop_words': ['the', 1]}),
            BadInput(name='an unknown normal form', error=ParameterError, parameters={'normalization': 'NFZ'}),
            BadInput(name='no processes', error=ParameterError, parameters={'n_jobs': 0}),
            BadInput(name='a table as output', error=ParameterError, parameters={'output_file_path': 'data/x.csv'}),
            *bad,
        ),
        work=('redshells.model.tokenization:tokenize',),
        libraries=libraries,
    )


DATA_EXAMPLES: list[TaskExample] = [
    _tokenized(
        TokenizeText,
        ['The cat sat on the mat.', None, 'Two cats, ONE mat!'],
        (),
        BadInput(name='no regular expression', error=ParameterError, parameters={'token_pattern': '('}),
        BadInput(name='two groups', error=ParameterError, parameters={'token_pattern': r'(\w)(\w)'}),
    ),
    _tokenized(
        TokenizeJapanese,
        ['昨日は図書館で本を読んだ。', None, 'すもももももももものうち'],
        ('fugashi', 'unidic_lite'),
        BadInput(name='an unknown tokenizer', error=ParameterError, parameters={'tokenizer': 'chasen'}),
        BadInput(name='a split mode of the other tokenizer', error=ParameterError, parameters={'split_mode': 'A'}),
        BadInput(name='an unknown part of speech', error=ParameterError, parameters={'part_of_speech': ['形容動詞']}),
    ),
    data_example(ExtractColumnAsList, 'other', {'column_name': 'colour'}),
    TaskExample(
        task_class=ExtractColumnAsDict,
        make_task=lambda data: ExtractColumnAsDict(data_task=data, key_column_name='item', value_column_name='colour'),
        kind='other',
        make_inputs=lambda: {'data': _items()},
        bad_inputs=(
            bad_table('data', 'no table at all', ColumnTypeError, lambda data: data.to_dict('list')),
            bad_table('data', 'a missing column', MissingColumnError, lambda data: data.drop(columns='colour')),
            bad_table('data', 'one key for all', DataError, lambda data: data.assign(item='i')),
            *_bad_keys('item'),
        ),
    ),
    data_example(
        GroupByColumnAsDict,
        'other',
        {'key_column_name': 'colour', 'value_column_name': 'age'},
        *_bad_keys('colour'),
    ),
    data_example(
        FilterByColumn,
        'table',
        {'column_names': ['target', 'colour']},
        BadInput(name='no columns', error=ParameterError, parameters={'column_names': []}),
    ),
    data_example(
        RenameColumn,
        'table',
        {'rename_rule': {'colour': 'color'}},
        BadInput(
            name='a name that is taken', error=DuplicateColumnError, parameters={'rename_rule': {'colour': 'age'}}
        ),
        BadInput(
            name='one name for two', error=ParameterError, parameters={'rename_rule': {'colour': 'a', 'age': 'a'}}
        ),
        BadInput(name='a number as a name', error=ParameterError, parameters={'rename_rule': {'colour': 1}}),
    ),
    data_example(
        ConvertToOneHot,
        'table',
        {'categorical_column_names': ['colour', 'is_new']},
        bad_table(
            'data', 'too many levels', DataError, lambda data: pd.concat([data] * 9).assign(colour=range(9 * len(data)))
        ),
        bad_table('data', 'a name that is taken', DuplicateColumnError, lambda data: data.assign(colour_red=1)),
    ),
    data_example(
        ConvertTypeToCategory,
        'table',
        {'categorical_column_names': ['colour']},
        BadInput(name='a file without types', error=ParameterError, parameters={'output_file_path': 'data/x.csv'}),
    ),
    data_example(
        SampleData,
        'table',
        {'sample_size': 30},
        bad_table('data', 'an empty table', DataError, lambda data: data.iloc[:0]),
        BadInput(name='more rows than there are', error=DataError, parameters={'sample_size': 121}),
        column='',
        seed='random_seed',
    ),
    TaskExample(
        task_class=CheckDataFrame,
        make_task=lambda data, previous: CheckDataFrame(
            data_task=_kept(data), previous_data_task=previous, **_CONTRACT
        ),
        kind='table',
        make_inputs=lambda: {'data': _items(), 'previous': _items(rows=100, seed=1)},
        bad_inputs=_breaches(),
        libraries=('pandera',),
    ),
    TaskExample(
        task_class=ConcatenateFeatures,
        make_task=lambda data, other: ConcatenateFeatures(data_tasks=[data, other], key_column_names=['item']),
        kind='table',
        make_inputs=lambda: {'data': _items(), 'other': _items().iloc[::-1][['item']].assign(plan='free')},
        bad_inputs=(
            bad_table('other', 'no table at all', ColumnTypeError, lambda other: other.to_dict('list')),
            bad_table('other', 'a missing column', MissingColumnError, lambda other: other.drop(columns='item')),
            bad_table('other', 'a column that is taken', DuplicateColumnError, lambda other: other.assign(age=1)),
            bad_table('other', 'a repeated key', DataError, lambda other: other.assign(item='i1000')),
            bad_table('other', 'a key that is lacking', DataError, lambda other: other.iloc[1:]),
            bad_table('other', 'keys of another type', ColumnTypeError, lambda other: other.assign(item=range(120))),
            bad_table('data', 'missing keys', MissingValueError, lambda data: data.assign(item=None)),
            BadInput(name='no tasks', error=ParameterError, parameters={'data_tasks': []}),
            BadInput(name='an unknown way', error=ParameterError, parameters={'how': 'cross'}),
        ),
    ),
    TaskExample(
        task_class=LoadExistingFile,
        make_task=_existing_file,
        kind='table',
        bad_inputs=(
            BadInput(name='a missing file', error=MissingFileError, parameters={'file_path': 'given/absent.csv'}),
            BadInput(name='an unknown format', error=ParameterError, parameters={'file_path': 'given/table.xlsx'}),
        ),
    ),
]


def _report_of_model(train: gokart.TaskOnKart[Any], data: gokart.TaskOnKart[Any]) -> gokart.TaskOnKart[Any]:
    return ReportModel(model_task=_trained(train), data_task=data, number_of_resamples=20, n_jobs=1)


def _tuned(data: gokart.TaskOnKart[Any]) -> gokart.TaskOnKart[Any]:
    return train_tasks.OptimizeLightGBM(
        train_data_task=data,
        target_column_name='target',
        n_trials=3,
        cross_validation_size=2,
        early_stopping_rounds=4,
        show_progress=False,
    )


EXAMPLES: list[TaskExample] = [
    *DATA_EXAMPLES,
    *TEXT_EXAMPLES,
    *FACTORIZATION_EXAMPLES,
    *RECOMMENDER_EXAMPLES,
    *VECTOR_EXAMPLES,
    *RECOMMENDATION_EXAMPLES,
    *REPORT_EXAMPLES,
    *SIMILARITY_EXAMPLES,
    *GRAPH_EXAMPLES,
    *trio('LightGBM', _LIGHTGBM, library='lightgbm'),
    *trio('XGBoost', _XGBOOST, library='xgboost'),
    *trio('CatBoost', _CATBOOST, library='catboost'),
    *trio('ClassificationModel', _XGBOOST, library='xgboost', is_generic=True),
    *trio(
        'BinaryClassificationModel',
        _FOREST,
        is_generic=True,
        takes_infinity=False,
        model_name='RandomForestClassifier',
    ),
    *trio(
        'RegressionModel',
        _EXTRA_TREES,
        problem='regression',
        is_generic=True,
        takes_infinity=False,
        model_name='sklearn.ensemble:ExtraTreesRegressor',
    ),
    TaskExample(
        task_class=PredictTable,
        make_task=_predicted,
        kind='table',
        make_inputs=lambda: {'train': table(), 'data': table(rows=30, seed=1)},
        bad_inputs=(
            *bad_prediction_tables('data', 'size'),
            BadInput(
                name='an unknown id', error=MissingColumnError, parameters={'id_column_names': ['no_such_column']}
            ),
        ),
        work=('lightgbm:Booster.predict',),
    ),
    TaskExample(
        task_class=EvaluatePrediction,
        make_task=lambda train, data, truth: EvaluatePrediction(
            prediction_task=_predicted(train, data), data_task=truth, target_column_name='target'
        ),
        kind='table',
        make_inputs=lambda: {'train': table(), 'data': table(rows=30, seed=1), 'truth': table(rows=30, seed=1)},
        bad_inputs=(
            bad_table('truth', 'a missing column', MissingColumnError, lambda truth: truth.drop(columns='target')),
            bad_table('truth', 'other rows', RedshellsError, lambda truth: truth.iloc[:20]),
            BadInput(name='an unknown metric', error=UnknownNameError, parameters={'metrics': ['no_such_metric']}),
        ),
    ),
    TaskExample(
        task_class=SplitTrainTestData,
        make_task=lambda data: SplitTrainTestData(data_task=data, test_size_rate=0.25, stratify_column_name='target'),
        kind='tables',
        make_inputs=lambda: {'data': table()},
        seed_parameter='random_seed',
        bad_inputs=(
            bad_table('data', 'an empty table', RedshellsError, lambda data: data.iloc[:0]),
            bad_table('data', 'a missing column', MissingColumnError, lambda data: data.drop(columns='target')),
            bad_table('data', 'a single row', SplitError, lambda data: data.iloc[:1]),
            BadInput(name='a share above 1', error=ParameterError, parameters={'test_size_rate': 1.5}),
        ),
    ),
    TaskExample(
        task_class=LoadDataOfTask,
        make_task=lambda data: LoadDataOfTask(
            data_task=SplitTrainTestData(data_task=data, test_size_rate=0.25), target_name='train'
        ),
        kind='table',
        make_inputs=lambda: {'data': table()},
        bad_inputs=(
            BadInput(name='a name of no output', error=ParameterError, parameters={'target_name': 'validation'}),
        ),
    ),
    TaskExample(
        task_class=ReportModel,
        make_task=_report_of_model,
        kind='other',
        make_inputs=lambda: {'train': table(), 'data': table(rows=60, seed=1)},
        seed_parameter='random_seed',
        observe=kept_content,
        libraries=('matplotlib',),
        bad_inputs=(
            *bad_prediction_tables('data', 'size'),
            bad_table('data', 'rows without target', MissingColumnError, lambda data: data.drop(columns='target')),
            bad_table('data', 'an empty table', EmptyTableError, lambda data: data.iloc[:0]),
            BadInput(name='an unknown metric', error=UnknownNameError, parameters={'metrics': ['no_such_metric']}),
            BadInput(name='an unknown baseline', error=ParameterError, parameters={'baselines': ['magic']}),
            BadInput(name='an unknown language', error=ParameterError, parameters={'language': 'tlh'}),
            BadInput(name='no page', error=ParameterError, parameters={'output_file_path': 'report/model.pdf'}),
        ),
        work=('redshells.page.model_page:make_model_page',),
    ),
    TaskExample(
        task_class=ReportTuning,
        make_task=lambda data: ReportTuning(tuning_task=_tuned(data)),
        kind='other',
        make_inputs=lambda: {'data': table()},
        observe=kept_content,
        libraries=('jinja2',),
        bad_inputs=(
            BadInput(name='no page', error=ParameterError, parameters={'output_file_path': 'report/tuning.txt'}),
        ),
        work=('redshells.page.tuning_page:make_tuning_page',),
    ),
    TaskExample(
        task_class=ReportData,
        make_task=lambda data: ReportData(data_task=data, target_column_name='target'),
        kind='other',
        make_inputs=lambda: {'data': table()},
        observe=kept_content,
        libraries=('matplotlib',),
        bad_inputs=(
            bad_table('data', 'an empty table', EmptyTableError, lambda data: data.iloc[:0]),
            bad_table('data', 'no table at all', ColumnTypeError, lambda data: data.to_dict('list')),
            bad_table('data', 'a missing column', MissingColumnError, lambda data: data.drop(columns='target')),
        ),
        work=('redshells.page.data_page:make_data_page',),
    ),
]


def unique_ids() -> dict[str, str]:
    """The unique id of each example."""
    return {example.name: unique_id(example) for example in sorted(EXAMPLES, key=lambda one: one.name)}


if __name__ == '__main__':
    if sys.argv[1:] != ['--write-ids']:
        sys.exit('usage: python -m tests.catalogue --write-ids')
    IDS_FILE.write_text(json.dumps(unique_ids(), indent=2) + '\n')
