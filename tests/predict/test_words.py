"""Similar words, and word vectors in the format of the original word2vec."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from gensim.models import KeyedVectors

from redshells.errors import ColumnTypeError, MissingColumnError, ParameterError
from redshells.predict import ExportWordVectors, FindSimilarWords
from redshells.train import TrainDoc2Vec, TrainFastText, TrainTfidf, TrainWord2Vec
from tests.model.topics import topic_documents, topic_of
from tests.tables import Workspace

DOCUMENTS = topic_documents(300)
ARGUMENTS: dict[str, Any] = {'vector_size': 8, 'min_count': 1, 'sg': 1, 'epochs': 15, 'window': 8, 'alpha': 0.1}


@pytest.fixture
def words(workspace: Workspace) -> Any:
    return model_of(workspace, TrainWord2Vec, word2vec_kwargs=ARGUMENTS)


def model_of(workspace: Workspace, task_class: Any, **parameters: Any) -> Any:
    return workspace.task(task_class, tokenized_text_data_task=workspace.given(DOCUMENTS), workers=1, **parameters)


def find(workspace: Workspace, model: Any, **parameters: Any) -> Any:
    return workspace.task(FindSimilarWords, model_task=model, **parameters)


def test_words_of_a_topic_are_similar(workspace: Workspace, words: Any) -> None:
    task = find(workspace, words, words=['saw', 'missing', 'cat', 'red'], top_n=3)

    result = workspace.build(task)

    assert list(result.columns) == ['word', 'similar_word', 'rank', 'similarity']
    assert result['word'].tolist() == ['saw'] * 3 + ['cat'] * 3 + ['red'] * 3
    assert result['rank'].tolist() == [1, 2, 3] * 3
    assert result['rank'].dtype == np.int64
    assert (result['word'].map(topic_of) == result['similar_word'].map(topic_of)).mean() > 0.8
    assert (result['word'] != result['similar_word']).all()
    expected = workspace.build(words).wv.most_similar('saw', topn=3)
    assert result['similar_word'][:3].tolist() == [word for word, _ in expected]
    np.testing.assert_allclose(result['similarity'][:3], [similarity for _, similarity in expected], atol=1e-5)
    log = task.get_task_log()
    assert (log['words'], log['words_without_vector'], log['first_words_without_vector']) == (4, 1, ['missing'])


def test_more_words_than_there_are(workspace: Workspace, words: Any) -> None:
    result = workspace.build(find(workspace, words, words=['cat'], top_n=1000))
    assert len(result) == len(workspace.build(words).wv) - 1
    assert result['similar_word'].is_unique


@pytest.mark.parametrize(
    ('given', 'column'),
    [
        (['cat', '', None, 'cat', 'red'], None),
        (('cat', 'red'), None),
        (pd.DataFrame({'w': ['cat', None, 'red']}), 'w'),
        (pd.Series(['cat', 'red'], index=[7, 7]), None),
        ([pd.DataFrame({'w': ['cat']}), pd.DataFrame({'w': ['red']})], 'w'),
    ],
)
def test_words_of_a_task(workspace: Workspace, words: Any, given: Any, column: Any) -> None:
    task = find(workspace, words, word_task=workspace.given(given), word_column_name=column, top_n=1)
    assert workspace.build(task)['word'].tolist() == ['cat', 'red']


def test_no_known_word_gives_an_empty_table(workspace: Workspace, words: Any) -> None:
    result = workspace.build(find(workspace, words, words=['x', 'y']))
    assert result.empty
    assert list(result.columns) == ['word', 'similar_word', 'rank', 'similarity']


def test_fasttext_knows_words_by_their_parts(workspace: Workspace) -> None:
    arguments = {'vector_size': 8, 'min_count': 1, 'epochs': 5, 'bucket': 100, 'min_n': 3}
    task = find(workspace, model_of(workspace, TrainFastText, fasttext_kwargs=arguments), words=['hammers'], top_n=2)
    assert len(workspace.build(task)) == 2
    assert task.get_task_log()['words_without_vector'] == 0


def test_what_can_not_be_found_is_refused(workspace: Workspace, words: Any) -> None:
    tfidf = workspace.task(TrainTfidf, tokenized_text_data_task=workspace.given(DOCUMENTS))
    table = workspace.given(pd.DataFrame({'w': ['cat']}))
    for task, error, message in [
        (find(workspace, tfidf, words=['cat']), ParameterError, 'outputs a Tfidf; a task that outputs word vectors'),
        (find(workspace, words, word_task=table), ParameterError, 'word_column_name was not given'),
        (find(workspace, words, word_task=table, word_column_name='x'), MissingColumnError, 'Set word_column_name'),
        (
            find(workspace, words, word_task=workspace.given(['a']), word_column_name='w'),
            ParameterError,
            "word_column_name='w' was given, and the input is no data frame",
        ),
        (find(workspace, words, word_task=workspace.given([1])), ColumnTypeError, 'word_task=GivenTable'),
        (workspace.task(ExportWordVectors, model_task=tfidf), ParameterError, 'outputs a Tfidf'),
    ]:
        failure = workspace.failure(task)
        assert isinstance(failure, error), failure
        assert message in str(failure)
    with pytest.raises(ParameterError, match='one of them is expected'):
        find(workspace, words)
    with pytest.raises(ParameterError, match='one of them is expected'):
        find(workspace, words, words=['cat'], word_task=table)
    with pytest.raises(ParameterError, match='top_n=0'):
        find(workspace, words, words=['cat'], top_n=0)


@pytest.mark.parametrize('binary', [True, False])
@pytest.mark.parametrize('task_class', [TrainWord2Vec, TrainDoc2Vec])
def test_gensim_reads_what_is_exported(workspace: Workspace, binary: bool, task_class: Any) -> None:
    name = 'word2vec_kwargs' if task_class is TrainWord2Vec else 'doc2vec_kwargs'
    model = model_of(workspace, task_class, **{name: {'vector_size': 8, 'min_count': 1, 'epochs': 2}})
    task = workspace.task(ExportWordVectors, model_task=model, binary=binary)

    workspace.build(task)

    read = KeyedVectors.load_word2vec_format(task.output().path(), binary=binary)
    vectors = workspace.build(model).wv
    assert read.index_to_key == vectors.index_to_key
    np.testing.assert_allclose(read.vectors, vectors.vectors, rtol=0 if binary else 1e-5, atol=0 if binary else 1e-6)
    assert task.get_task_log()['words'] == len(vectors)
