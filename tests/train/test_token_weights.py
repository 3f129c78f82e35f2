"""The dictionary and TF-IDF as tasks."""

from __future__ import annotations

from typing import Any

import gensim.corpora
import pandas as pd
import pytest

import redshells
from redshells.data import TokenizeText
from redshells.errors import ColumnTypeError, EmptyTableError, ParameterError
from redshells.train import TrainDictionary, TrainTfidf
from tests.tables import Workspace

TEXTS = ['The cat sat on the mat.', 'Two cats sat.', None, 'A dog and a cat.'] * 3
TOKENS = [['the', 'cat', 'sat', 'on', 'the', 'mat'], ['two', 'cats', 'sat'], [], ['dog', 'and', 'cat']] * 3
ALL: dict[str, Any] = {'dictionary_filter_kwargs': {}}


def test_from_texts_to_weights(workspace: Workspace) -> None:
    tokens = workspace.task(TokenizeText, pd.DataFrame({'text': TEXTS}), text_column_name='text')
    dictionary = workspace.task(TrainDictionary, tokenized_text_data_task=tokens, **ALL)
    tfidf = workspace.task(TrainTfidf, tokenized_text_data_task=tokens, dictionary_task=dictionary)

    model = workspace.build(tfidf)

    assert workspace.build(tokens) == TOKENS
    assert workspace.build(dictionary).token2id == gensim.corpora.Dictionary(TOKENS).token2id
    assert model.apply([['dog', 'sat']])[0][0][0] == 'dog'
    record = redshells.load_model(tfidf.output().path()).training
    assert record['documents'] == 12
    assert record['inputs']['tokenized_text_data_task']['task'] == 'TokenizeText'


@pytest.mark.parametrize(
    ('documents', 'parameters'),
    [
        (TOKENS, {}),
        ([' '.join(tokens) for tokens in TOKENS], {}),
        (pd.DataFrame({'text': TOKENS}), {'text_column_name': 'text'}),
    ],
)
def test_all_kinds_of_documents_give_the_same(workspace: Workspace, documents: Any, parameters: Any) -> None:
    given = workspace.given(documents)
    model = workspace.build(workspace.task(TrainTfidf, tokenized_text_data_task=given, **parameters))
    assert dict(model.dictionary.token2id) == gensim.corpora.Dictionary(TOKENS).token2id


def test_the_filter_is_that_of_gensim(workspace: Workspace) -> None:
    arguments = {'no_below': 4, 'no_above': 0.6, 'keep_n': 2, 'keep_tokens': ['mat']}
    task = workspace.task(
        TrainDictionary, tokenized_text_data_task=workspace.given(TOKENS), dictionary_filter_kwargs=arguments
    )
    expected = gensim.corpora.Dictionary(TOKENS)
    expected.filter_extremes(**arguments)
    assert workspace.build(task).token2id == expected.token2id
    assert task.get_task_log()['different_tokens'] == 9


def test_what_is_no_corpus_is_refused(workspace: Workspace) -> None:
    def failure(task_class: Any, documents: Any, **parameters: Any) -> Exception:
        given = workspace.given(documents)
        return workspace.failure(workspace.task(task_class, tokenized_text_data_task=given, **parameters))

    assert isinstance(failure(TrainTfidf, []), EmptyTableError)
    assert isinstance(failure(TrainTfidf, {'a': 1}), ColumnTypeError)
    error = failure(TrainDictionary, TOKENS, dictionary_filter_kwargs={'no_below': 99})
    assert isinstance(error, ParameterError)
    assert 'leaves none of the 9 tokens of 12 documents' in str(error)
    wrong = failure(TrainTfidf, TOKENS, dictionary_task=workspace.given(TOKENS))
    assert 'dictionary_task=GivenTable outputs a list; a TrainDictionary task is expected' in str(wrong)
    with pytest.raises(ParameterError, match=r"dictionary_filter_kwargs has \['no_beneath'\]"):
        workspace.task(
            TrainDictionary,
            tokenized_text_data_task=workspace.given(TOKENS),
            dictionary_filter_kwargs={'no_beneath': 1},
        )
