"""fastText: unknown words, archives, warm starts and document vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gensim.models
import numpy as np
import pytest

import redshells
from redshells.errors import ParameterError
from redshells.model.corpus import Corpus
from redshells.model.dictionary import Dictionary
from redshells.model.fasttext import FastText
from redshells.model.tfidf import Tfidf
from redshells.testing.new_process import call_in_new_process
from tests.model.topics import COMMON, TOPICS, topic_documents, topic_of, write_corpus

OPTIONS = {'vector_size': 16, 'epochs': 20, 'sample': 0.01, 'window': 4, 'bucket': 500}
UNHEARD = ['cattle', 'greenish', '語', 'hammers']


def train(corpus: Corpus, **arguments: Any) -> FastText:
    return FastText.from_documents(corpus, **{'random_seed': 0, 'workers': 1, **OPTIONS, **arguments})


def agreement(model: FastText) -> float:
    words = [word for topic in TOPICS.values() for word in topic]
    table = model.similar_words(words, top_n=1).table
    return float(np.mean([topic_of(a) == topic_of(b) for a, b in zip(table.word, table.similar_word, strict=True)]))


def answers(path: str) -> tuple[Any, ...]:
    return answers_of(redshells.load_model(path))


def answers_of(model: Any) -> tuple[Any, ...]:
    before = model.wv.most_similar('cat'), [model.wv[word].tolist() for word in UNHEARD]
    model.train(topic_documents(60, seed=3), total_examples=60, epochs=2)
    return *before, model.wv.vectors.tolist(), model.wv['cattle'].tolist()


@pytest.mark.parametrize('arguments', [{}, {'workers': 3}, {'sg': 1}, {'min_n': 4, 'max_n': 3}])
def test_words_of_a_topic_are_similar(tmp_path: Path, arguments: dict[str, Any]) -> None:
    model = train(write_corpus(tmp_path), **arguments)
    assert agreement(model) > 0.9
    assert isinstance(model, gensim.models.FastText)


def test_one_worker_learns_what_gensim_does(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path)
    theirs = gensim.models.FastText(corpus_file=corpus.path, workers=1, seed=0, **OPTIONS)
    assert (train(corpus).wv.vectors == theirs.wv.vectors).all()


def test_tokens_with_white_space(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path, [[f'the {word}' for word in document] for document in topic_documents()])
    assert {word for word, _ in train(corpus).wv.most_similar('the red', topn=5)} <= {
        f'the {colour}' for colour in TOPICS['colours']
    }


@pytest.mark.parametrize('arguments', [{}, {'min_n': 4, 'max_n': 3}, {'hs': 1, 'negative': 0}])
def test_a_model_comes_back_from_its_file(tmp_path: Path, arguments: dict[str, Any]) -> None:
    model, path = train(write_corpus(tmp_path), **arguments), str(tmp_path / 'model.zip')
    model.save(path)
    loaded = FastText.load(path)
    clock = {'total_train_time', 'lifecycle_events', 'training', 'versions'}
    assert vars(loaded).keys() - clock == vars(model).keys() - clock
    assert vars(loaded.wv).keys() == vars(model.wv).keys()
    documents = [['cat', 'cattle'], ['greenish']]
    assert (loaded.document_vectors(documents) == model.document_vectors(documents)).all()
    for one in (loaded, model):
        one.train(topic_documents(60, seed=3), total_examples=60, epochs=2)
    assert (loaded.wv.vectors == model.wv.vectors).all()
    assert (loaded.wv.vectors_ngrams == model.wv.vectors_ngrams).all()


def test_a_model_says_and_learns_the_same_in_a_new_process(tmp_path: Path) -> None:
    model, path = train(write_corpus(tmp_path)), str(tmp_path / 'model.zip')
    model.save(path)
    assert call_in_new_process(answers, path) == answers_of(model)


def test_a_loaded_model_learns_new_words(tmp_path: Path) -> None:
    path = str(tmp_path / 'model.zip')
    train(write_corpus(tmp_path)).save(path)
    loaded = FastText.load(path)
    loaded.build_vocab([['zebra'] * 9], update=True)
    loaded.train([['zebra', 'cow']] * 9, total_examples=9, epochs=1)
    assert 'zebra' in loaded.wv.key_to_index


def test_a_model_begins_where_another_has_ended(tmp_path: Path) -> None:
    model = train(write_corpus(tmp_path))
    before = [getattr(model.wv, name).copy() for name in ('vectors', 'vectors_vocab', 'vectors_ngrams')]
    documents = [[*document, 'zebra'] for document in topic_documents(30, seed=1)]
    corpus = write_corpus(tmp_path, documents, 'new.txt')

    begun = train(corpus, epochs=1, initial_model=model, alpha=1e-3)

    for array, name in zip(before, ('vectors', 'vectors_vocab', 'vectors_ngrams'), strict=True):
        assert (array == getattr(model.wv, name)).all()
    assert set(begun.wv.index_to_key) == {*model.wv.index_to_key, 'zebra'}
    for word in ('cat', 'red', 'cattle'):
        same = begun.wv[word] @ model.wv[word] / np.linalg.norm(begun.wv[word]) / np.linalg.norm(model.wv[word])
        assert same > 0.95
    assert agreement(begun) > 0.9
    assert agreement(train(corpus, epochs=1, alpha=1e-3)) < 0.7


@pytest.mark.parametrize('arguments', [{'bucket': 400}, {'min_n': 2}, {'max_n': 5}])
def test_an_initial_model_with_other_ngrams_is_refused(tmp_path: Path, arguments: dict[str, Any]) -> None:
    corpus = write_corpus(tmp_path)
    model = train(corpus, epochs=1)
    ((name, value),) = arguments.items()
    with pytest.raises(ParameterError, match=rf'initial_model has {name}=\d+ and the new model {name}={value}'):
        train(corpus, initial_model=model, **arguments)


def test_unknown_words_count_in_document_vectors(tmp_path: Path) -> None:
    model = train(write_corpus(tmp_path))
    asked = [['cat', 'cattle', 'cattle', 'red'], [], UNHEARD, ['cat']]
    found = model.document_vectors(iter(asked))
    np.testing.assert_allclose(found[0], model.wv[asked[0]].mean(axis=0), rtol=1e-4, atol=1e-6)
    assert not found[1].any()
    np.testing.assert_allclose(found[2], model.wv[UNHEARD].mean(axis=0), rtol=1e-4, atol=1e-6)
    assert (model.document_vectors(asked[2:3]) == found[2:3]).all()
    assert (model.document_vectors(asked[::-1])[::-1] == found).all()
    assert model.document_vectors([]).shape == (0, 16)


def test_document_vectors_with_the_weights_of_rare_words(tmp_path: Path) -> None:
    model = train(write_corpus(tmp_path))
    seen = [['cat', 'the'], ['cattle', 'the'], ['cat', 'red', 'the']]
    idf = Tfidf(Dictionary(seen), seen)
    found = model.document_vectors([['cat', 'cattle', 'the', 'unheard']], idf=idf)
    cat, cattle = np.log2(3 / 2), np.log2(3)
    expected = (cat * model.wv['cat'] + cattle * model.wv['cattle']) / (cat + cattle)
    np.testing.assert_allclose(found[0], expected, rtol=1e-4, atol=1e-6)


def test_without_ngrams_unknown_words_are_left_out(tmp_path: Path) -> None:
    model = train(write_corpus(tmp_path), min_n=4, max_n=3)
    found = model.document_vectors([['cat', 'cattle'], ['cattle']])
    np.testing.assert_allclose(found[0], model.wv['cat'], rtol=1e-5)
    assert not found[1].any()
    assert model.similar_words(['cattle', 'cat']).unknown_words == ['cattle']


def test_unknown_words_have_similar_ones(tmp_path: Path) -> None:
    model = train(write_corpus(tmp_path))
    found = model.similar_words(['hammering', 'red', ''], top_n=3)
    assert found.unknown_words == ['']  # it has no n-grams
    assert found.table.word.tolist() == ['hammering'] * 3 + ['red'] * 3
    expected = [*model.wv.most_similar('hammering', topn=3), *model.wv.most_similar('red', topn=3)]
    assert found.table.similar_word.tolist() == [word for word, _ in expected]
    np.testing.assert_allclose(found.table.similarity, [similarity for _, similarity in expected], atol=1e-5)


def test_vectors_for_others(tmp_path: Path) -> None:
    model = train(write_corpus(tmp_path))
    model.export_word2vec_format(str(tmp_path / 'vectors'), binary=True)
    loaded = gensim.models.KeyedVectors.load_word2vec_format(str(tmp_path / 'vectors'), binary=True)
    assert set(loaded.index_to_key) >= set(COMMON)
    assert all((loaded[word] == model.wv[word]).all() for word in loaded.index_to_key)
