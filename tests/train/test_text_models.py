"""Text models as tasks: what goes in, what wins, and what comes out, from texts to a report."""

from __future__ import annotations

import re
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gokart
import numpy as np
import pandas as pd
import polars as pl
import pytest
from gokart.file_processor import FileProcessor
from gokart.target import TargetOnKart

import redshells
from redshells import parameter
from redshells.data import TokenizeText
from redshells.errors import (
    ColumnTypeError,
    DataError,
    MissingColumnError,
    MissingValueError,
    ParameterError,
    ResultMismatchError,
    SearchSpaceError,
)
from redshells.predict import InferDocumentVectors, PredictTable
from redshells.report import ReportModel, ReportTuning
from redshells.train import (
    OptimizeFastText,
    OptimizeLdaModel,
    OptimizeSCDV,
    OptimizeTfidf,
    OptimizeWord2Vec,
    TrainClassificationModel,
    TrainDictionary,
    TrainDoc2Vec,
    TrainFastText,
    TrainLdaModel,
    TrainSCDV,
    TrainTfidf,
    TrainWord2Vec,
    ValidateLdaModel,
    ValidateTfidf,
    ValidateWord2Vec,
)
from tests.model.topics import topic_documents
from tests.tables import Workspace

DOCUMENTS = topic_documents(60)
TOPICS = np.array(['animals', 'colours', 'tools'])[np.arange(60) % 3]
TABLE = pd.DataFrame({'tokens': DOCUMENTS, 'category': TOPICS}, index=np.arange(60) * 2 + 5)
COLUMNS = {'text_column_name': 'tokens', 'target_column_name': 'category'}
SMALL: dict[str, Any] = {
    TrainWord2Vec: {'word2vec_kwargs': {'vector_size': 8, 'min_count': 1, 'epochs': 2}, 'workers': 1},
    TrainFastText: {'fasttext_kwargs': {'vector_size': 8, 'min_count': 1, 'epochs': 2, 'bucket': 100}, 'workers': 1},
    TrainDoc2Vec: {'doc2vec_kwargs': {'vector_size': 8, 'min_count': 1, 'epochs': 2}, 'workers': 1},
    TrainTfidf: {},
    TrainLdaModel: {'lda_model_kwargs': {'n_topics': 3}},
}


class OnceOnly(FileProcessor):
    """Gives documents that can be read once only, as a generator, whatever is in the file."""

    def __init__(self, kind: str, count: int) -> None:
        self.kind, self.count = kind, count

    def format(self) -> Any:
        return None

    def load(self, file: Any) -> Iterator[Any]:
        return documents_of(self.kind, self.count)

    def dump(self, obj: Any, file: Any) -> None:
        raise AssertionError('it is there already')


class Generated(gokart.TaskOnKart[Any]):
    """A task whose output is a generator."""

    task_namespace = 'tests.train'

    kind: str = parameter.text(description='What it yields.')
    count: int = parameter.integer(default=60, description='How many documents.')

    def output(self) -> TargetOnKart:
        return self.make_target(__file__, use_unique_id=False, processor=OnceOnly(self.kind, self.count))

    def run(self) -> None:
        raise AssertionError('it is there already')


def documents_of(kind: str, count: int) -> Iterator[Any]:
    if kind == 'tokens':
        yield from topic_documents(count)
    if kind == 'strings':
        yield from (' '.join(document) for document in topic_documents(count))
    if kind == 'tables':
        yield from (TABLE[start : start + 25] for start in (0, 25, 50))
    if kind == 'long':
        yield from ([f'token{number % 50}'] * 100 for number in range(count))


def text_of(report: Any) -> str:
    """What a reader sees of a page."""
    html = re.sub(r'<(script|style)\b.*?</\1>', '', report.html, flags=re.DOTALL)
    return re.sub(r'\s+', ' ', re.sub(r'<[^>]+>', ' ', html))


def task_of(workspace: Workspace, task_class: Any, documents: Any = DOCUMENTS, **parameters: Any) -> Any:
    given = documents if isinstance(documents, gokart.TaskOnKart) else workspace.given(documents)
    return workspace.task(task_class, tokenized_text_data_task=given, **{**SMALL.get(task_class, {}), **parameters})


@pytest.mark.parametrize('sparse', [True, False])
def test_from_texts_to_a_report(workspace: Workspace, sparse: bool) -> None:
    texts = TABLE.assign(text=[' '.join(document).upper() for document in DOCUMENTS]).drop(columns='tokens')
    tokens = workspace.task(TokenizeText, texts, text_column_name='text', token_column_name='tokens')
    train_class: Any = TrainTfidf if sparse else TrainLdaModel
    model = task_of(workspace, train_class, tokens, text_column_name='tokens')
    vectors = workspace.task(
        InferDocumentVectors, tokens, model_task=model, text_column_name='tokens', kept_column_names=['category']
    )
    classifier = workspace.task(
        TrainClassificationModel,
        vectors,
        model_name='sklearn.linear_model:LogisticRegression',
        target_column_name='category',
    )
    predictions = workspace.build(PredictTable, vectors, model_task=classifier)
    report = workspace.build(ReportModel, data_task=vectors, model_task=classifier, number_of_resamples=20, n_jobs=1)

    assert (predictions['prediction'] == TABLE['category']).mean() > 0.9
    assert predictions.index.equals(TABLE.index)
    text = text_of(report)
    assert 'LogisticRegression' in text
    assert 'vector' in text
    assert not re.search(r'\bnan\b|\bNone\b|csr_array|object at 0x|\{\w+\}', text)
    assert report.content['scores']['logloss'][0] < 0.5
    assert workspace.build(model).training['documents'] == 60


@pytest.mark.parametrize('task_class', list(SMALL))
def test_documents_of_all_kinds_give_one_model(workspace: Workspace, task_class: Any) -> None:
    named = {'text_column_name': 'tokens'}
    models = [
        workspace.build(task_of(workspace, task_class, documents, **names))
        for documents, names in [
            (DOCUMENTS, {}),
            ([' '.join(document) for document in DOCUMENTS], {}),
            (pl.DataFrame({'tokens': DOCUMENTS}), named),
            ([TABLE[:10], TABLE[10:]], named),
            (Generated(kind='strings'), {}),
            (Generated(kind='tables'), named),
        ]
    ]
    expected = models[0].document_vectors(DOCUMENTS)
    for model in models[1:]:
        assert abs(model.document_vectors(DOCUMENTS) - expected).max() == 0


def test_a_corpus_need_not_fit_into_memory(workspace: Workspace) -> None:
    def peak(count: int) -> int:
        task = task_of(workspace, TrainWord2Vec, Generated(kind='long', count=count))
        tracemalloc.start()
        try:
            with task.corpus_of(task.load_documents()) as corpus:
                assert len(corpus) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    assert peak(3_000) < 1.5 * peak(300)


@pytest.mark.parametrize('documents', ['polars', 'chunks', 'generator'])
def test_labels_come_with_documents_of_all_kinds(workspace: Workspace, documents: str) -> None:
    given: Any = Generated(kind='tables')
    if documents == 'polars':
        given = workspace.given(pl.DataFrame({'tokens': DOCUMENTS, 'category': TOPICS}))
    elif documents == 'chunks':
        given = workspace.given([TABLE[:40], TABLE[40:]])
    result = workspace.build(task_of(workspace, ValidateTfidf, given, cross_validation_size=2, **COLUMNS))
    assert result['scores'].set_index(['metric', 'fold'])['score']['accuracy'].min() > 0.7
    assert len(result['predictions']) == 60


TUNING: dict[str, Any] = {'n_trials': 2, 'cross_validation_size': 2, 'show_progress': False}


def test_the_best_arguments_feed_the_training_and_explicit_ones_win(workspace: Workspace) -> None:
    space = {'vector_size': {'type': 'int', 'low': 3, 'high': 6}}
    given = {'epochs': 2, 'min_count': 1}
    best = task_of(
        workspace, OptimizeWord2Vec, TABLE, word2vec_kwargs=given, search_space=space, workers=1, **TUNING, **COLUMNS
    )
    tuned, explicit = (
        workspace.build(task_of(workspace, TrainWord2Vec, best_params_task=best, word2vec_kwargs=kwargs))
        for kwargs in ({}, {'vector_size': 7, 'window': 2})
    )
    result = workspace.build(best)
    assert result.best_params == {'vector_size': result.best_params['vector_size'], **given}
    assert (tuned.vector_size, tuned.epochs, tuned.min_count) == (result.best_params['vector_size'], 2, 1)
    assert (explicit.vector_size, explicit.epochs, explicit.window) == (7, 2, 2)
    scores = workspace.build(
        task_of(
            workspace, ValidateWord2Vec, TABLE, best_params_task=best, cross_validation_size=2, workers=1, **COLUMNS
        )
    )['scores']
    assert scores['fold'].nunique() == 2
    error = workspace.failure(task_of(workspace, TrainTfidf, best_params_task=best))
    assert isinstance(error, ResultMismatchError)
    assert "model='Word2Vec'" in str(error)


def test_the_best_filter_feeds_the_dictionary(workspace: Workspace) -> None:
    space = {'keep_n': {'type': 'int', 'low': 18, 'high': 22}}
    given: dict[str, Any] = {'dictionary_filter_kwargs': {'no_above': 1.0, 'no_below': 1}}
    best = task_of(workspace, OptimizeTfidf, TABLE, search_space=space, **given, **TUNING, **COLUMNS)
    keep_n = workspace.build(best).best_params['keep_n']

    assert len(workspace.build(task_of(workspace, TrainDictionary, best_params_task=best))) == keep_n
    assert len(workspace.build(task_of(workspace, TrainTfidf, best_params_task=best)).dictionary) == keep_n
    other = {'dictionary_filter_kwargs': {'keep_n': 5}}
    assert len(workspace.build(task_of(workspace, TrainDictionary, best_params_task=best, **other))) == 5
    wrong = workspace.failure(task_of(workspace, TrainDictionary, best_params_task=workspace.given([1])))
    assert 'best_params_task=GivenTable outputs a list; an Optimize… task' in str(wrong)


def test_a_search_of_some_arguments_takes_the_usual_others(workspace: Workspace) -> None:
    space = {'iterations': {'type': 'int', 'low': 1, 'high': 2}}
    result = workspace.build(task_of(workspace, OptimizeLdaModel, search_space=space, n_trials=1))
    assert set(result.best_params) == {'iterations'}
    assert result.metric == 'coherence'
    words = task_of(workspace, TrainWord2Vec)
    dictionary = task_of(workspace, TrainDictionary, dictionary_filter_kwargs={})
    space = {'sparsity_percentage': {'type': 'float', 'low': 0.01, 'high': 0.1}}
    stands_on = {'dictionary_task': dictionary, 'word2vec_task': words}
    search = task_of(workspace, OptimizeSCDV, TABLE, search_space=space, **stands_on, **TUNING, **COLUMNS)
    error = workspace.failure(search)
    assert 'No model' not in str(error)
    assert 'The last model was refused: ' in str(error)
    assert '22 tokens' in str(error)  # there are fewer than 60, the usual number of clusters


def test_word_pairs(workspace: Workspace) -> None:
    words = sorted({word for document in DOCUMENTS for word in document})
    pairs = pd.DataFrame({'word_0': words[:12], 'word_1': words[1:13], 'similarity': range(12)})
    space = {'window': {'type': 'int', 'low': 1, 'high': 3}}
    kwargs = {**SMALL[TrainFastText], 'search_space': space, 'n_trials': 2}

    result = workspace.build(task_of(workspace, OptimizeFastText, word_pair_task=workspace.given(pairs), **kwargs))

    assert (result.metric, result.direction) == ('word_pairs', 'maximize')
    assert -1 <= result.best_value <= 1
    for table, error, message in [
        (pairs.drop(columns='word_1'), MissingColumnError, 'Set word_pair_column_names'),
        (pairs.assign(word_0=None), MissingValueError, "'word_0' is missing in 12 of 12 rows"),
        (pairs.assign(word_0='unknown'), DataError, '0 of 12 pairs have two words of the documents'),
    ]:
        failure = workspace.failure(
            task_of(workspace, OptimizeFastText, word_pair_task=workspace.given(table), **kwargs)
        )
        assert isinstance(failure, error)
        assert message in str(failure)
        assert 'word_pair_task=GivenTable' in str(failure)


@pytest.mark.parametrize('task_class', [TrainWord2Vec, TrainFastText, TrainDoc2Vec])
def test_a_warm_start_keeps_the_words_and_adds_new_ones(workspace: Workspace, task_class: Any) -> None:
    earlier = task_of(workspace, task_class)
    more = [['new', 'cat', 'word'], ['new', 'dog']] * 5

    model = workspace.build(task_of(workspace, task_class, more, initial_model_task=earlier))

    first = workspace.build(earlier)
    assert set(first.wv.key_to_index) | {'new', 'word'} == set(model.wv.key_to_index)
    if task_class is not TrainFastText:  # whose words share their parts
        np.testing.assert_array_equal(model.wv['hammer'], first.wv['hammer'])
    assert (model.wv['cat'] != first.wv['cat']).any()
    other = task_of(workspace, TrainTfidf)
    failure = workspace.failure(task_of(workspace, task_class, more, initial_model_task=other))
    assert f'initial_model_task=TrainTfidf outputs a Tfidf; a {task_class.__name__} task is expected' in str(failure)


class Several(gokart.TaskOnKart[Any]):
    task_namespace = 'tests.train'

    def output(self) -> dict[str, TargetOnKart]:
        return {'a': self.make_target('a.pkl'), 'b': self.make_target('b.pkl')}


def test_what_can_not_be_an_input_is_refused_when_the_task_is_constructed(workspace: Workspace) -> None:
    good, several = workspace.given(DOCUMENTS), Several()
    dictionary = workspace.task(TrainDictionary, tokenized_text_data_task=good)
    for task_class, name in [
        (TrainWord2Vec, 'tokenized_text_data_task'),
        (TrainWord2Vec, 'initial_model_task'),
        (TrainDictionary, 'best_params_task'),
        (TrainTfidf, 'dictionary_task'),
        (TrainLdaModel, 'dictionary_task'),
        (OptimizeWord2Vec, 'word_pair_task'),
    ]:
        with pytest.raises(ParameterError, match=f'{name}=Several has several outputs'):
            workspace.task(task_class, **{'tokenized_text_data_task': good, name: several})
    with pytest.raises(ParameterError, match='best_params_task=TrainDictionary outputs a model; a tuning result'):
        task_of(workspace, TrainTfidf, best_params_task=dictionary)
    with pytest.raises(
        ParameterError, match=r'tokenized_text_data_task=TrainDictionary outputs a model; .* of documents is'
    ):
        workspace.task(TrainTfidf, tokenized_text_data_task=dictionary)


def test_what_does_not_go_together_is_refused_when_the_task_is_constructed(workspace: Workspace) -> None:
    with pytest.raises(SearchSpaceError, match=r"search_space has \['no_beneath'\], which Tfidf does not take"):
        task_of(workspace, OptimizeTfidf, search_space={'no_beneath': {'type': 'int', 'low': 1, 'high': 2}}, **COLUMNS)
    with pytest.raises(ParameterError, match="metric='accuracy' needs labels; target_column_name"):
        task_of(workspace, OptimizeTfidf)
    with pytest.raises(ParameterError, match="metric='coherence' was given, which Word2Vec does not have"):
        task_of(workspace, OptimizeWord2Vec, metric='coherence')
    with pytest.raises(ParameterError, match='there is nothing to tune for'):
        task_of(workspace, OptimizeWord2Vec)
    with pytest.raises(ParameterError, match='three names are expected'):
        task_of(workspace, OptimizeWord2Vec, word_pair_column_names=['a', 'b'], **COLUMNS)
    with pytest.raises(ParameterError, match='target_column_name was not given'):
        task_of(workspace, ValidateLdaModel)
    with pytest.raises(ParameterError, match='workers=0'):
        task_of(workspace, TrainWord2Vec, workers=0)
    dictionary = task_of(workspace, TrainDictionary)
    with pytest.raises(ParameterError, match='dictionary_task was given together with'):
        task_of(workspace, TrainTfidf, dictionary_task=dictionary, dictionary_filter_kwargs={'no_below': 2})


def test_errors_name_the_input_and_the_parameter(workspace: Workspace) -> None:
    def failure(task_class: Any, documents: Any, **parameters: Any) -> Exception:
        return workspace.failure(task_of(workspace, task_class, documents, **parameters))

    small = {'cross_validation_size': 2}
    for error, kind, message in [
        (failure(TrainWord2Vec, TABLE, text_column_name='text'), MissingColumnError, 'Set text_column_name'),
        (failure(TrainWord2Vec, TABLE), ParameterError, 'text_column_name was not given'),
        (failure(TrainWord2Vec, [['a', 1]]), ColumnTypeError, 'a token of document 0 is of type int'),
        (failure(TrainWord2Vec, [['a', 'half\ud83d']]), DataError, 'half a character'),
        (failure(ValidateTfidf, DOCUMENTS, **small, target_column_name='x'), ColumnTypeError, 'of type list'),
        (
            failure(ValidateTfidf, TABLE, **small, **{**COLUMNS, 'target_column_name': 'x'}),
            MissingColumnError,
            'Set target_column_name',
        ),
        (failure(ValidateTfidf, TABLE.assign(category=None), **small, **COLUMNS), DataError, "'category'"),
        (failure(OptimizeTfidf, TABLE.assign(category='one'), **TUNING, **COLUMNS), DataError, "'category'"),
    ]:
        assert isinstance(error, kind), error
        assert message in str(error)
        assert 'half' in message or isinstance(error, ParameterError) or 'tokenized_text_data_task=' in str(error)


def test_the_report_of_a_search_is_plain_words(workspace: Workspace) -> None:
    space = {'keep_n': {'type': 'int', 'low': 3, 'high': 22}, 'no_below': {'type': 'categorical', 'choices': [1, 999]}}
    best = task_of(
        workspace,
        OptimizeTfidf,
        TABLE,
        search_space=space,
        sampler='RandomSampler',
        **{**TUNING, 'n_trials': 6},
        **COLUMNS,
    )
    for language in ('en', 'ja'):
        report = workspace.build(ReportTuning, tuning_task=best, language=language)
        text = text_of(report)
        assert 'Tfidf' in text
        assert not re.search(r'\bnan\b|\bNone\b|object at 0x|\{\w+\}', text)
    coherence = task_of(
        workspace, OptimizeLdaModel, n_trials=2, search_space={'n_topics': {'type': 'int', 'low': 2, 'high': 4}}
    )
    page = text_of(workspace.build(ReportTuning, tuning_task=coherence))
    assert 'LdaModel (text)' in page
    assert 'cross-validated' not in page


def test_the_archive_is_the_model(workspace: Workspace, tmp_path: Path) -> None:
    words = task_of(workspace, TrainFastText)
    dictionary = task_of(workspace, TrainDictionary, dictionary_filter_kwargs={})
    task = task_of(workspace, TrainSCDV, dictionary_task=dictionary, word2vec_task=words, cluster_size=3)

    model = workspace.build(task)

    again = redshells.load_model(task.output().path())
    assert (again.document_vectors(DOCUMENTS) != model.document_vectors(DOCUMENTS)).nnz == 0
    assert again.training['inputs']['word2vec_task']['task'] == 'TrainFastText'
    assert not list((tmp_path / 'temporary').iterdir())


FORKED = """
import pickle, sys
from pathlib import Path

import gokart
import lightgbm
import numpy as np
from sklearn.cluster import KMeans

from redshells.predict import InferDocumentVectors
from tests.tables import Workspace
from tests.train.test_text_models import DOCUMENTS, text_tasks


class All(gokart.TaskOnKart):
    tasks = gokart.ListTaskInstanceParameter()

    def requires(self):
        return self.tasks

    def output(self):
        return self.make_target('all.pkl')

    def run(self):
        self.dump(True)


if __name__ == '__main__':
    X = np.random.default_rng(0).random((5000, 10))
    lightgbm.train({'verbose': -1, 'num_threads': 2}, lightgbm.Dataset(X, X[:, 0]), 2)
    KMeans(3, n_init=1).fit(X)
    workspace = Workspace(Path(sys.argv[1]))
    gokart.build(workspace.task(All, tasks=text_tasks(workspace)), workers=2, reset_register=False)
"""


def text_tasks(workspace: Workspace) -> list[Any]:
    words = task_of(workspace, TrainWord2Vec)
    dictionary = task_of(workspace, TrainDictionary, dictionary_filter_kwargs={})
    scdv = task_of(workspace, TrainSCDV, dictionary_task=dictionary, word2vec_task=words, cluster_size=3)
    models = [scdv, task_of(workspace, TrainLdaModel)]
    return [workspace.task(InferDocumentVectors, DOCUMENTS, model_task=model, dense=True) for model in models]


def test_forked_workers_give_the_same_after_libraries_with_threads_were_used(
    workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / 'forked').mkdir()
    command = [sys.executable, '-c', FORKED, str(tmp_path / 'forked')]
    subprocess.run(command, cwd=Path(__file__).parents[2], check=True, timeout=100, capture_output=True)

    for here, there in zip(text_tasks(workspace), text_tasks(Workspace(tmp_path / 'forked')), strict=True):
        assert there.complete()
        vectors = [np.stack(list(pd.read_pickle(there.output().path())['vector']))]
        vectors.append(np.stack(list(workspace.build(here)['vector'])))
        np.testing.assert_array_equal(*vectors)


def test_a_search_can_be_helped(workspace: Workspace) -> None:
    given = workspace.given(TABLE)
    task = task_of(
        workspace, OptimizeTfidf, given, text_column_name='tokens', target_column_name='category', n_trials=3
    )
    workspace.build(given)

    task.help_search()
    helped_until = pd.Timestamp.now()

    assert not task.output().exists()
    records = workspace.build(task).trial_records
    assert [record.number for record in records] == [0, 1, 2]
    assert all(pd.Timestamp(record.started) < helped_until for record in records), 'the build has nothing left to try'
