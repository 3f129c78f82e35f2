"""doc2vec: vectors of lines and of new documents, archives and warm starts."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import gensim.models
import numpy as np
import pytest
from gensim.models.doc2vec import TaggedDocument

import redshells
from redshells.errors import ParameterError
from redshells.model.corpus import Corpus
from redshells.model.corpus_share import CorpusShares
from redshells.model.doc2vec import Doc2Vec
from redshells.testing.new_process import call_in_new_process
from tests.model.topics import topic_documents, topic_of, write_corpus

OPTIONS = {'vector_size': 16, 'epochs': 30, 'sample': 0.01, 'window': 4}
Documents = list[list[str]]


def train(corpus: Corpus, **arguments: Any) -> Doc2Vec:
    return Doc2Vec.from_documents(corpus, **{'random_seed': 0, 'workers': 1, **OPTIONS, **arguments})


def agreement(vectors: Any, documents: Documents) -> float:
    """The share of the documents with words whose nearest one has the same topic."""
    rows = [row for row, document in enumerate(documents) if document]
    topics = [topic_of(next(word for word in documents[row] if topic_of(word))) or '' for row in rows]
    unit = vectors[rows] / np.linalg.norm(vectors[rows], axis=1)[:, None]
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -1)
    return float(np.mean(np.array(topics) == np.array(topics)[cosines.argmax(axis=1)]))


def with_empty(documents: Documents) -> Documents:
    result: Documents = []
    for number, document in enumerate(documents):
        result += [[]] * (number % 3 == 0) + [document]
    return [*result, []]


def long_enough(documents: Documents) -> Documents:
    return [document for document in documents if any(topic_of(word) for word in document)]


DOCUMENTS = long_enough(topic_documents(400, length=30))


def answers(path: str) -> tuple[Any, ...]:
    return answers_of(redshells.load_model(path))


def answers_of(model: Any) -> tuple[Any, ...]:
    before = (
        model.wv.most_similar('cat'),
        model.dv.most_similar(3),
        model.infer_vector(DOCUMENTS[0]).tolist(),
        model.document_vectors(DOCUMENTS[:5]).tolist(),
    )
    model.train([TaggedDocument(one, [row]) for row, one in enumerate(DOCUMENTS)], total_examples=400, epochs=2)
    return *before, model.dv.vectors.tolist(), model.wv.vectors.tolist()


@pytest.mark.parametrize(
    ('arguments', 'least'),  # by chance it is a third
    [
        ({}, 0.7),
        ({'workers': 3}, 0.7),
        ({'dm': 0}, 0.95),
        ({'dm_concat': 1}, 0.6),
        ({'hs': 1, 'negative': 0}, 0.6),
        ({'dm': 0, 'hs': 1, 'negative': 0}, 0.95),
    ],
)
def test_documents_of_a_topic_are_similar(tmp_path: Path, arguments: dict[str, Any], least: float) -> None:
    model = train(write_corpus(tmp_path, DOCUMENTS), **arguments)
    assert isinstance(model, gensim.models.Doc2Vec)
    assert model.dv.vectors.shape == (len(DOCUMENTS), 16)
    assert agreement(model.dv.vectors, DOCUMENTS) > least
    assert agreement(model.document_vectors(DOCUMENTS), DOCUMENTS) > least


def test_one_worker_learns_what_gensim_does(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path, DOCUMENTS)
    theirs = gensim.models.Doc2Vec(corpus_file=corpus.path, workers=1, seed=0, **OPTIONS)
    model = train(corpus)
    assert (model.dv.vectors == theirs.dv.vectors).all()
    assert (model.wv.vectors == theirs.wv.vectors).all()


def test_dm_mean_counts() -> None:
    assert Doc2Vec(**Doc2Vec._constructor_arguments({'dm_mean': 0})).cbow_mean == 0


@pytest.mark.parametrize('workers', [1, 3])
@pytest.mark.parametrize('dm', [0, 1])
def test_vectors_stay_with_their_lines_where_there_are_empty_ones(
    tmp_path: Path, workers: int, dm: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('redshells.model.corpus_share._TOKENS_OF_A_WORKER', 1_000)
    documents = with_empty(DOCUMENTS)
    assert [] in documents[1:-1]
    model = train(write_corpus(tmp_path, documents), workers=workers, dm=dm)
    assert model.dv.vectors.shape == (len(documents), 16)
    assert agreement(model.dv.vectors, documents) > (0.7 if dm else 0.95)
    is_empty = np.array([not one for one in documents])
    largest = np.abs(model.dv.vectors).max(axis=1)
    assert largest[is_empty].max() <= 1 / 16  # as they were drawn
    assert largest[~is_empty].mean() > 2 / 16


def test_several_workers_learn_all_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('redshells.model.corpus_share._TOKENS_OF_A_WORKER', 1_000)
    # half of the bytes are not half of the tokens
    documents = [[word * 20 for word in one] for one in DOCUMENTS[:200]] + DOCUMENTS[200:]
    corpus = write_corpus(tmp_path, documents)
    model = train(corpus, workers=3, epochs=1, dm=0, min_count=1)
    assert CorpusShares.of(corpus.path, 3).workers == 3
    before = Doc2Vec(min_count=1, seed=0, **OPTIONS)
    before.build_vocab(corpus_file=corpus.path)
    assert (model.dv.vectors != before.dv.vectors).any(axis=1).all()


def test_tokens_with_white_space(tmp_path: Path) -> None:
    documents = with_empty([[f'the {word}' for word in document] for document in DOCUMENTS])
    model = train(write_corpus(tmp_path, documents), dm=0)
    assert agreement(model.dv.vectors, [[word.split()[-1] for word in one] for one in documents]) > 0.85


def test_a_corpus_of_fewer_documents_than_workers(tmp_path: Path) -> None:
    model = train(write_corpus(tmp_path, [[], ['a', 'b', 'a'], []]), workers=8, min_count=1)
    assert model.dv.vectors.shape == (3, 16)
    assert np.isfinite(model.dv.vectors).all()


def test_documents_that_are_too_long_are_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    documents = [[word for document in topic_documents(2000) for word in document], ['cat', 'dog'] * 5]
    with caplog.at_level(logging.WARNING, logger='redshells'):
        train(write_corpus(tmp_path, documents), epochs=1)
    (message,) = [record.getMessage() for record in caplog.records if record.name.startswith('redshells')]
    assert 'of each document the first 10000 known ones are read' in message


def test_an_inferred_vector_depends_on_nothing_but_the_document(tmp_path: Path) -> None:
    model = train(write_corpus(tmp_path, DOCUMENTS))
    state = model.random.get_state()[1].copy()
    documents = [DOCUMENTS[0], [], ['unheard'], ['cat', 'unheard'], ['cat'], *DOCUMENTS]
    found = model.document_vectors(iter(documents), workers=1)
    assert (found == model.document_vectors(documents, workers=3)).all()
    assert (found[0] == model.infer_vector(DOCUMENTS[0])).all()
    assert (found[0] == found[5]).all()
    assert (found[3] == found[4]).all()
    assert not found[1:3].any()
    assert (model.random.get_state()[1] == state).all()
    assert (found[0] != model.document_vectors(documents[:1], epochs=3)[0]).any()
    assert model.document_vectors([]).shape == (0, 16)
    with pytest.raises(ParameterError, match="the document is the string 'a cat'; its tokens are expected"):
        model.infer_vector('a cat')


@pytest.mark.parametrize('arguments', [{}, {'dm': 0, 'dbow_words': 1}, {'dm_concat': 1}, {'hs': 1, 'negative': 0}])
def test_a_model_comes_back_from_its_file(tmp_path: Path, arguments: dict[str, Any]) -> None:
    model, path = train(write_corpus(tmp_path, DOCUMENTS), epochs=2, dm_mean=0, **arguments), str(tmp_path / 'm.zip')
    model.save(path)
    loaded = Doc2Vec.load(path)
    clock = {'total_train_time', 'lifecycle_events', 'training', 'versions'}
    assert vars(loaded).keys() - clock == vars(model).keys() - clock
    assert (str(loaded), loaded.cbow_mean) == (str(model), 0)
    assert answers_of(loaded) == answers_of(model)


def test_a_model_says_and_learns_the_same_in_a_new_process(tmp_path: Path) -> None:
    model, path = train(write_corpus(tmp_path, DOCUMENTS), epochs=2), str(tmp_path / 'model.zip')
    model.save(path)
    assert call_in_new_process(answers, path) == answers_of(model)


def test_named_documents_come_back_from_a_file(tmp_path: Path) -> None:
    tagged = [TaggedDocument(one, [row, f'topic {row % 3}']) for row, one in enumerate(DOCUMENTS)]
    model = Doc2Vec(tagged, workers=1, seed=0, **OPTIONS)
    model.save(str(tmp_path / 'model.zip'))
    loaded = Doc2Vec.load(str(tmp_path / 'model.zip'))
    assert (loaded.dv['topic 1'] == model.dv['topic 1']).all()
    assert (loaded.dv[7] == model.dv[7]).all()
    assert loaded.dv.get_vecattr('topic 1', 'doc_count') == model.dv.get_vecattr('topic 1', 'doc_count')
    assert loaded.dv.index_to_key == model.dv.index_to_key


@pytest.mark.parametrize('dm', [0, 1])
def test_a_model_begins_where_another_has_ended(tmp_path: Path, dm: int) -> None:
    model = train(write_corpus(tmp_path, DOCUMENTS), dm=dm)
    before = [model.wv.vectors.copy(), model.dv.vectors.copy(), model.syn1neg.copy()]
    documents = [[*document, 'zebra'] for document in long_enough(topic_documents(60, seed=1, length=30))]
    corpus = write_corpus(tmp_path, documents, 'new.txt')

    begun = train(corpus, epochs=2, initial_model=model, dm=dm)

    for array, now in zip(before, (model.wv.vectors, model.dv.vectors, model.syn1neg), strict=True):
        assert (array == now).all()
    assert set(begun.wv.index_to_key) == {*model.wv.index_to_key, 'zebra'}
    assert begun.dv.vectors.shape == (60, 16)
    assert (
        agreement(begun.dv.vectors, documents) > agreement(train(corpus, epochs=2, dm=dm).dv.vectors, documents) + 0.1
    )
    assert agreement(begun.document_vectors(documents, epochs=30), documents) > 0.85


def test_a_model_with_filled_contexts_begins_where_another_has_ended(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path, DOCUMENTS)
    model = train(corpus, dm_concat=1, epochs=2)
    begun = train(corpus, dm_concat=1, epochs=2, initial_model=model, alpha=1e-3)
    assert sorted(begun.wv.index_to_key) == sorted(model.wv.index_to_key)
    np.testing.assert_allclose(begun.wv['cat'], model.wv['cat'], atol=0.05)


def test_an_initial_model_of_another_width_is_refused(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path, DOCUMENTS)
    model = train(corpus, epochs=1, dm_concat=1)
    with pytest.raises(ParameterError, match='initial_model has layer1_size=144 and the new model layer1_size=16'):
        train(corpus, initial_model=model)
