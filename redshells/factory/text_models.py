"""What a task has to know of a text model without loading its library, and the specs of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from redshells.errors import require_installed
from redshells.model import load_class
from redshells.model.dictionary_arguments import USUAL_FILTER
from redshells.model.lda_arguments import OF_FIT, OF_MODEL
from redshells.model.word_vector_arguments import ARGUMENTS
from redshells.tuning import SearchSpace


@dataclass(frozen=True)
class TextModelSpec:
    """A text model by name.

    Args:
        name: What it is called in tasks and results.
        model_class: Its class, by import path.
        argument_names: The arguments that can be searched.
        search_space: What ``Optimize…`` searches unless told otherwise.
        first_trials: Arguments that are known to be good, tried before the search samples.
        usual_arguments: Those that it needs and that need not be given.
        own_metric: What it can be tuned for without labels; empty if there is nothing.
        libraries: The modules that it needs.
    """

    name: str
    model_class: str
    argument_names: frozenset[str]
    search_space: SearchSpace
    first_trials: tuple[Mapping[str, Any], ...] = ()
    usual_arguments: Mapping[str, Any] = field(default_factory=dict)
    own_metric: str = ''
    libraries: tuple[str, ...] = ('gensim',)

    def check_installed(self, who: str) -> None:
        """Check that the libraries are installed, without loading them.

        Raises:
            MissingExtraError: One is not; the message has the line that installs it.
        """
        for library in self.libraries:
            require_installed(who, library, 'text')


@dataclass(frozen=True)
class TextModelBuilder:
    """Trains models of a spec; can be sent to another process.

    Args:
        spec: The model.
        random_seed: Seed of the models.
        workers: Threads of each training, where the model can use several.
        given: The models that it stands on, by the name of its argument.
    """

    spec: TextModelSpec
    random_seed: int
    workers: int = 1
    given: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, arguments: Mapping[str, Any], documents: Iterable[Sequence[str]], show: bool = False) -> Any:
        """A model with these arguments, trained on documents; with a progress bar if asked."""
        return load_class(self.spec.model_class).from_documents(
            documents,
            random_seed=self.random_seed,
            workers=self.workers,
            show_progress=show,
            **self.given,
            **{**self.spec.usual_arguments, **arguments},
        )


_WORD_VECTORS: dict[str, Any] = {
    'vector_size': {'type': 'int', 'low': 50, 'high': 400, 'log': True},
    'window': {'type': 'int', 'low': 2, 'high': 15},
    'epochs': {'type': 'int', 'low': 3, 'high': 30, 'log': True},
    'negative': {'type': 'int', 'low': 3, 'high': 15},
    'sample': {'type': 'float', 'low': 1e-5, 'high': 1e-2, 'log': True},
    'min_count': {'type': 'int', 'low': 2, 'high': 20, 'log': True},
}
_OF_WORDS = {**_WORD_VECTORS, 'sg': {'type': 'categorical', 'choices': [0, 1]}}
_USUAL_WORDS = {'vector_size': 200, 'window': 5, 'epochs': 10, 'negative': 5, 'sample': 1e-3, 'min_count': 5}

TFIDF = TextModelSpec(
    name='Tfidf',
    model_class='redshells.model.tfidf:Tfidf',
    argument_names=frozenset(USUAL_FILTER),
    search_space=SearchSpace(
        {
            'no_below': {'type': 'int', 'low': 1, 'high': 20, 'log': True},
            'no_above': {'type': 'float', 'low': 0.05, 'high': 1.0, 'log': True},
            'keep_n': {'type': 'int', 'low': 1_000, 'high': 200_000, 'log': True},
        }
    ),
    first_trials=({'no_below': 5, 'no_above': 0.5, 'keep_n': 100_000}, {'no_below': 2, 'no_above': 0.5}),
)
LDA = TextModelSpec(
    name='LdaModel',
    model_class='redshells.model.lda_model:LdaModel',
    argument_names=frozenset((*OF_MODEL, *OF_FIT)),
    search_space=SearchSpace(
        {
            'n_topics': {'type': 'int', 'low': 5, 'high': 200, 'log': True},
            'eta': {'type': 'float', 'low': 1e-3, 'high': 1.0, 'log': True},
            'iterations': {'type': 'int', 'low': 1, 'high': 10, 'log': True},
            'decay': {'type': 'float', 'low': 0.5, 'high': 0.9},
        }
    ),
    first_trials=({'n_topics': 50}, {'n_topics': 100}),
    usual_arguments={'n_topics': 100},
    own_metric='coherence',
    libraries=('gensim', 'numba'),
)
WORD2VEC = TextModelSpec(
    name='Word2Vec',
    model_class='redshells.model.word2vec:Word2Vec',
    argument_names=ARGUMENTS['Word2Vec'],
    search_space=SearchSpace(_OF_WORDS),
    first_trials=({**_USUAL_WORDS, 'sg': 1}, {**_USUAL_WORDS, 'sg': 0}),
    own_metric='word_pairs',
)
FASTTEXT = TextModelSpec(
    name='FastText',
    model_class='redshells.model.fasttext:FastText',
    argument_names=ARGUMENTS['FastText'],
    search_space=SearchSpace({**_OF_WORDS, 'max_n': {'type': 'int', 'low': 3, 'high': 6}}),
    first_trials=({**_USUAL_WORDS, 'sg': 1, 'max_n': 6}, {**_USUAL_WORDS, 'sg': 0, 'max_n': 6}),
    own_metric='word_pairs',
)
DOC2VEC = TextModelSpec(
    name='Doc2Vec',
    model_class='redshells.model.doc2vec:Doc2Vec',
    argument_names=ARGUMENTS['Doc2Vec'],
    search_space=SearchSpace({**_WORD_VECTORS, 'dm': {'type': 'categorical', 'choices': [0, 1]}}),
    first_trials=({**_USUAL_WORDS, 'epochs': 20, 'dm': 0}, {**_USUAL_WORDS, 'epochs': 20, 'dm': 1}),
)
SCDV = TextModelSpec(
    name='SCDV',
    model_class='redshells.model.scdv:SCDV',
    argument_names=frozenset(('cluster_size', 'sparsity_percentage')),
    search_space=SearchSpace(
        {
            'cluster_size': {'type': 'int', 'low': 5, 'high': 120, 'log': True},
            'sparsity_percentage': {'type': 'float', 'low': 0.005, 'high': 0.2, 'log': True},
        }
    ),
    first_trials=({'cluster_size': 60, 'sparsity_percentage': 0.04},),
    usual_arguments={'cluster_size': 60, 'sparsity_percentage': 0.04},
)
