"""TokenizeText and TokenizeJapanese on real gokart."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import polars
import pytest

from redshells.data import ExtractColumnAsList, TokenizeJapanese, TokenizeText
from redshells.errors import ColumnTypeError, DuplicateColumnError, MissingColumnError, ParameterError
from tests.tables import Workspace

ENGLISH = ['The cat sat.', None, 'ONE cat, the ﬁrst!']
JAPANESE = ['図書館で本を読んだ。', None, 'ﾃﾚﾋﾞを見た']


@pytest.mark.parametrize('library', [pd, polars], ids=['pandas', 'polars'])
def test_english(workspace: Workspace, library: Any) -> None:
    table = library.DataFrame({'text': ENGLISH})
    task = workspace.task(TokenizeText, table, text_column_name='text', stop_words=['The'], n_jobs=1)
    assert workspace.build(task) == [['cat', 'sat'], [], ['one', 'cat', 'first']]
    log = {name: task.get_task_log()[name] for name in ('documents', 'empty_documents', 'tokens', 'distinct_tokens')}
    assert log == {'documents': 3, 'empty_documents': 1, 'tokens': 5, 'distinct_tokens': 4}


@pytest.mark.parametrize(
    ('tokenizer', 'first'),
    [('fugashi', ['図書', '本', '読む']), ('sudachi', ['図書館', '本', '読む'])],
)
def test_japanese(workspace: Workspace, tokenizer: str, first: list[str]) -> None:
    task = workspace.task(TokenizeJapanese, JAPANESE, tokenizer=tokenizer)
    assert workspace.build(task) == [first, [], ['テレビ', '見る']]
    assert tokenizer in str(task.get_task_log()['tokenizer'])


def test_parameters_reach_the_tokenizers(workspace: Workspace) -> None:
    found = workspace.build(
        TokenizeText, ['A ca7 ＳＡＴ'], token_pattern='[A-Z0-9ａ-ｚＡ-Ｚ]+', lower_case=False, normalization='none'
    )
    assert found == [['A', '7', 'ＳＡＴ']]
    assert workspace.build(TokenizeText, ['a cat, and'], token_pattern=r'\w+', minimum_token_length=3) == [
        ['cat', 'and']
    ]
    words = {'tokenizer': 'sudachi', 'split_mode': 'A', 'part_of_speech': ['動詞', '接尾辞'], 'use_base_form': False}
    assert workspace.build(TokenizeJapanese, ['図書館で読んだ'], **words) == [['館', '読ん']]


def test_the_output_of_another_task_is_tokenised(workspace: Workspace) -> None:
    texts = workspace.task(ExtractColumnAsList, pd.DataFrame({'text': ENGLISH}), column_name='text')
    assert workspace.build(workspace.task(TokenizeText, texts))[0] == ['the', 'cat', 'sat']
    assert workspace.build(TokenizeText, []) == []


@pytest.mark.parametrize('library', [pd, polars], ids=['pandas', 'polars'])
@pytest.mark.parametrize('task_class', [TokenizeText, TokenizeJapanese])
def test_a_table_with_the_tokens_in_a_column(workspace: Workspace, library: Any, task_class: Any) -> None:
    table = library.DataFrame({'text': ['cat', None], 'category': [1, 2]})
    found = workspace.build(
        workspace.task(task_class, table, text_column_name='text', token_column_name='tokens', n_jobs=1)
    )

    assert found['tokens'].tolist() == [['cat'], []]
    assert found[['text', 'category']].equals(pd.DataFrame({'text': ['cat', None], 'category': [1, 2]}))
    assert 'tokens' not in table.columns
    in_place = workspace.task(task_class, table, text_column_name='text', token_column_name='text', n_jobs=1)
    assert list(workspace.build(in_place).columns) == ['text', 'category']


def test_a_column_for_the_tokens_needs_a_table_without_one_of_that_name(workspace: Workspace) -> None:
    with pytest.raises(ParameterError, match='without text_column_name'):
        workspace.task(TokenizeText, ['a'], token_column_name='tokens')
    table = pd.DataFrame({'text': ['a'], 'tokens': [1]})
    error = workspace.failure(workspace.task(TokenizeText, table, text_column_name='text', token_column_name='tokens'))
    assert isinstance(error, DuplicateColumnError)
    assert "a column of the name 'tokens'" in str(error)


TWO_WORKERS = """
import sys
from pathlib import Path

import gokart
from sklearn.ensemble import HistGradientBoostingRegressor

from redshells import cores
from redshells.data import TokenizeJapanese, TokenizeText
from redshells.model.japanese_tokenizer import JapaneseTokenizer
from redshells.model.regex_tokenizer import RegexTokenizer
from tests.tables import Workspace


class Both(gokart.TaskOnKart):
    tasks = gokart.ListTaskInstanceParameter()

    def requires(self):
        return self.tasks

    def output(self):
        return self.make_target('both.pkl')

    def run(self):
        self.dump(self.load())


if __name__ == '__main__':
    workspace = Workspace(Path(sys.argv[1]))
    JapaneseTokenizer.characters_worth_a_process = RegexTokenizer.characters_worth_a_process = 1
    cores.available_cores = lambda: 4
    HistGradientBoostingRegressor(max_iter=2).fit([[0], [1]] * 50, [0, 1] * 50)  # a fork breaks its threads
    tasks = [workspace.task(TokenizeText, ['cat sat'] * 9), workspace.task(TokenizeJapanese, ['本を読む'] * 9)]
    found = gokart.build(workspace.task(Both, tasks=tasks), reset_register=False, workers=2)
    assert found == [[['cat', 'sat']] * 9, [['本', '読む']] * 9], found
"""


def test_two_workers(tmp_path: Path) -> None:
    """In each of the forked workers another process helps."""
    script = tmp_path / 'two_workers.py'
    script.write_text(TWO_WORKERS)
    path = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path)],
        env={**os.environ, 'PYTHONPATH': path},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_what_does_not_change_the_tokens_does_not_change_the_id(workspace: Workspace) -> None:
    one = workspace.task(TokenizeText, ENGLISH, stop_words=['the', 'a'])
    other = workspace.task(TokenizeText, ENGLISH, stop_words=['a', 'the', 'a'], n_jobs=1, show_progress=False)
    assert one.make_unique_id() == other.make_unique_id()


@pytest.mark.parametrize('task', [TokenizeText, TokenizeJapanese])
def test_wrong_inputs(workspace: Workspace, task: Any) -> None:
    error = workspace.failure(task, [['a', 'cat']])
    assert isinstance(error, ColumnTypeError)
    assert str(error).startswith(f'{task.__name__}: data_task=GivenTable: document 0 is of type list')
    error = workspace.failure(task, pd.DataFrame({'x': ['a']}), text_column_name='text')
    assert isinstance(error, MissingColumnError)
    with pytest.raises(ParameterError, match=rf'^{task.__name__}: n_jobs is 0'):
        workspace.task(task, ['a'], n_jobs=0)
