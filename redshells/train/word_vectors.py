"""word2vec, fastText and doc2vec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import gokart
import pandas as pd

from redshells import parameter
from redshells.cores import thread_count
from redshells.errors import ParameterError
from redshells.factory.text_models import DOC2VEC, FASTTEXT, WORD2VEC
from redshells.train.text_verb import OptimizeText, TextModelVerb, TrainText, ValidateText
from redshells.tuning import TuningResult

if TYPE_CHECKING:
    from redshells.model.corpus import Corpus
    from redshells.model.doc2vec import Doc2Vec  # noqa: F401
    from redshells.model.fasttext import FastText  # noqa: F401
    from redshells.model.word2vec import Word2Vec  # noqa: F401
    from redshells.model.word_vectors import WordVectorModel
    from redshells.tuning.text_word_pairs import WordPairs

T = TypeVar('T')
W = TypeVar('W', bound='WordVectorModel')


class WithWorkers(TextModelVerb[T], Generic[T]):
    """Models that gensim trains with several threads."""

    workers: int = parameter.integer(
        default=-1,
        minimum=-1,
        description='Threads of the training; -1 for all cores. They write into one memory without waiting for each '
        'other, so that only workers=1 gives the same model each time, bit for bit.',
    )

    def check_parameters(self) -> None:
        """Check the number of threads, besides what all verbs check.

        Raises:
            ParameterError: It is 0.
        """
        super().check_parameters()
        if self.workers == 0:
            raise ParameterError('workers=0 was given; -1, or a number of threads of at least 1, is expected.')

    def threads(self) -> int:
        """How many threads a training may use."""
        return thread_count(self.workers)

    def checked(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Arguments that gensim takes.

        Raises:
            ParameterError: It does not take one.
        """
        from redshells.model.word_vector_arguments import check_word_vector_arguments

        return check_word_vector_arguments(self.spec.name, parameter.plain(arguments))


class TrainWordVectors(WithWorkers[W], TrainText[W], Generic[W]):
    """Train word vectors, from random ones or from an earlier model."""

    needs_corpus = True

    initial_model_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A task that outputs an earlier model of the same class and size, to begin with: its words are '
        'kept, and new ones are added.'
    )

    def check_parameters(self) -> None:
        """Check that the earlier model is a model, besides what all verbs check.

        Raises:
            ParameterError: It is not.
        """
        super().check_parameters()
        self.check_input('initial_model_task', 'a model')

    def given_models(self) -> dict[str, Any]:
        """The earlier model, if it is given."""
        if self.initial_model_task is None:
            return {}
        maker = f'a Train{self.spec.name} task'
        return {'initial_model': self.load_fitting('initial_model_task', lambda one: hasattr(one, 'wv'), maker)}

    def facts_of(self, model: W) -> dict[str, Any]:
        """How many words have a vector, and its size."""
        return {'words': len(model.wv), 'vector_size': int(model.vector_size), 'epochs': int(model.epochs)}


class OptimizeWordVectors(WithWorkers[TuningResult], OptimizeText):
    """Tune word vectors by pairs of words, or by a linear classifier on the vectors of documents."""

    word_pair_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description="A task that outputs a data frame of word pairs and their similarity, for metric='word_pairs': "
        "Spearman's correlation with the cosines of the vectors."
    )
    word_pair_column_names: tuple[str, ...] | list[str] = parameter.names(
        default=('word_0', 'word_1', 'similarity'),
        description='The columns of the word pairs: a word, the other one, and their similarity.',
    )

    def check_parameters(self) -> None:
        """Check that there are word pairs where they are needed, besides what all verbs check.

        Raises:
            ParameterError: There are none.
        """
        super().check_parameters()
        self.check_input('word_pair_task')
        if len(self.word_pair_column_names) != 3:
            raise ParameterError(
                f'word_pair_column_names={list(self.word_pair_column_names)} was given; three names are expected: of '
                'the columns with a word, the other one, and their similarity.'
            )
        if self.metric_name() == 'word_pairs' and self.word_pair_task is None:
            raise ParameterError(
                'there is nothing to tune for. Give target_column_name, the column with the labels, or '
                'word_pair_task, a task that outputs word pairs and their similarity.'
            )

    def word_pairs(self, corpus: Corpus) -> WordPairs | None:
        """The pairs of words to tune for, if any; enough of them are in the documents."""
        if self.word_pair_task is None or self.metric_name() != 'word_pairs':
            return None
        from redshells.model.frame import read_table, require_columns
        from redshells.tuning.text_word_pairs import WordPairs

        with self.reading('word_pair_task'):
            table = read_table(self.load_input('word_pair_task'))
            require_columns(table, self.word_pair_column_names, 'word_pair_column_names')
            pairs = WordPairs.of(table, self.word_pair_column_names)
            pairs.check_known(corpus)
        return pairs


class WithWord2Vec(WithWorkers[T], Generic[T]):
    """word2vec, with its arguments."""

    spec = WORD2VEC

    word2vec_kwargs: dict[str, Any] = parameter.keyword_arguments(
        default={}, description='Arguments of gensim.models.Word2Vec, such as vector_size, window, sg, epochs.'
    )

    def explicit_arguments(self) -> dict[str, Any]:
        """The arguments of the model."""
        return self.checked(self.word2vec_kwargs)


class TrainWord2Vec(WithWord2Vec['Word2Vec'], TrainWordVectors['Word2Vec']):
    """Learn vectors of words with word2vec. Output: a [`Word2Vec`][redshells.model.word2vec.Word2Vec], gensim's."""

    output_file_path: str = parameter.text(
        default='model/word2vec.zip', description='Path of the model below the workspace.'
    )


class OptimizeWord2Vec(WithWord2Vec[TuningResult], OptimizeWordVectors):
    """Tune word2vec by pairs of words, or by a linear classifier on the averaged vectors of documents.

    Output: a [`TuningResult`][redshells.tuning.TuningResult], for ``TrainWord2Vec``.
    """

    output_file_path: str = parameter.text(
        default='optimize/word2vec.json', description='Path of the tuning result below the workspace.'
    )


class ValidateWord2Vec(WithWord2Vec[dict[str, pd.DataFrame]], ValidateText):
    """Cross-validate a linear classifier on averaged word vectors. Output: the ``'scores'`` and ``'predictions'``."""

    output_file_path: str = parameter.text(
        default='validate/word2vec.feather',
        description='Path below the workspace, to which _scores and _predictions are added.',
    )


class WithFastText(WithWorkers[T], Generic[T]):
    """fastText, with its arguments."""

    spec = FASTTEXT

    fasttext_kwargs: dict[str, Any] = parameter.keyword_arguments(
        default={}, description='Arguments of gensim.models.FastText, such as vector_size, min_n, max_n, bucket.'
    )

    def explicit_arguments(self) -> dict[str, Any]:
        """The arguments of the model."""
        return self.checked(self.fasttext_kwargs)


class TrainFastText(WithFastText['FastText'], TrainWordVectors['FastText']):
    """Learn vectors of words and of their parts.

    Output: a [`FastText`][redshells.model.fasttext.FastText], which is gensim's.
    """

    output_file_path: str = parameter.text(
        default='model/fasttext.zip', description='Path of the model below the workspace.'
    )


class OptimizeFastText(WithFastText[TuningResult], OptimizeWordVectors):
    """Tune fastText by pairs of words, or by a linear classifier on the averaged vectors of documents.

    Output: a [`TuningResult`][redshells.tuning.TuningResult], for ``TrainFastText``.
    """

    output_file_path: str = parameter.text(
        default='optimize/fasttext.json', description='Path of the tuning result below the workspace.'
    )


class ValidateFastText(WithFastText[dict[str, pd.DataFrame]], ValidateText):
    """Cross-validate a linear classifier on averaged fastText vectors. Output: ``'scores'`` and ``'predictions'``."""

    output_file_path: str = parameter.text(
        default='validate/fasttext.feather',
        description='Path below the workspace, to which _scores and _predictions are added.',
    )


class WithDoc2Vec(WithWorkers[T], Generic[T]):
    """doc2vec, with its arguments."""

    spec = DOC2VEC

    doc2vec_kwargs: dict[str, Any] = parameter.keyword_arguments(
        default={}, description='Arguments of gensim.models.Doc2Vec, such as vector_size, dm, window, epochs.'
    )

    def explicit_arguments(self) -> dict[str, Any]:
        """The arguments of the model."""
        return self.checked(self.doc2vec_kwargs)


class TrainDoc2Vec(WithDoc2Vec['Doc2Vec'], TrainWordVectors['Doc2Vec']):
    """Learn vectors of documents with doc2vec. Output: a [`Doc2Vec`][redshells.model.doc2vec.Doc2Vec], gensim's.

    The tag of a document is its position.
    """

    output_file_path: str = parameter.text(
        default='model/doc2vec.zip', description='Path of the model below the workspace.'
    )


class OptimizeDoc2Vec(WithDoc2Vec[TuningResult], OptimizeText):
    """Tune doc2vec by a linear classifier on the inferred vectors of documents.

    Output: a [`TuningResult`][redshells.tuning.TuningResult], for ``TrainDoc2Vec``.
    """

    output_file_path: str = parameter.text(
        default='optimize/doc2vec.json', description='Path of the tuning result below the workspace.'
    )


class ValidateDoc2Vec(WithDoc2Vec[dict[str, pd.DataFrame]], ValidateText):
    """Cross-validate a linear classifier on inferred vectors. Output: the ``'scores'`` and ``'predictions'``."""

    output_file_path: str = parameter.text(
        default='validate/doc2vec.feather',
        description='Path below the workspace, to which _scores and _predictions are added.',
    )
