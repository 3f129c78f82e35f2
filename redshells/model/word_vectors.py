"""What word2vec, fastText and doc2vec have in common: gensim's training, and archives in place of pickles."""

from __future__ import annotations

import logging
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Self

import gensim.models
from gensim.models.callbacks import CallbackAny2Vec
from tqdm import tqdm

from redshells.archive import Archive
from redshells.cores import thread_count
from redshells.errors import EmptyTableError, ParameterError
from redshells.model.corpus import Corpus
from redshells.model.corpus_share import CorpusShares, short_lines
from redshells.model.document_model import DocumentModel
from redshells.model.gensim_state import from_parts, make_writable, model_state, plain, restore_model, to_parts
from redshells.model.initial_vectors import add_earlier_words, check_initial_model, copy_weights
from redshells.model.similar_words import SimilarWords, find_similar_words
from redshells.model.word_vector_arguments import ARGUMENTS, check_word_vector_arguments

logger = logging.getLogger(__name__)

_LONGEST_SENTENCE = 10_000  # gensim's, in words


class WordVectorModel(DocumentModel, gensim.models.Word2Vec):  # type: ignore[misc]
    """A model of gensim that gives each word a vector."""

    kind: ClassVar[str]
    """The name of gensim's class."""
    workers: int
    raw_vocab: Any

    @classmethod
    def from_documents(
        cls,
        documents: Iterable[Sequence[str]],
        *,
        random_seed: int,
        workers: int = -1,
        show_progress: bool = True,
        initial_model: Self | None = None,
        **arguments: Any,
    ) -> Self:
        """Train a model on documents.

        With ``initial_model`` it begins where that has ended, as gensim's ``build_vocab(update=True)`` does: all its
        words are kept with their vectors and output weights, whether the corpus has them or not, and their counts are
        added to those of the documents; new words need ``min_count`` in these and begin with random vectors.

        Args:
            documents: The tokens of each document. A ``Corpus`` is read in its file, as often as there are epochs and
                a few times more; all others are read once, and written to a temporary file.
            random_seed: With ``workers=1``, equal seeds give equal models, bit for bit.
            workers: Threads; -1 for as many as there are cores. A small corpus has fewer.
            show_progress: Whether a bar is shown, where there is a terminal.
            initial_model: A model of the same class and size to begin with; it is left as it is.
            **arguments: What gensim's class takes.

        Raises:
            ParameterError: gensim does not take an argument or its value, ``initial_model`` does not fit, or no token
                is as frequent as ``min_count``.
            EmptyTableError: There are no tokens.
        """
        checked = check_word_vector_arguments(cls.kind, arguments)
        model = cls(**cls._constructor_arguments(checked), seed=random_seed, workers=thread_count(workers))
        if initial_model is not None:
            check_initial_model(model, initial_model)
        with _corpus_of(documents) as corpus:
            if corpus.number_of_tokens == 0:
                raise EmptyTableError(
                    f'the {corpus.number_of_documents} documents have no tokens. Check the task that makes them.'
                )
            model._learn_words(corpus, initial_model)
            model._learn_vectors(corpus, show_progress)
        return model

    def train(
        self,
        corpus_iterable: Any = None,
        corpus_file: str | None = None,
        **arguments: Any,
    ) -> Any:
        """Train on, as gensim does; its workers share a corpus file by tokens, not by bytes.

        Args:
            corpus_iterable: The documents, or None.
            corpus_file: Path of a file with a document a line, or None.
            **arguments: All others of gensim's; the examples and words of a file are counted here.
        """
        make_writable(self)
        if corpus_file is None or corpus_iterable is not None:
            return super().train(corpus_iterable=corpus_iterable, corpus_file=corpus_file, **arguments)
        shares = CorpusShares.of(corpus_file, self.workers)
        workers: int = self.workers
        self.workers = shares.workers
        try:
            arguments |= {'total_examples': sum(shares.lines), 'total_words': shares.number_of_tokens}
            return super().train(corpus_file=corpus_file, shares=shares, **arguments)
        finally:
            self.workers = workers

    def build_vocab(self, *arguments: Any, **named_arguments: Any) -> Any:
        """Count the words, as gensim does."""
        make_writable(self)
        return super().build_vocab(*arguments, **named_arguments)

    def similar_words(self, words: Iterable[str], top_n: int = 10) -> SimilarWords:
        """The most similar words of each word, by the cosine of their vectors.

        Args:
            words: The words.
            top_n: How many are found for each.
        """
        return find_similar_words(self.wv, words, top_n)

    def export_word2vec_format(self, path: str, binary: bool = False) -> None:
        """Write the word vectors as the original word2vec does, for gensim's ``KeyedVectors.load_word2vec_format``.

        Args:
            path: Path of the file.
            binary: Whether the numbers are written as bytes, and come back exactly as they are.

        Raises:
            ParameterError: A word is empty or has white space within it, which the format can not hold.
        """
        words = self.wv.index_to_key
        broken = [word for word in words if word.split() != [word]]
        if broken:
            raise ParameterError(
                f'{len(broken)} of {len(words)} words have white space in them or are empty, such as {broken[:5]}; '
                'the format of word2vec separates words by it. Replace it where the tokens are made.'
            )
        self.wv.save_word2vec_format(path, binary=binary)

    def to_archive(self) -> Archive:
        """The contents of the saved model."""
        state, arrays = model_state(self)
        parameters = {name: plain(value) for name, value in self._parameters().items()}
        return Archive(self.import_path(), parameters, state, to_parts(arrays), training=self.training)

    @classmethod
    def from_archive(cls, archive: Archive, *, trusted_modules: tuple[str, ...] = ()) -> Self:
        """The model of an archive's contents."""
        names = cls._parameter_names()
        model = cls(**{name: value for name, value in archive.parameters.items() if name in names})
        restore_model(model, archive.state, from_parts(archive.parts))
        model.training, model.versions = dict(archive.training), dict(archive.versions)
        return model

    @classmethod
    def _constructor_arguments(cls, arguments: dict[str, Any]) -> dict[str, Any]:
        return arguments

    @classmethod
    def _parameter_names(cls) -> frozenset[str]:
        return ARGUMENTS[cls.kind] | {'seed', 'workers'}

    def _parameters(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in sorted(self._parameter_names()) if hasattr(self, name)}

    def _documents_of(self, corpus: Corpus) -> Iterable[Any]:
        return _Sentences(corpus)

    def _learn_words(self, corpus: Corpus, initial_model: Any) -> None:
        self.corpus_total_words, self.corpus_count = self.scan_vocab(corpus_iterable=self._documents_of(corpus))
        different, largest = len(self.raw_vocab), max(self.raw_vocab.values(), default=0)
        rule = None if initial_model is None else add_earlier_words(self, initial_model)
        self.prepare_vocab(trim_rule=rule, keep_raw_vocab=True)
        self.raw_vocab = defaultdict(int)
        if not len(self.wv):
            limit = '' if self.max_final_vocab is None else f' and max_final_vocab={self.max_final_vocab}'
            raise ParameterError(
                f'no token is left with min_count={self.min_count}{limit}: the corpus has {different} different '
                f'tokens, and the most frequent one occurs {largest} times. Lower min_count.'
            )
        if self.hs and len(self.wv) == 1:
            raise ParameterError(
                f'only the word {self.wv.index_to_key[0]!r} is left with min_count={self.min_count}; the tree of hs=1 '
                'needs two. Lower min_count, or use negative sampling.'
            )
        self.prepare_weights()
        if initial_model is not None:
            copy_weights(self, initial_model)
        logger.info(
            '%s: %d documents with %d tokens; of %d different ones, the vocabulary now has %d words',
            self.kind, corpus.number_of_documents, corpus.number_of_tokens, different, len(self.wv),
        )  # fmt: skip

    def _learn_vectors(self, corpus: Corpus, show_progress: bool) -> None:
        with tqdm(total=self.epochs, desc=self.kind, unit='epoch', disable=None if show_progress else True) as bar:
            options = {'epochs': self.epochs, 'compute_loss': self.compute_loss, 'callbacks': [_Bar(bar)]}
            if corpus.is_plain:
                self._train_on_file(corpus.path, options)
            else:
                self.train(
                    self._documents_of(corpus),
                    total_examples=self.corpus_count,
                    total_words=self.corpus_total_words,
                    **options,
                )
        logger.info('%s: %d epochs of training', self.kind, self.epochs)

    def _train_on_file(self, path: str, options: dict[str, Any]) -> None:
        with short_lines(path, CorpusShares.of(path, 1).longest) as short:
            self.train(corpus_file=short, **options)

    def _do_train_epoch(
        self, corpus_file: str, thread_id: int, offset: Any, *arguments: Any, shares: CorpusShares, **others: Any
    ) -> Any:
        # gensim's rate falls by the examples of one worker over those of all, which would end it half way down
        others |= {'total_examples': max(1, self._examples(shares, thread_id))}
        return super()._do_train_epoch(corpus_file, thread_id, shares.offsets[thread_id], *arguments, **others)

    def _examples(self, shares: CorpusShares, worker: int) -> int:
        return shares.lines[worker]


@contextmanager
def _corpus_of(documents: Iterable[Sequence[str]]) -> Iterator[Corpus]:
    if isinstance(documents, Corpus):
        yield documents
        return
    with tempfile.NamedTemporaryFile(suffix='.txt') as file:
        yield Corpus.write(documents, file.name)


class _Sentences:
    """The documents of a corpus, as often as they are asked for, in pieces that gensim does not cut."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus

    def __iter__(self) -> Iterator[list[str]]:
        for document in self._corpus:
            for start in range(0, max(1, len(document)), _LONGEST_SENTENCE):
                yield document[start : start + _LONGEST_SENTENCE]


class _Bar(CallbackAny2Vec):  # type: ignore[misc]
    """A progress bar that gensim moves."""

    def __init__(self, bar: tqdm[Any]) -> None:
        self._bar = bar

    def on_epoch_end(self, model: Any) -> None:
        self._bar.update()
