"""word2vec: training, its shares of a file, archives, warm starts, document vectors and similar words."""

from __future__ import annotations

import inspect
import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import gensim.models
import numpy as np
import pytest

import redshells
from redshells.archive import array_to_bytes
from redshells.errors import DamagedArchiveError, EmptyTableError, ParameterError, UnknownArgumentError
from redshells.model.corpus import Corpus
from redshells.model.corpus_share import CorpusShares, short_lines
from redshells.model.dictionary import Dictionary
from redshells.model.doc2vec import Doc2Vec
from redshells.model.fasttext import FastText
from redshells.model.tfidf import Tfidf
from redshells.model.word2vec import Word2Vec
from redshells.model.word_vector_arguments import ARGUMENTS, RESERVED, check_word_vector_arguments
from redshells.testing.new_process import call_in_new_process
from tests.model.topics import TOPICS, topic_documents, topic_of, write_corpus

OPTIONS = {'vector_size': 16, 'epochs': 20, 'sample': 0.01, 'window': 4}


def train(corpus: Corpus, **arguments: Any) -> Word2Vec:
    return Word2Vec.from_documents(corpus, **{'random_seed': 0, 'workers': 1, **OPTIONS, **arguments})


def agreement(model: Any) -> float:
    """The share of the words of topics whose nearest word is of the same topic."""
    words = [word for topic in TOPICS.values() for word in topic]
    table = model.similar_words(words, top_n=1).table
    return float(np.mean([topic_of(a) == topic_of(b) for a, b in zip(table.word, table.similar_word, strict=True)]))


def answers(path: str) -> tuple[Any, ...]:
    return answers_of(redshells.load_model(path))


def answers_of(model: Any) -> tuple[Any, ...]:
    """What a model says, and what it says after it has learnt more."""
    before = model.wv.most_similar('cat'), int(model.wv.get_vecattr('cat', 'count'))
    model.train(topic_documents(60, seed=3), total_examples=60, epochs=2)
    return *before, model.wv.vectors.tolist()


@pytest.mark.parametrize('arguments', [{}, {'workers': 3}, {'sg': 1}, {'hs': 1, 'negative': 0}])
def test_words_of_a_topic_are_similar(tmp_path: Path, arguments: dict[str, Any]) -> None:
    model = train(write_corpus(tmp_path), **arguments)
    assert agreement(model) > 0.9
    assert isinstance(model, gensim.models.Word2Vec)


@pytest.mark.parametrize('arguments', [{}, {'sg': 1, 'shrink_windows': False}, {'compute_loss': True}])
def test_one_worker_learns_what_gensim_does(tmp_path: Path, arguments: dict[str, Any]) -> None:
    corpus = write_corpus(tmp_path)
    model = train(corpus, **arguments)
    theirs = gensim.models.Word2Vec(corpus_file=corpus.path, workers=1, seed=0, **OPTIONS, **arguments)
    assert model.wv.index_to_key == theirs.wv.index_to_key
    assert (model.wv.vectors == theirs.wv.vectors).all()
    assert model.get_latest_training_loss() == theirs.get_latest_training_loss()


class OwnWord2Vec(Word2Vec):
    pass


def test_a_class_of_ones_own(tmp_path: Path) -> None:
    model = OwnWord2Vec.from_documents(topic_documents(), random_seed=0, workers=1, **OPTIONS)
    model.save(str(tmp_path / 'model.zip'))
    assert (OwnWord2Vec.load(str(tmp_path / 'model.zip')).wv.vectors == train(write_corpus(tmp_path)).wv.vectors).all()


def test_an_ordinary_call_is_gensims() -> None:
    documents = topic_documents(100)
    model = Word2Vec(documents, workers=1, seed=3, **OPTIONS)
    theirs = gensim.models.Word2Vec(documents, workers=1, seed=3, **OPTIONS)
    assert (model.wv.vectors == theirs.wv.vectors).all()


def test_tokens_with_white_space(tmp_path: Path) -> None:
    documents = [[f'the {word}' for word in document] for document in topic_documents()]
    corpus = write_corpus(tmp_path, documents)
    assert not corpus.is_plain
    model = train(corpus, workers=2)
    assert set(model.wv.index_to_key) == {token for document in documents for token in document}
    assert {word.split()[-1] for word, _ in model.wv.most_similar('the red', topn=5)} <= set(TOPICS['colours'])


def vectors_with_seed_0(corpus: Corpus) -> Any:
    return train(corpus).wv.vectors.tolist()


def test_a_model_does_not_depend_on_the_process(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path)
    # the new process has hashes of strings of its own
    assert call_in_new_process(vectors_with_seed_0, corpus) == vectors_with_seed_0(corpus)


@pytest.mark.parametrize('documents', [[['a', 'b']] * 3, [[], ['a'], [], ['b', 'a'], []]])
def test_a_corpus_of_fewer_documents_than_workers(tmp_path: Path, documents: list[list[str]]) -> None:
    model = train(write_corpus(tmp_path, documents), workers=8, min_count=1)
    assert sorted(model.wv.index_to_key) == ['a', 'b']
    assert model.workers == 8
    assert np.isfinite(model.wv.vectors).all()


def test_the_shares_of_a_file_have_all_its_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('redshells.model.corpus_share._TOKENS_OF_A_WORKER', 10)
    lengths = [3, 0, 40, 1, 1, 0, 20, 5, 30, 0]
    path = tmp_path / 'corpus.txt'
    path.write_text(''.join(' '.join(['語' if length == 40 else 'a'] * length) + '\n' for length in lengths))
    shares = CorpusShares.of(str(path), 4)
    assert (shares.number_of_tokens, shares.longest, shares.empty_lines) == (100, 40, [1, 5, 9])
    lines = path.read_bytes().splitlines(keepends=True)
    starts = np.cumsum([0, *shares.lines])
    assert [sum(map(len, lines[:start])) for start in starts[:-1]] == shares.offsets
    assert sum(shares.documents) == 7
    # each share goes on until it has read more than its part of the tokens, which is where the next one begins
    for start, stop in zip(starts, [*starts[1:-1], len(lengths)], strict=False):
        read, line = 0, start
        while line < len(lengths) and read <= 100 / shares.workers:
            read, line = read + lengths[line], line + 1
        assert line >= stop


def test_a_file_of_one_long_line_has_one_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('redshells.model.corpus_share._TOKENS_OF_A_WORKER', 10)
    path = tmp_path / 'corpus.txt'
    path.write_text('a ' * 100 + '\n')
    assert CorpusShares.of(str(path), 4).offsets == [0]
    path.write_text('')
    assert CorpusShares.of(str(path), 4).offsets == [0]


def test_several_workers_read_all_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('redshells.model.corpus_share._TOKENS_OF_A_WORKER', 1_000)
    model = train(write_corpus(tmp_path, topic_documents(3000)), workers=3, epochs=4)
    assert agreement(model) > 0.9


def test_long_documents_are_read_to_their_end(tmp_path: Path) -> None:
    long = [word for document in topic_documents(6000) for word in document]
    corpus = write_corpus(tmp_path, [long, ['a', 'b'], [], long[:1500]])
    assert agreement(train(corpus, min_count=1, epochs=3)) > 0.9
    with short_lines(corpus.path, len(long)) as path:
        copy = Path(path).read_text().splitlines()
        assert max(len(line.split()) for line in copy) == 1000
        assert ' '.join(copy).split() == [token for document in corpus for token in document]
    with short_lines(corpus.path, 900) as path:
        assert path == corpus.path


@pytest.mark.parametrize('arguments', [{}, {'hs': 1, 'negative': 0}, {'hs': 1}])
def test_a_model_comes_back_from_its_file(tmp_path: Path, arguments: dict[str, Any]) -> None:
    model = train(write_corpus(tmp_path), **arguments, compute_loss=True)
    model.training = {'documents': 600}
    path = str(tmp_path / 'model.zip')
    model.save(path)
    loaded = Word2Vec.load(path)
    clock = {'total_train_time', 'lifecycle_events', 'training', 'versions'}
    assert vars(loaded).keys() - clock == vars(model).keys() - clock
    assert vars(loaded.wv).keys() == vars(model.wv).keys()
    assert (loaded.training, str(loaded)) == ({'documents': 600}, str(model))
    assert loaded.document_vectors([['cat', 'dog']]).tolist() == model.document_vectors([['cat', 'dog']]).tolist()
    assert loaded.to_archive().parts.keys() == model.to_archive().parts.keys()

    assert answers_of(redshells.load_model(path)) == answers_of(model)


def test_a_model_says_and_learns_the_same_in_a_new_process(tmp_path: Path) -> None:
    model, path = train(write_corpus(tmp_path)), str(tmp_path / 'model.zip')
    model.save(path)
    assert call_in_new_process(answers, path) == answers_of(model)


def test_a_model_of_one_word(tmp_path: Path) -> None:
    corpus, path = write_corpus(tmp_path, [['a'] * 9]), str(tmp_path / 'model.zip')
    model = train(corpus)
    model.save(path)
    assert (Word2Vec.load(path).wv['a'] == model.wv['a']).all()
    assert model.similar_words(['a']).table.empty
    with pytest.raises(ParameterError, match="only the word 'a' is left with min_count=5; the tree of hs=1 needs two"):
        train(corpus, hs=1, negative=0)


def test_equal_models_have_equal_files(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path)
    for name in ('a.zip', 'b.zip'):
        train(corpus).save(str(tmp_path / name))
    assert (tmp_path / 'a.zip').read_bytes() == (tmp_path / 'b.zip').read_bytes()


def test_a_file_whose_parts_do_not_fit_is_refused(tmp_path: Path) -> None:
    archive = train(write_corpus(tmp_path)).to_archive()
    short = np.zeros((3, 16), np.float32)
    for name in ('wv_vectors', 'syn1neg', 'wv_attribute_sample_int'):
        path = str(tmp_path / f'{name}.zip')
        parts = {**archive.parts, f'{name}.npy': array_to_bytes(short)}
        replace(archive, parts=parts).save(path)
        with pytest.raises(DamagedArchiveError, match=r'of shape \(3, 16\), not float32 of shape \(22'):
            redshells.load_model(path)
    replace(archive, parameters={**archive.parameters, 'corpus_file': __file__}).save(path)
    assert len(redshells.load_model(path).wv) == 22


def test_a_model_with_read_only_arrays_can_be_trained_on(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path)
    model = train(corpus)
    for name in ('vectors',):
        getattr(model.wv, name).flags.writeable = False
    model.syn1neg.flags.writeable = False
    before = model.wv.vectors
    kept = before.copy()
    model.train(corpus_file=corpus.path, epochs=1)
    assert (before == kept).all()
    assert (model.wv.vectors != kept).any()
    model.wv.vectors.flags.writeable = False
    model.build_vocab([['new', 'new']] * 5, update=True)
    assert 'new' in model.wv


def test_a_model_begins_where_another_has_ended(tmp_path: Path) -> None:
    model = train(write_corpus(tmp_path))
    before = model.wv.vectors.copy()
    path = str(tmp_path / 'model.zip')
    model.save(path)
    documents = [
        [word for word in document if word != 'cat'] + ['zebra', 'cow'] for document in topic_documents(30, seed=1)
    ]
    corpus = write_corpus(tmp_path, documents, 'new.txt')

    begun = train(corpus, epochs=1, initial_model=redshells.load_model(path), alpha=1e-3)

    assert (model.wv.vectors == before).all()
    assert set(begun.wv.index_to_key) == {*model.wv.index_to_key, 'zebra'}
    assert begun.wv.get_vecattr('cat', 'count') == model.wv.get_vecattr('cat', 'count')
    assert begun.wv.get_vecattr('cow', 'count') == model.wv.get_vecattr('cow', 'count') + sum(
        document.count('cow') for document in documents
    )
    for word in ('cat', 'cow', 'red'):
        same = begun.wv[word] @ model.wv[word] / np.linalg.norm(begun.wv[word]) / np.linalg.norm(model.wv[word])
        assert same > 0.95
    assert agreement(begun) > 0.9
    assert agreement(train(corpus, epochs=1, alpha=1e-3)) < 0.7


def test_earlier_words_stay_however_rare_they_are(tmp_path: Path) -> None:
    model = train(write_corpus(tmp_path))
    begun = train(write_corpus(tmp_path, [['x', 'y'] * 500]), min_count=400, initial_model=model, epochs=1)
    assert set(begun.wv.index_to_key) == {*model.wv.index_to_key, 'x', 'y'}


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'vector_size': 8}, 'initial_model has vector_size=16 and the new model vector_size=8'),
        ({'hs': 1}, r'hs=1 and negative=5; hs=0 and negative of at least 1 are expected'),
    ],
)
def test_an_initial_model_that_does_not_fit_is_refused(tmp_path: Path, arguments: Any, message: str) -> None:
    corpus = write_corpus(tmp_path)
    model = train(corpus, epochs=1)
    with pytest.raises(ParameterError, match=message):
        train(corpus, initial_model=model, **arguments)
    with pytest.raises(ParameterError, match='initial_model is a Doc2Vec; a Word2Vec is expected'):
        train(corpus, initial_model=Doc2Vec(vector_size=16))
    with pytest.raises(ParameterError, match='initial_model has no words'):
        train(corpus, initial_model=Word2Vec(vector_size=16))


def test_no_word_is_frequent_enough(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path, [['a', 'b'], ['a', 'c', 'a']])
    with pytest.raises(
        ParameterError,
        match=r'min_count=5: the corpus has 3 different tokens, and the most frequent one occurs 3 times\. Lower min_c',
    ):
        train(corpus)
    with pytest.raises(EmptyTableError, match='the 2 documents have no tokens'):
        train(write_corpus(tmp_path, [[], []]))


def test_the_phases_are_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger='redshells'):
        train(write_corpus(tmp_path))
    assert [record.getMessage() for record in caplog.records if record.name.startswith('redshells')] == [
        'Word2Vec: 600 documents with 5085 tokens; of 22 different ones, the vocabulary now has 22 words',
        'Word2Vec: 20 epochs of training',
    ]


@pytest.mark.parametrize('cls', [Word2Vec, FastText, Doc2Vec])
def test_the_arguments_are_those_of_gensim(cls: Any) -> None:
    theirs = set(inspect.signature(getattr(gensim.models, cls.__name__).__init__).parameters)
    if cls is Doc2Vec:
        theirs |= set(inspect.signature(gensim.models.Word2Vec.__init__).parameters) - {'kwargs'}
    assert ARGUMENTS[cls.__name__] | RESERVED[cls.__name__].keys() >= theirs - {'self', 'kwargs'}
    assert ARGUMENTS[cls.__name__] <= theirs
    assert not ARGUMENTS[cls.__name__] & RESERVED[cls.__name__].keys()


@pytest.mark.parametrize(
    ('arguments', 'error', 'message'),
    [
        ({'size': 10}, ParameterError, r'size=10, as it is called in gensim 3\. Use vector_size'),
        ({'iter': 10}, ParameterError, r'iter=10, as it is called in gensim 3\. Use epochs'),
        ({'seed': 1}, ParameterError, r'seed=1, which is set here\. Use random_seed'),
        ({'trim_rule': print}, ParameterError, 'trim_rule=.* Use min_count or max_final_vocab'),
        ({'windw': 1}, UnknownArgumentError, "does not take the argument 'windw'; .* Did you mean window"),
        ({'window': 0}, ParameterError, 'window=0; an integer of at least 1 is expected'),
        ({'vector_size': 2.5}, ParameterError, r'vector_size=2\.5; an integer'),
        ({'negative': 0}, ParameterError, 'negative=0 and hs=0, with which nothing is learnt'),
        ({'batch_words': 20_000}, ParameterError, 'batch_words=20000; an integer from 1 to 10000'),
    ],
)
def test_arguments_that_gensim_does_not_bear(tmp_path: Path, arguments: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        check_word_vector_arguments('Word2Vec', arguments)
    with pytest.raises(error, match=message):
        Word2Vec.from_documents(write_corpus(tmp_path), random_seed=0, **arguments)


def test_arguments_that_say_nothing_pass() -> None:
    given = {'corpus_file': None, 'trim_rule': None, 'max_vocab_size': None, 'null_word': 0, 'word_ngrams': 1}
    assert check_word_vector_arguments('FastText', given) == {'null_word': 0, 'word_ngrams': 1}


def test_the_arguments_are_checked_without_gensim() -> None:
    code = 'import sys, redshells.model.word_vector_arguments; print("gensim" in sys.modules)'
    env = {**os.environ, 'PYTHONPATH': os.getcwd()}
    printed = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True, env=env).stdout
    assert printed.strip() == 'False'


def test_document_vectors_are_means_of_word_vectors(tmp_path: Path) -> None:
    documents = topic_documents(50)
    model = train(write_corpus(tmp_path))
    asked = [['cat', 'cat', 'red', 'unheard'], [], ['unheard'], documents[0]]
    found = model.document_vectors(iter(asked))
    cat, red = model.wv['cat'], model.wv['red']
    np.testing.assert_allclose(found[0], (2 * cat + red) / 3, rtol=1e-5, atol=1e-7)
    assert not found[1:3].any()
    np.testing.assert_allclose(found[3], model.wv[documents[0]].mean(axis=0), rtol=1e-4, atol=1e-6)
    assert (model.document_vectors(asked[:1]) == found[:1]).all()
    assert found.dtype == np.float32
    assert model.document_vectors([]).shape == (0, 16)


def test_document_vectors_with_the_weights_of_rare_words(tmp_path: Path) -> None:
    model = train(write_corpus(tmp_path))
    seen = [['cat', 'the'], ['red', 'the'], ['cat', 'saw', 'the']]
    idf = Tfidf(Dictionary(seen), seen)
    found = model.document_vectors([['cat', 'saw', 'saw', 'the', 'goat'], ['the', 'goat']], idf=idf)
    cat, saw = np.log2(3 / 2), 2 * np.log2(3)
    expected = (cat * model.wv['cat'] + saw * model.wv['saw']) / (cat + saw)
    np.testing.assert_allclose(found[0], expected, rtol=1e-5)
    assert not found[1].any()


def test_document_vectors_of_words_of_length_1(tmp_path: Path) -> None:
    model = train(write_corpus(tmp_path))
    found = model.document_vectors([['cat', 'red', 'red'], []], normalize_words=True)
    expected = model.wv.get_mean_vector(['cat', 'red', 'red'], pre_normalize=True)
    np.testing.assert_allclose(found[0], expected, rtol=1e-4, atol=1e-6)
    assert not found[1].any()


def test_similar_words_are_those_of_gensim(tmp_path: Path) -> None:
    model = train(write_corpus(tmp_path))
    found = model.similar_words(['red', 'unheard', 'cat', 'red'], top_n=4)
    assert found.unknown_words == ['unheard']
    assert found.table.columns.tolist() == ['word', 'similar_word', 'similarity']
    assert found.table.word.tolist() == ['red'] * 4 + ['cat'] * 4
    expected = [*model.wv.most_similar('red', topn=4), *model.wv.most_similar('cat', topn=4)]
    assert found.table.similar_word.tolist() == [word for word, _ in expected]
    np.testing.assert_allclose(found.table.similarity, [similarity for _, similarity in expected], atol=1e-6)
    assert len(model.similar_words(['cat'], top_n=1000).table) == len(model.wv) - 1
    assert model.similar_words(['unheard']).table.empty


@pytest.mark.parametrize('binary', [True, False])
def test_vectors_for_others(tmp_path: Path, binary: bool) -> None:
    model = train(write_corpus(tmp_path, [*topic_documents(), ['語', 'é'] * 5]))
    path = str(tmp_path / 'vectors')
    model.export_word2vec_format(path, binary=binary)
    loaded = gensim.models.KeyedVectors.load_word2vec_format(path, binary=binary)
    assert loaded.index_to_key == model.wv.index_to_key
    assert (loaded.vectors == model.wv.vectors).all() if binary else np.allclose(loaded.vectors, model.wv.vectors)


def test_words_that_the_format_can_not_hold_are_refused(tmp_path: Path) -> None:
    model = train(write_corpus(tmp_path, [['New York', 'city']] * 10))
    with pytest.raises(ParameterError, match=r"1 of 2 words have white space in them or are empty, such as \['New Y"):
        model.export_word2vec_format(str(tmp_path / 'vectors'))
    assert not (tmp_path / 'vectors').exists()


def test_an_attribute_that_is_no_number_can_not_be_saved() -> None:
    model = Word2Vec(topic_documents(50), workers=1, seed=0)
    model.wv.set_vecattr('cat', 'rank', 3)
    assert Word2Vec.from_archive(model.to_archive()).wv.get_vecattr('cat', 'rank') == 3
    model.wv.set_vecattr('cat', 'sound', 'meow')
    with pytest.raises(ParameterError, match="the attribute 'sound' of the vectors is no number"):
        model.to_archive()
