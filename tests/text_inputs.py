"""Texts for the examples of tasks, models of them, and what all tasks on texts must refuse."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import gokart
import numpy as np
import pandas as pd

from redshells import parameter
from redshells.errors import (
    ColumnTypeError,
    EmptyTableError,
    MissingColumnError,
    MissingValueError,
    ParameterError,
    RedshellsError,
    SplitError,
    TargetError,
)
from redshells.testing import BadInput, bad_table

WORD_VECTORS: dict[str, Any] = {'vector_size': 8, 'min_count': 1, 'epochs': 3}
A_TABLE = {'class': 'pandas:DataFrame', 'arguments': {'data': {'a': [1]}}}


WORDS = {
    'animals': ['cat', 'dog', 'cow', 'horse', 'purr', 'bark', 'stable', 'bone'],
    'drinks': ['tea', 'milk', 'juice', 'water', 'cup', 'glass', 'sugar', 'lemon'],
    'places': ['town', 'street', 'bridge', 'tower', 'river', 'market', 'square', 'port'],
}
_EVERYWHERE = ['the', 'a', 'of', 'and']


def documents(rows: int = 48, seed: int = 0) -> pd.DataFrame:
    """Texts of three topics, with the topic of each."""
    generator = np.random.default_rng(seed)
    topics = [list(WORDS)[row % len(WORDS)] for row in range(rows)]
    texts = [
        ' '.join([*generator.choice(WORDS[topic], 6), *generator.choice(_EVERYWHERE, 3), topic]) for topic in topics
    ]
    return pd.DataFrame({'text': texts, 'topic': topics}, index=pd.RangeIndex(1000, 1000 + rows))


def token_lists(rows: int = 48, seed: int = 0) -> list[list[str]]:
    """The tokens of such texts."""
    return [text.split() for text in documents(rows, seed)['text']]


class MakeModel(gokart.TaskOnKart[Any]):
    """A model of a recipe: ``{'class': ..., 'arguments': ...}``. All that is no recipe is handed on as it is."""

    data_task: gokart.TaskOnKart[Any] = parameter.task(description='The recipe.')

    def output(self) -> Any:
        return self.make_target('recipe/model.pkl')

    def run(self) -> None:
        value = self.load(self.data_task)
        if isinstance(value, dict):
            module, _, names = value['class'].partition(':')
            name, _, method = names.partition('.')
            made = getattr(import_module(module), name)
            value = (getattr(made, method) if method else made)(**value['arguments'])
        self.dump(value)


def dictionary_recipe() -> dict[str, Any]:
    """Of a dictionary."""
    return {'class': 'redshells.model.dictionary:Dictionary', 'arguments': {'documents': token_lists()}}


def model_recipe(model: str, **arguments: Any) -> dict[str, Any]:
    """Of a text model, such as ``'word2vec:Word2Vec'``."""
    shared = {'documents': token_lists(), 'random_seed': 0, 'workers': 1, 'show_progress': False}
    return {'class': f'redshells.model.{model}.from_documents', 'arguments': {**shared, **arguments}}


def changed(name: str, error: type[RedshellsError], **values: Any) -> BadInput:
    """Other inputs instead of those of these names."""
    return BadInput(name=name, error=error, change=lambda inputs: {**inputs, **values})


def given(name: str, error: type[RedshellsError], **parameters: Any) -> BadInput:
    """Other parameters instead of those of these names."""
    return BadInput(name=name, error=error, parameters=parameters)


def bad_texts(name: str = 'text', *, in_short: bool = False) -> tuple[BadInput, ...]:
    """What tasks on texts refuse; the input is a table with a column of texts.

    Args:
        name: The input.
        in_short: For tasks that read it as another one does.
    """

    def with_a_list(data: pd.DataFrame) -> pd.DataFrame:
        return data.assign(text=pd.Series([['a', 'cat'], *data['text'].iloc[1:]], data.index, dtype=object))

    found = (
        bad_table(name, 'no documents', EmptyTableError, lambda data: data.iloc[:0]),
        changed('a single text', ColumnTypeError, **{name: 'a cat'}),
        bad_table(name, 'numbers', ColumnTypeError, lambda data: data.assign(text=1)),
        bad_table(name, 'a missing text column', MissingColumnError, lambda data: data.drop(columns='text')),
        given('no name of the text column', ParameterError, text_column_name=None),
    )
    if in_short:
        return found
    return (
        *found,
        bad_table(name, 'a dict', ColumnTypeError, lambda data: data.to_dict('list')),
        bad_table(name, 'numbers as tokens', ColumnTypeError, lambda data: data.assign(text=[[1, 2]] * len(data))),
        bad_table(name, 'mixed kinds', ColumnTypeError, with_a_list),
    )


BAD_PARAMETERS = (
    given('a fractional seed', ParameterError, random_seed=3.5),
    given('a class for a task', ParameterError, tokenized_text_data_task=gokart.TaskOnKart),
)
NO_TOKENS = bad_table('text', 'documents without tokens', EmptyTableError, lambda data: data.assign(text=''))


def _one_of_the_others(data: pd.DataFrame) -> pd.DataFrame:
    return data.assign(topic=['places', *['animals'] * (len(data) - 1)])


BAD_LABELS = (
    bad_table('text', 'a missing target column', MissingColumnError, lambda data: data.drop(columns='topic')),
    bad_table('text', 'labels of one class', TargetError, lambda data: data.assign(topic='animals')),
    bad_table('text', 'numbers as labels', TargetError, lambda data: data.assign(topic=np.arange(len(data)) / 2)),
    bad_table(
        'text', 'a missing label', MissingValueError, lambda data: data.assign(topic=[None, *data['topic'].iloc[1:]])
    ),
    bad_table('text', 'one document of all other labels', SplitError, _one_of_the_others),
    given('more folds than documents', SplitError, cross_validation_size=1000),
)


def dense(vectors: Any) -> Any:
    """Dense vectors of dense or sparse ones."""
    return vectors.toarray() if hasattr(vectors, 'toarray') else np.array(vectors)
