"""One minimal example of each public task that trains, tunes or validates a model of texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import gokart
import numpy as np
import pandas as pd

from redshells import train as train_tasks
from redshells.errors import (
    ColumnTypeError,
    DataError,
    MissingColumnError,
    MissingValueError,
    NoCompleteTrialError,
    ParameterError,
    SearchSpaceError,
    UnknownArgumentError,
    UnknownNameError,
)
from redshells.testing import BadInput, TaskExample, bad_table
from tests.text_inputs import (
    A_TABLE,
    BAD_LABELS,
    BAD_PARAMETERS,
    NO_TOKENS,
    WORD_VECTORS,
    WORDS,
    MakeModel,
    bad_texts,
    changed,
    dense,
    dictionary_recipe,
    documents,
    given,
    model_recipe,
    token_lists,
)


def seen_of_dictionary(model: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What there is to see of a dictionary."""
    names = ('token2id', 'dfs', 'cfs', 'num_docs', 'num_pos', 'num_nnz')
    return {name: str(getattr(model, name)) for name in names} | {'training': dict(model.training)}


def seen_of_text_model(model: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a model makes of texts, and the vectors of words where it has them."""
    seen = {'class': type(model).__name__, 'vectors': dense(model.document_vectors([*token_lists(6, seed=1), []]))}
    if hasattr(model, 'wv'):
        seen |= {'words': list(model.wv.index_to_key), 'word_vectors': np.array(model.wv.vectors)}
    if hasattr(model, 'dv'):
        seen['learnt_vectors'] = np.array(model.dv.vectors)
    return seen | {'training': dict(model.training)}


def without_seconds(output: dict[str, pd.DataFrame], inputs: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """The output of a Validate… task, but for how long it took."""
    assert (output['scores']['seconds'] > 0).all()
    return {**output, 'scores': output['scores'].drop(columns='seconds')}


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
        bad_inputs=(
            *bad_texts(in_short=kind != 'model'),
            NO_TOKENS,
            *BAD_PARAMETERS[not hasattr(task_class, 'random_seed') :],
            *bad,
        ),
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
            *(() if 'metric' in search else BAD_LABELS),
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
            *BAD_LABELS,
            given('no target column', ParameterError, target_column_name=None),
            given('an unknown metric', UnknownNameError, metrics=['no_such_metric']),
            given('a metric of two classes', UnknownNameError, metrics=['average_precision']),
            work=work,
            further=further,
            observe=without_seconds,
            libraries=libraries,
        ),
    ]


_BAD_SEARCHES = (
    given('an unknown metric', UnknownNameError, metric='no_such_metric'),
    given('a metric without labels', ParameterError, metric='accuracy', target_column_name=None),
    given(
        'an unknown argument to search',
        SearchSpaceError,
        search_space={'no_such': {'type': 'int', 'low': 1, 'high': 2}},
    ),
    given('no time', ParameterError, timeout=0.0),
    given('an unknown sampler', UnknownNameError, sampler='NoSuchSampler'),
)


def _no_model(name: str) -> BadInput:
    return changed(f'a table as {name}', ParameterError, **{name: A_TABLE})


def _bad_arguments(name: str, usual: Mapping[str, Any], wrong: Mapping[str, Any]) -> list[BadInput]:
    """Arguments of gensim's models that are refused when the task is constructed."""
    return [given(f'{key}={value}', ParameterError, **{name: {**usual, key: value}}) for key, value in wrong.items()]


def _word_pairs() -> pd.DataFrame:
    words = [words[:6] for words in WORDS.values()]
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
    given('two columns of pairs', ParameterError, word_pair_column_names=['word_0', 'word_1']),
    given('no pairs and no labels', ParameterError, word_pair_task=None, metric=None),
    given('a metric of topics', ParameterError, metric='coherence'),
)

_FILTER = {'dictionary_filter_kwargs': {'no_below': 2, 'no_above': 0.9}}
_BAD_FILTERS = (
    given('a text as no_below', ParameterError, dictionary_filter_kwargs={'no_below': '5'}),
    given('a share above 1 as no_above', ParameterError, dictionary_filter_kwargs={'no_above': 50}),
    given('an unknown argument of the filter', ParameterError, dictionary_filter_kwargs={'no_beneath': 1}),
)
_NO_TOKEN_LEFT = given('a filter that leaves no token', ParameterError, dictionary_filter_kwargs={'no_below': 1000})
_LDA = {'n_topics': 3, 'passes': 3, 'test_size': 0.2}
_BAD_LDA = (
    given(
        'an unknown keyword in lda_model_kwargs', UnknownArgumentError, lda_model_kwargs={**_LDA, 'no_such_argument': 1}
    ),
    given('the name of gensim', ParameterError, lda_model_kwargs={'num_topics': 3}),
    _no_model('dictionary_task'),
)
_PARTS = {**WORD_VECTORS, 'bucket': 100, 'max_n': 4}
_SMALL = {'window': {'type': 'int', 'low': 2, 'high': 6}, 'negative': {'type': 'int', 'low': 3, 'high': 9}}
_WRONG = {'iter': 2, 'workers': 2, 'seed': 1, 'window': 0, 'vector_size': 0, 'ns_exponent': 'x'}
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
        *_bad_arguments(kwargs, usual, {'size': 8, 'no_such_argument': 1}),
        given('no threads', ParameterError, workers=0),
        without_model=(given('a min_count that leaves no word', ParameterError, **none_left),),
        of_train=(
            *_bad_arguments(kwargs, usual, {**_WRONG, **wrong}),
            _no_model('initial_model_task'),
            changed('an earlier model of another class', ParameterError, initial_model_task=another),
            given('an earlier model of another size', ParameterError, **{kwargs: {**usual, 'vector_size': 4}}),
        ),
        of_optimize=_BAD_WORD_PAIRS if by_pairs else (given('a metric of topics', ParameterError, metric='coherence'),),
        initial={'initial_model_task': model_recipe(model, **usual)},
        pairs={'word_pair_task': _word_pairs()} if by_pairs else {},
        work='gensim.models.doc2vec:Doc2Vec.train' if name == 'Doc2Vec' else _GENSIM,
    )


_CLUSTERS = {'cluster_size': 3, 'sparsity_percentage': 0.05}
_STANDS_ON = {
    'dictionary_task': dictionary_recipe(),
    'word2vec_task': model_recipe('word2vec:Word2Vec', **WORD_VECTORS),
}

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
        without_model=(given('no topics', ParameterError, lda_model_kwargs={**_LDA, 'n_topics': 0}),),
        of_optimize=(given('a metric of words', ParameterError, metric='word_pairs'),),
        further={'dictionary_task': dictionary_recipe()},
        work='redshells.model.lda_model:LdaModel._train',
        libraries=('gensim', 'numba'),
    ),
    *_of_word_vectors('Word2Vec', WORD_VECTORS, sg=2),
    *_of_word_vectors('FastText', _PARTS, bucket=0, word_ngrams=2),
    *_of_word_vectors('Doc2Vec', WORD_VECTORS, sg=1, dm=2),
    *_trio(
        'SCDV',
        _CLUSTERS,
        {
            'cluster_size': None,
            'search_space': {'cluster_size': {'type': 'int', 'low': 2, 'high': 9}},
        },
        _no_model('dictionary_task'),
        _no_model('word2vec_task'),
        given('no clusters', ParameterError, cluster_size=0),
        given('a share above 1', ParameterError, sparsity_percentage=1.5),
        given(
            'an unknown keyword of the mixture', UnknownArgumentError, gaussian_mixture_kwargs={'no_such_argument': 1}
        ),
        given('clusters as components', ParameterError, gaussian_mixture_kwargs={'n_components': 3}),
        without_model=(
            given('more clusters than words', DataError, cluster_size=1000),
            changed(
                'word vectors of other words',
                DataError,
                word2vec_task=model_recipe(
                    'word2vec:Word2Vec', **{**WORD_VECTORS, 'documents': [['zebra', 'lion']] * 9}
                ),
            ),
        ),
        further=_STANDS_ON,
        work='redshells.model.word_clusters:cluster_words',
    ),
]
