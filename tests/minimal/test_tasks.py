"""Tasks without any extra: those that need none work, the others say what to install when they are constructed."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import gokart
import pandas as pd
import pytest

from redshells import data, report, train
from redshells.errors import MissingExtraError
from redshells.predict import PredictTable


class RowsOfMinimal(gokart.TaskOnKart[pd.DataFrame]):
    def output(self) -> Any:
        return self.make_target('rows.pkl')

    def run(self) -> None:
        self.dump(pd.DataFrame({'x': range(30), 'category': ['a', 'a', 'b'] * 10}))


@pytest.mark.parametrize('verb', ['Train', 'Optimize', 'Validate'])
@pytest.mark.parametrize('library', ['LightGBM', 'XGBoost', 'CatBoost'])
def test_a_task_says_which_extra_is_missing(verb: str, library: str) -> None:
    if importlib.util.find_spec(library.lower()) is not None:
        pytest.skip(f'{library} is installed here')
    task = getattr(train, f'{verb}{library}')

    with pytest.raises(MissingExtraError, match=rf"^{verb}{library}: .*pip install 'redshells\[{library.lower()}\]'"):
        task(train_data_task=RowsOfMinimal())


@pytest.mark.parametrize('verb', ['Train', 'Optimize', 'Validate'])
@pytest.mark.parametrize('model', ['Tfidf', 'LdaModel', 'Word2Vec', 'FastText', 'Doc2Vec', 'SCDV'])
def test_a_task_on_texts_says_which_extra_is_missing(verb: str, model: str) -> None:
    if all(importlib.util.find_spec(library) is not None for library in ('gensim', 'numba')):
        pytest.skip('gensim and numba are installed here')
    task: Any = getattr(train, f'{verb}{model}')
    models = {'dictionary_task': RowsOfMinimal(), 'word2vec_task': RowsOfMinimal()} if model == 'SCDV' else {}

    with pytest.raises(MissingExtraError, match=rf"^{verb}{model}: .*pip install 'redshells\[text\]'"):
        task(tokenized_text_data_task=RowsOfMinimal(), **models)


def test_a_dictionary_says_which_extra_is_missing() -> None:
    if importlib.util.find_spec('gensim') is not None:
        pytest.skip('gensim is installed here')
    with pytest.raises(MissingExtraError, match=r"^TrainDictionary: .*pip install 'redshells\[text\]'"):
        train.TrainDictionary(tokenized_text_data_task=RowsOfMinimal())


@pytest.mark.parametrize('verb', ['Train', 'Optimize', 'Validate'])
@pytest.mark.parametrize('model', ['MatrixFactorization', 'GraphConvolutionalMatrixCompletion', 'LightGCN'])
def test_a_task_on_interactions_says_which_extra_is_missing(verb: str, model: str) -> None:
    if importlib.util.find_spec('torch') is not None:
        pytest.skip('torch is installed here')
    with pytest.raises(MissingExtraError, match=rf"^{verb}{model}: .*pip install 'redshells\[torch\]'"):
        getattr(train, f'{verb}{model}')(train_data_task=RowsOfMinimal())


@pytest.mark.parametrize('verb', ['Train', 'Optimize', 'Validate'])
def test_a_factorization_machine_says_which_extra_is_missing(verb: str) -> None:
    if importlib.util.find_spec('torch') is not None:
        pytest.skip('torch is installed here')
    with pytest.raises(MissingExtraError, match=rf"^{verb}FactorizationMachine: .*pip install 'redshells\[torch\]'"):
        getattr(train, f'{verb}FactorizationMachine')(train_data_task=RowsOfMinimal())


@pytest.mark.parametrize('verb', ['Train', 'Optimize', 'Validate'])
def test_a_similarity_of_features_says_which_extra_is_missing(verb: str) -> None:
    if importlib.util.find_spec('torch') is not None:
        pytest.skip('torch is installed here')
    name = f'{verb}FeatureAggregationSimilarityModel'
    with pytest.raises(MissingExtraError, match=rf"^{name}: .*pip install 'redshells\[torch\]'"):
        getattr(train, name)(dataset_task=RowsOfMinimal())


def test_a_contract_says_which_extra_is_missing() -> None:
    if importlib.util.find_spec('pandera') is not None:
        pytest.skip('pandera is installed here')
    with pytest.raises(MissingExtraError, match=r"^CheckDataFrame: .*pip install 'redshells\[contract\]'"):
        data.CheckDataFrame(data_task=RowsOfMinimal())


@pytest.mark.parametrize('tokenizer', ['fugashi', 'sudachi'])
def test_a_tokenizer_says_which_extra_is_missing(tokenizer: str) -> None:
    if importlib.util.find_spec({'fugashi': 'unidic_lite', 'sudachi': 'sudachipy'}[tokenizer]) is not None:
        pytest.skip(f'{tokenizer} is installed here')
    with pytest.raises(MissingExtraError, match=r"^TokenizeJapanese: .*pip install 'redshells\[japanese\]'"):
        data.TokenizeJapanese(data_task=RowsOfMinimal(), tokenizer=tokenizer)


def test_tokens_need_no_extra(tmp_path: Path) -> None:
    rows = RowsOfMinimal(workspace_directory=str(tmp_path))
    task = data.TokenizeText(
        data_task=rows, text_column_name='category', token_pattern=r'\w+', workspace_directory=str(tmp_path)
    )
    assert gokart.build(task, reset_register=False) == [['a'], ['a'], ['b']] * 10


@pytest.mark.parametrize('verb', ['ReportModel', 'ReportTuning', 'ReportData'])
def test_a_report_says_which_extra_is_missing(verb: str) -> None:
    if all(importlib.util.find_spec(library) is not None for library in ('jinja2', 'matplotlib')):
        pytest.skip('jinja2 and matplotlib are installed here')
    given = {'ReportModel': ('model_task', 'data_task'), 'ReportTuning': ('tuning_task',), 'ReportData': ('data_task',)}
    with pytest.raises(MissingExtraError, match=rf"^{verb}: .*pip install 'redshells\[report\]'"):
        getattr(report, verb)(**{name: RowsOfMinimal() for name in given[verb]})


def test_a_file_on_s3_says_which_extra_is_missing() -> None:
    if importlib.util.find_spec('boto3') is not None:
        pytest.skip('boto3 is installed here')
    with pytest.raises(MissingExtraError, match=r"^LoadExistingFile: .*pip install 'redshells\[s3\]'"):
        data.LoadExistingFile(file_path='s3://bucket/table.csv')


def test_an_estimator_is_trained_and_predicts(tmp_path: Path) -> None:
    rows = RowsOfMinimal(workspace_directory=str(tmp_path))
    model = train.TrainClassificationModel(
        train_data_task=rows, model_name='RandomForestClassifier', workspace_directory=str(tmp_path)
    )
    predictions = gokart.build(
        PredictTable(model_task=model, data_task=rows, workspace_directory=str(tmp_path)), reset_register=False
    )

    assert len(predictions) == 30
    assert set(predictions['prediction']) <= {'a', 'b'}
