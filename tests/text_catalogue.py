"""One minimal example of each public task on texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

import gokart
import numpy as np
import pandas as pd

from redshells import parameter
from redshells import train as train_tasks
from redshells.errors import (
    ColumnTypeError,
    DataError,
    EmptyTableError,
    MissingColumnError,
    MissingValueError,
    NoCompleteTrialError,
    ParameterError,
    RedshellsError,
    SearchSpaceError,
    SplitError,
    TargetError,
    UnknownArgumentError,
    UnknownNameError,
)
from redshells.predict import ExportWordVectors, FindSimilarDocuments, FindSimilarWords, InferDocumentVectors
from redshells.testing import BadInput, TaskExample, bad_table

_WORDS = {
    'animals': ['cat', 'dog', 'cow', 'horse', 'purr', 'bark', 'stable', 'bone'],
    'drinks': ['tea', 'milk', 'juice', 'water', 'cup', 'glass', 'sugar', 'lemon'],
    'places': ['town', 'street', 'bridge', 'tower', 'river', 'market', 'square', 'port'],
}
_EVERYWHERE = ['the', 'a', 'of', 'and']


def documents(rows: int = 48, seed: int = 0) -> pd.DataFrame:
    """Texts of three topics, with the topic of each."""
    generator = np.random.default_rng(seed)
    topics = [list(_WORDS)[row % len(_WORDS)] for row in range(rows)]
    texts = [
        ' '.join([*generator.choice(_WORDS[topic], 6), *generator.choice(_EVERYWHERE, 3), topic]) for topic in topics
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


def _changed(name: str, error: type[RedshellsError], **values: Any) -> BadInput:
    """Other inputs instead of those of these names."""
    return BadInput(name=name, error=error, change=lambda inputs: {**inputs, **values})


def _given(name: str, error: type[RedshellsError], **parameters: Any) -> BadInput:
    """Other parameters instead of those of these names."""
    return BadInput(name=name, error=error, parameters=parameters)


def _bad_texts(name: str = 'text', texts: str = 'text') -> tuple[BadInput, ...]:
    """What all tasks on texts refuse; the input is a table with a column of texts."""

    def with_a_list(data: pd.DataFrame) -> pd.DataFrame:
        return data.assign(**{texts: pd.Series([['a', 'cat'], *data[texts].iloc[1:]], data.index, dtype=object)})

    return (
        bad_table(name, 'no documents', EmptyTableError, lambda data: data.iloc[:0]),
        _changed('a single text', ColumnTypeError, **{name: 'a cat'}),
        bad_table(name, 'a dict', ColumnTypeError, lambda data: data.to_dict('list')),
        bad_table(name, 'numbers', ColumnTypeError, lambda data: data.assign(**{texts: 1})),
        bad_table(
            name, 'numbers as tokens', ColumnTypeError, lambda data: data.assign(**{texts: [[1, 2]] * len(data)})
        ),
        bad_table(name, 'mixed kinds', ColumnTypeError, with_a_list),
        bad_table(name, 'a missing text column', MissingColumnError, lambda data: data.drop(columns=texts)),
        _given('no name of the text column', ParameterError, text_column_name=None),
    )


_BAD_PARAMETERS = (
    _given('a fractional seed', ParameterError, random_seed=3.5),
    _given('a class for a task', ParameterError, tokenized_text_data_task=gokart.TaskOnKart),
)
_NO_TOKENS = bad_table('text', 'documents without tokens', EmptyTableError, lambda data: data.assign(text=''))


def _one_of_the_others(data: pd.DataFrame) -> pd.DataFrame:
    return data.assign(topic=['places', *['animals'] * (len(data) - 1)])


_BAD_LABELS = (
    bad_table('text', 'a missing target column', MissingColumnError, lambda data: data.drop(columns='topic')),
    bad_table('text', 'labels of one class', TargetError, lambda data: data.assign(topic='animals')),
    bad_table('text', 'numbers as labels', TargetError, lambda data: data.assign(topic=np.arange(len(data)) / 2)),
    bad_table(
        'text', 'a missing label', MissingValueError, lambda data: data.assign(topic=[None, *data['topic'].iloc[1:]])
    ),
    bad_table('text', 'one document of all other labels', SplitError, _one_of_the_others),
    _given('more folds than documents', SplitError, cross_validation_size=1000),
)


def seen_of_dictionary(model: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What there is to see of a dictionary."""
    names = ('token2id', 'dfs', 'cfs', 'num_docs', 'num_pos', 'num_nnz')
    return {name: str(getattr(model, name)) for name in names} | {'training': dict(model.training)}


def seen_of_text_model(model: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a model makes of texts, and the vectors of words where it has them."""
    seen = {'class': type(model).__name__, 'vectors': _dense(model.document_vectors([*token_lists(6, seed=1), []]))}
    if hasattr(model, 'wv'):
        seen |= {'words': list(model.wv.index_to_key), 'word_vectors': np.array(model.wv.vectors)}
    if hasattr(model, 'dv'):
        seen['learnt_vectors'] = np.array(model.dv.vectors)
    return seen | {'training': dict(model.training)}


def seen_of_vectors(output: pd.DataFrame, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a table with vectors."""
    return {'vectors': _dense(output['vector'].array.matrix), 'others': output.drop(columns='vector')}


def without_seconds(output: dict[str, pd.DataFrame], inputs: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """The output of a Validate… task, but for how long it took."""
    assert (output['scores']['seconds'] > 0).all()
    return {**output, 'scores': output['scores'].drop(columns='seconds')}


def _dense(vectors: Any) -> Any:
    return vectors.toarray() if hasattr(vectors, 'toarray') else np.array(vectors)


def _example(
    name: str,
    kind: Any,
    parameters: Mapping[str, Any],
    *bad: BadInput,
    work: str,
    further: Mapping[str, Any] = {},
    observe: Any = None,
    seed: str = 'random_seed',
    libraries: tuple[str, ...] = ('gensim',),
) -> TaskExample:
    """The example of a task of `redshells.train`.

    Args:
        name: The task.
        kind: What it outputs.
        parameters: Its parameters.
        *bad: What it must refuse besides what all tasks on texts do.
        work: The function that trains.
        further: Its other inputs, by the parameters that take them: recipes of models, and tables.
        observe: What is compared, where it is not the usual.
        seed: The parameter with the seed; empty where nothing is drawn.
        libraries: What it can't do without.
    """
    task_class = getattr(train_tasks, name)

    def make_task(text: Any, **others: Any) -> gokart.TaskOnKart[Any]:
        inputs = {one: MakeModel(data_task=other) for one, other in others.items()}
        task: gokart.TaskOnKart[Any] = task_class(tokenized_text_data_task=text, **inputs, **parameters)
        return task

    return TaskExample(
        task_class=task_class,
        make_task=make_task,
        kind=kind,
        make_inputs=lambda: {'text': documents(), **further},
        seed_parameter=seed,
        bad_inputs=(*_bad_texts(), _NO_TOKENS, *_BAD_PARAMETERS[not hasattr(task_class, 'random_seed') :], *bad),
        work=(work,),
        libraries=libraries,
        observe=observe,
    )


def _trio(
    name: str,
    arguments: Mapping[str, Any],
    search: Mapping[str, Any],
    *bad: BadInput,
    work: str,
    without_model: tuple[BadInput, ...] = (),
    of_train: tuple[BadInput, ...] = (),
    of_optimize: tuple[BadInput, ...] = (),
    initial: Mapping[str, Any] = {},
    pairs: Mapping[str, Any] = {},
    further: Mapping[str, Any] = {},
    libraries: tuple[str, ...] = ('gensim',),
    has_seed: bool = True,
) -> list[TaskExample]:
    """The examples of the Train…, Optimize… and Validate… tasks of a text model.

    Args:
        name: What the names of the tasks end with.
        arguments: The parameters of all three.
        search: Parameters of Optimize… besides them.
        *bad: What all three must refuse.
        work: The function that trains.
        without_model: With what there is no model, without the further inputs of Train…; a search has no trial.
        of_train: What Train… must refuse, too.
        of_optimize: What Optimize… must refuse, too.
        initial: Further inputs of Train….
        pairs: Further inputs of Optimize….
        further: Further inputs of all three.
        libraries: What they can't do without.
        has_seed: Whether the training draws something.
    """
    shared = {'text_column_name': 'text', **arguments}
    labelled = {'target_column_name': 'topic', 'cross_validation_size': 2}
    few = {'n_trials': 2, 'show_progress': False, **({} if 'metric' in search else labelled)}
    alone = [replace(one, parameters={**dict.fromkeys(initial), **one.parameters}) for one in without_model]
    refused = [replace(one, error=NoCompleteTrialError) for one in without_model]
    return [
        _example(
            f'Train{name}',
            'model',
            shared,
            *bad,
            *alone,
            *of_train,
            work=work,
            further={**further, **initial},
            observe=seen_of_text_model,
            seed='random_seed' if has_seed else '',
            libraries=libraries,
        ),
        _example(
            f'Optimize{name}',
            'tuning_result',
            {**shared, **few, **search},
            *bad,
            *refused,
            *_BAD_SEARCHES,
            *(() if 'metric' in search else _BAD_LABELS),
            *of_optimize,
            work=work,
            further={**further, **pairs},
            libraries=libraries,
        ),
        _example(
            f'Validate{name}',
            'tables',
            {**shared, **labelled},
            *bad,
            *without_model,
            *_BAD_LABELS,
            _given('no target column', ParameterError, target_column_name=None),
            _given('an unknown metric', UnknownNameError, metrics=['no_such_metric']),
            _given('a metric of two classes', UnknownNameError, metrics=['average_precision']),
            work=work,
            further=further,
            observe=without_seconds,
            libraries=libraries,
        ),
    ]


_BAD_SEARCHES = (
    _given('an unknown metric', UnknownNameError, metric='no_such_metric'),
    _given('a metric without labels', ParameterError, metric='accuracy', target_column_name=None),
    _given(
        'an unknown argument to search',
        SearchSpaceError,
        search_space={'no_such': {'type': 'int', 'low': 1, 'high': 2}},
    ),
    _given('no time', ParameterError, timeout=0.0),
    _given('an unknown sampler', UnknownNameError, sampler='NoSuchSampler'),
)
_A_TABLE = {'class': 'pandas:DataFrame', 'arguments': {'data': {'a': [1]}}}


def _no_model(name: str) -> BadInput:
    return _changed(f'a table as {name}', ParameterError, **{name: _A_TABLE})


def _bad_arguments(name: str, usual: Mapping[str, Any], **wrong: Any) -> list[BadInput]:
    """Arguments of gensim's models that are refused when the task is constructed."""
    found = [_given(f'an unknown keyword in {name}', UnknownArgumentError, **{name: {**usual, 'no_such_argument': 1}})]
    values = {'size': 8, 'iter': 2, 'workers': 2, 'seed': 1, 'window': 0, 'vector_size': 0, **wrong}
    return [
        *found,
        *(_given(f'{key}={value}', ParameterError, **{name: {**usual, key: value}}) for key, value in values.items()),
    ]


def _word_pairs() -> pd.DataFrame:
    words = [words[:6] for words in _WORDS.values()]
    alike = [(one[0], other, 1.0 - 0.01 * rank) for one in words for rank, other in enumerate(one[1:])]
    different = [
        (one, other, 0.1 + 0.01 * rank) for rank, (one, other) in enumerate(zip(words[0], words[1], strict=True))
    ]
    return pd.DataFrame([*alike, *different], columns=['word_0', 'word_1', 'similarity'])


_BAD_WORD_PAIRS = (
    bad_table('word_pair_task', 'no pairs', DataError, lambda pairs: pairs.iloc[:0]),
    bad_table('word_pair_task', 'a list of pairs', ColumnTypeError, lambda pairs: pairs.to_numpy().tolist()),
    bad_table(
        'word_pair_task', 'a missing word column', MissingColumnError, lambda pairs: pairs.drop(columns='word_1')
    ),
    bad_table('word_pair_task', 'a missing word', MissingValueError, lambda pairs: pairs.assign(word_1=None)),
    bad_table('word_pair_task', 'numbers as words', ColumnTypeError, lambda pairs: pairs.assign(word_1=1)),
    bad_table('word_pair_task', 'texts as similarities', DataError, lambda pairs: pairs.assign(similarity='high')),
    bad_table('word_pair_task', 'a missing similarity', MissingValueError, lambda pairs: pairs.assign(similarity=None)),
    bad_table('word_pair_task', 'few pairs', DataError, lambda pairs: pairs.iloc[:5]),
    bad_table('word_pair_task', 'pairs of other words', DataError, lambda pairs: pairs.assign(word_0='zebra')),
    _given('two columns of pairs', ParameterError, word_pair_column_names=['word_0', 'word_1']),
    _given('no pairs and no labels', ParameterError, word_pair_task=None, metric=None),
    _given('a metric of topics', ParameterError, metric='coherence'),
)

_FILTER = {'dictionary_filter_kwargs': {'no_below': 2, 'no_above': 0.9}}
_BAD_FILTERS = (
    _given('an unknown argument of the filter', ParameterError, dictionary_filter_kwargs={'no_beneath': 1}),
)
_NO_TOKEN_LEFT = _given('a filter that leaves no token', ParameterError, dictionary_filter_kwargs={'no_below': 1000})
_LDA = {'n_topics': 3, 'passes': 3, 'test_size': 0.2}
_BAD_LDA = (
    _given(
        'an unknown keyword in lda_model_kwargs', UnknownArgumentError, lda_model_kwargs={**_LDA, 'no_such_argument': 1}
    ),
    _given('the name of gensim', ParameterError, lda_model_kwargs={'num_topics': 3}),
    _no_model('dictionary_task'),
)
_VECTORS: dict[str, Any] = {'vector_size': 8, 'min_count': 1, 'epochs': 3}
_PARTS = {**_VECTORS, 'bucket': 100, 'max_n': 4}
_SMALL = {'window': {'type': 'int', 'low': 2, 'high': 6}, 'negative': {'type': 'int', 'low': 3, 'high': 9}}
_GENSIM = 'gensim.models.word2vec:Word2Vec.train'


def _of_word_vectors(name: str, usual: Mapping[str, Any], **wrong: Any) -> list[TaskExample]:
    """The examples of word2vec, fastText or doc2vec."""
    kwargs = f'{name.lower()}_kwargs'
    model = f'{name.lower()}:{name}'
    by_pairs = name == 'FastText'
    none_left: dict[str, Any] = {kwargs: {**usual, 'min_count': 1000}}
    another = {
        'class': 'gensim.models:KeyedVectors' if name == 'FastText' else 'gensim.models:FastText',
        'arguments': {'vector_size': 8},
    }
    return _trio(
        name,
        {kwargs: usual, 'workers': 1},
        {'search_space': _SMALL, **({'metric': 'word_pairs'} if by_pairs else {})},
        *_bad_arguments(kwargs, usual, **wrong),
        _given('no threads', ParameterError, workers=0),
        without_model=(_given('a min_count that leaves no word', ParameterError, **none_left),),
        of_train=(
            _no_model('initial_model_task'),
            _changed('an earlier model of another class', ParameterError, initial_model_task=another),
            _given('an earlier model of another size', ParameterError, **{kwargs: {**usual, 'vector_size': 4}}),
        ),
        of_optimize=_BAD_WORD_PAIRS
        if by_pairs
        else (_given('a metric of topics', ParameterError, metric='coherence'),),
        initial={'initial_model_task': model_recipe(model, **usual)},
        pairs={'word_pair_task': _word_pairs()} if by_pairs else {},
        work='gensim.models.doc2vec:Doc2Vec.train' if name == 'Doc2Vec' else _GENSIM,
    )


_CLUSTERS = {'cluster_size': 3, 'sparsity_percentage': 0.05}
_STANDS_ON = {'dictionary_task': dictionary_recipe(), 'word2vec_task': model_recipe('word2vec:Word2Vec', **_VECTORS)}

TEXT_EXAMPLES: list[TaskExample] = [
    _example(
        'TrainDictionary',
        'model',
        {'text_column_name': 'text', **_FILTER},
        *_BAD_FILTERS,
        observe=seen_of_dictionary,
        work='redshells.model.dictionary:Dictionary._take',
        seed='',
    ),
    *_trio(
        'Tfidf',
        _FILTER,
        {'search_space': {'no_above': {'type': 'float', 'low': 0.3, 'high': 0.9}}, 'dictionary_filter_kwargs': {}},
        *_BAD_FILTERS,
        without_model=(_NO_TOKEN_LEFT,),
        work='redshells.model.tfidf:Tfidf._take',
        has_seed=False,
    ),
    *_trio(
        'LdaModel',
        {'lda_model_kwargs': _LDA},
        {'metric': 'coherence', 'search_space': {'eta': {'type': 'float', 'low': 0.01, 'high': 1.0}}},
        *_BAD_LDA,
        without_model=(_given('no topics', ParameterError, lda_model_kwargs={**_LDA, 'n_topics': 0}),),
        of_optimize=(_given('a metric of words', ParameterError, metric='word_pairs'),),
        further={'dictionary_task': dictionary_recipe()},
        work='redshells.model.lda_model:LdaModel._train',
        libraries=('gensim', 'numba'),
    ),
    *_of_word_vectors('Word2Vec', _VECTORS, sg=2),
    *_of_word_vectors('FastText', _PARTS, bucket=0, word_ngrams=2),
    *_of_word_vectors('Doc2Vec', _VECTORS, sg=1, dm=2),
    *_trio(
        'SCDV',
        _CLUSTERS,
        {
            'cluster_size': None,
            'search_space': {'cluster_size': {'type': 'int', 'low': 2, 'high': 9}},
        },
        _no_model('dictionary_task'),
        _no_model('word2vec_task'),
        _given('no clusters', ParameterError, cluster_size=0),
        _given('a share above 1', ParameterError, sparsity_percentage=1.5),
        _given(
            'an unknown keyword of the mixture', UnknownArgumentError, gaussian_mixture_kwargs={'no_such_argument': 1}
        ),
        _given('clusters as components', ParameterError, gaussian_mixture_kwargs={'n_components': 3}),
        without_model=(
            _given('more clusters than words', DataError, cluster_size=1000),
            _changed(
                'word vectors of other words',
                DataError,
                word2vec_task=model_recipe('word2vec:Word2Vec', **{**_VECTORS, 'documents': [['zebra', 'lion']] * 9}),
            ),
        ),
        further=_STANDS_ON,
        work='redshells.model.word_clusters:cluster_words',
    ),
    TaskExample(
        task_class=InferDocumentVectors,
        make_task=lambda data, model: InferDocumentVectors(
            model_task=MakeModel(data_task=model), data_task=data, text_column_name='text', kept_column_names=['topic']
        ),
        kind='table',
        make_inputs=lambda: {'data': documents(12, seed=1), 'model': model_recipe('tfidf:Tfidf')},
        observe=seen_of_vectors,
        bad_inputs=(
            *_bad_texts('data'),
            _changed('a table as a model', ParameterError, model=_A_TABLE),
            _given('a missing column to keep', MissingColumnError, kept_column_names=['absent']),
            _given('a name that is taken', ParameterError, vector_column_name='topic'),
            _given('a file without vectors', ParameterError, output_file_path='predict/vectors.csv'),
        ),
        work=('redshells.model.tfidf:Tfidf.document_vectors',),
    ),
    TaskExample(
        task_class=FindSimilarDocuments,
        make_task=lambda data, queries: FindSimilarDocuments(
            vector_task=data, query_vector_task=queries, top_n=3, id_column_name='item'
        ),
        kind='table',
        make_inputs=lambda: {'data': _vectors(20), 'queries': _vectors(5, seed=1)},
        bad_inputs=(
            bad_table('data', 'no table', ColumnTypeError, lambda data: data['vector'].tolist()),
            bad_table('data', 'no documents', EmptyTableError, lambda data: data.iloc[:0]),
            bad_table('data', 'no vectors', MissingColumnError, lambda data: data.drop(columns='vector')),
            bad_table('data', 'numbers as vectors', ColumnTypeError, lambda data: data.assign(vector=1.0)),
            bad_table('data', 'texts as vectors', ColumnTypeError, lambda data: data.assign(vector='a')),
            bad_table('data', 'a missing vector', ColumnTypeError, lambda data: _with_first(data, None)),
            bad_table('data', 'a shorter vector', ColumnTypeError, lambda data: _with_first(data, np.zeros(2))),
            bad_table('data', 'a missing id column', MissingColumnError, lambda data: data.drop(columns='item')),
            bad_table('queries', 'queries of another size', DataError, lambda one: one.assign(vector=[np.ones(2)] * 5)),
            _given('none at all', ParameterError, top_n=0),
            _given('a file without tables', ParameterError, output_file_path='predict/similar.txt'),
        ),
        work=('redshells.model.nearest_neighbors:find_nearest_rows',),
    ),
    TaskExample(
        task_class=FindSimilarWords,
        make_task=lambda words, model: FindSimilarWords(
            model_task=MakeModel(data_task=model), word_task=words, word_column_name='word', top_n=3
        ),
        kind='table',
        make_inputs=lambda: {
            'words': pd.DataFrame({'word': ['cat', 'tea', 'no such word', None, 'cat']}),
            'model': model_recipe('word2vec:Word2Vec', **_VECTORS),
        },
        bad_inputs=(
            bad_table('words', 'a missing column', MissingColumnError, lambda words: words.rename(columns=str.upper)),
            bad_table('words', 'numbers as words', ColumnTypeError, lambda words: words.assign(word=1)),
            _changed('a single word', ColumnTypeError, words='cat'),
            _changed('no model', ParameterError, model=_A_TABLE),
            _changed('a model without vectors of words', ParameterError, model=model_recipe('tfidf:Tfidf')),
            _given('no words', ParameterError, word_task=None),
            _given('words twice', ParameterError, words=['cat']),
            _given('no name of the column', ParameterError, word_column_name=None),
            _given('none at all', ParameterError, top_n=0),
            _given('a file without tables', ParameterError, output_file_path='predict/similar.txt'),
        ),
        work=('redshells.model.similar_words:find_similar_words',),
    ),
    TaskExample(
        task_class=ExportWordVectors,
        make_task=lambda model: ExportWordVectors(model_task=MakeModel(data_task=model)),
        kind='other',
        make_inputs=lambda: {'model': model_recipe('word2vec:Word2Vec', **_VECTORS)},
        bad_inputs=(
            _changed('no model', ParameterError, model=_A_TABLE),
            _changed('a model without vectors of words', ParameterError, model=model_recipe('tfidf:Tfidf')),
            _changed(
                'words with spaces',
                ParameterError,
                model=model_recipe('word2vec:Word2Vec', **{**_VECTORS, 'documents': [['New York', 'town']] * 9}),
            ),
        ),
        work=('gensim.models.keyedvectors:KeyedVectors.save_word2vec_format',),
    ),
]


def _vectors(rows: int, seed: int = 0) -> pd.DataFrame:
    vectors = np.random.default_rng(seed).normal(size=(rows, 4)).round(3)
    return pd.DataFrame({'item': [f'i{row}' for row in range(rows)], 'vector': list(vectors)})


def _with_first(data: pd.DataFrame, vector: Any) -> pd.DataFrame:
    return data.assign(vector=pd.Series([vector, *data['vector'].iloc[1:]], data.index, dtype=object))
