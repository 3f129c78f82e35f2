"""Topics of documents: planted ones are found, every parameter does something, and archives come back."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import gensim.corpora
import numpy as np
import pytest

import redshells
from redshells.errors import (
    DataError,
    EmptyTableError,
    NotFittedError,
    ParameterError,
    SplitError,
    UnknownArgumentError,
)
from redshells.model.coherence import topic_coherence
from redshells.model.dictionary import Dictionary
from redshells.model.lda_model import LdaModel
from redshells.model.topic_inference import infer_topics, log_perplexity
from redshells.model.topic_training import TopicTraining

Documents = list[list[str]]


def planted(documents: int = 300, topics: int = 5, seed: int = 0) -> tuple[Documents, np.ndarray[Any, Any]]:
    """Documents whose words are of one or two topics of 20 words each, and in a fifth of the places of any."""
    generator = np.random.default_rng(seed)
    shares = generator.dirichlet(np.full(topics, 0.2), documents)
    result = []
    for share in shares:
        of_topic = generator.choice(topics, 40, p=share)
        names = [f'{topic}-{word}' for topic, word in zip(of_topic, generator.integers(20, size=40), strict=True)]
        common = generator.random(40) < 0.2
        result.append(
            [
                f'common-{n % 10}' if is_common else name
                for n, (name, is_common) in enumerate(zip(names, common, strict=True))
            ]
        )
    return result, shares


DOCUMENTS, SHARES = planted()
FITTED = LdaModel(5).fit(DOCUMENTS)


def fitted(documents: Documents = DOCUMENTS, fit: dict[str, Any] | None = None, **parameters: Any) -> LdaModel:
    return LdaModel(**{'n_topics': 5, **parameters}).fit(documents, **(fit or {}))


@pytest.mark.parametrize('seed', range(4))
@pytest.mark.parametrize('chunksize', [16, 64])
def test_planted_topics_are_found(seed: int, chunksize: int) -> None:
    model = fitted(random_seed=seed, chunksize=chunksize)
    own = [{word.split('-')[0] for word, _ in model.topic_words(topic)} - {'common'} for topic in range(5)]
    assert sorted(map(sorted, own)) == [[str(topic)] for topic in range(5)]
    order = [int(*topic) for topic in own]
    error = np.abs(model.get_document_topics(DOCUMENTS) - SHARES[:, order]).mean()
    assert error < 0.05


def test_held_out_documents_are_foretold_nearly_as_well_as_by_the_planted_topics() -> None:
    words = {word: column for column, word in enumerate(sorted({word for one in DOCUMENTS for word in one}))}
    probabilities = np.zeros((len(words), 5), np.float32)
    for word, column in words.items():
        kind = word.split('-')[0]
        probabilities[column, slice(None) if kind == 'common' else int(kind)] = 0.02 if kind == 'common' else 0.04
    dictionary = Dictionary()
    dictionary.token2id = words
    others, _ = planted(seed=1)
    best = log_perplexity(dictionary.count(others), probabilities, np.full(5, 0.2), random_seed=0)
    ours = log_perplexity(
        FITTED.dictionary.count(others), np.ascontiguousarray(FITTED.topic_word_.T), FITTED.alpha_, random_seed=0
    )
    assert best is not None
    assert ours is not None
    assert best - 0.1 < ours < best
    assert FITTED.log_perplexity == pytest.approx(ours, abs=0.1)


def test_more_topics_than_there_are_foretell_better_than_one() -> None:
    one = fitted(n_topics=1)
    assert one.log_perplexity is not None
    assert FITTED.log_perplexity is not None
    assert one.log_perplexity < FITTED.log_perplexity - 0.5
    assert (one.get_document_topics(DOCUMENTS[:3]) == 1).all()
    assert np.isfinite(fitted(DOCUMENTS[:20], n_topics=40).topic_word_).all()


def test_the_prior_is_learnt() -> None:
    documents, _ = planted(600, seed=3)
    counts = Dictionary(documents).count(documents)
    for first in (0.02, 2.0):
        prior = fitted(documents, alpha=first).alpha_
        assert 0.08 < prior.mean() < 0.45  # 0.2, and the common words besides
    model = fitted([document for document in documents if document[0].startswith(('0', '1', 'c'))], n_topics=2)
    assert model.alpha_.shape == (2,)
    assert counts.shape[0] == 600


@pytest.mark.parametrize(
    'change',
    [
        {'chunksize': 32},
        {'decay': 0.9},
        {'offset': 4},
        {'iterations': 5},
        {'eta': 0.5},
        {'alpha': 1.0},
        {'random_seed': 1},
        {'n_topics': 6},
        {'fit': {'passes': 5}},
        {'fit': {'adjust_passes': False}},
        {'fit': {'test_size': 0.5}},
        {'fit': {'dictionary': Dictionary(DOCUMENTS[:3])}},
    ],
    ids=lambda change: '-'.join([*change, *change.get('fit', ())]),
)
def test_every_parameter_does_something(change: dict[str, Any]) -> None:
    changed = fitted(**change)
    assert changed.topic_word_.shape != FITTED.topic_word_.shape or (changed.topic_word_ != FITTED.topic_word_).any()


def test_what_the_parameters_do() -> None:
    assert fitted(eta=5.0).topic_word_.min() > FITTED.topic_word_.min()
    # a lower learning rate stays nearer to the first topics, which are all alike
    slow, fast = (fitted(offset=offset, fit={'passes': 1}) for offset in (10_000, 1))
    assert slow.topic_word_.std(axis=0).mean() < fast.topic_word_.std(axis=0).mean()
    slow, fast = (fitted(decay=decay, chunksize=8, fit={'passes': 1}) for decay in (1.0, 0.5))
    assert slow.topic_word_.std(axis=0).mean() < fast.topic_word_.std(axis=0).mean()
    assert fitted(fit={'passes': 7}).passes_ == 7
    assert fitted(fit={'adjust_passes': False}).passes_ == 1
    assert FITTED.passes_ == 30


def test_the_same_seed_gives_the_same_and_the_input_is_left_as_it_is() -> None:
    before = json.dumps(DOCUMENTS)
    again = LdaModel(5).fit(iter(DOCUMENTS))
    assert (again.topic_word_ == FITTED.topic_word_).all()
    assert (again.alpha_ == FITTED.alpha_).all()
    assert again.log_perplexity == FITTED.log_perplexity
    assert json.dumps(DOCUMENTS) == before


def test_shares_of_documents() -> None:
    shares = FITTED.get_document_topics(iter([*DOCUMENTS, [], ['never seen']]))
    assert shares.shape == (302, 5)
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(shares[-1], FITTED.alpha_ / FITTED.alpha_.sum(), rtol=1e-5)
    assert (shares[-2] == shares[-1]).all()
    assert (FITTED.get_document_topics([DOCUMENTS[7]]) == shares[7]).all()
    assert (FITTED.get_document_topics(DOCUMENTS[::-1])[::-1] == shares[:300]).all()
    assert (FITTED.get_document_topics([[*DOCUMENTS[7][::-1], 'new']]) == shares[7]).all()
    assert FITTED.get_document_topics([]).shape == (0, 5)


def test_vectors_of_documents_without_a_known_word_are_zeros() -> None:
    vectors = FITTED.document_vectors([DOCUMENTS[0], [], ['never seen']])
    assert (vectors[0] == FITTED.get_document_topics([DOCUMENTS[0]])[0]).all()
    assert (vectors[1:] == 0).all()


def test_the_words_of_topics() -> None:
    np.testing.assert_allclose(FITTED.topic_word_.sum(axis=1), 1, rtol=1e-4)
    words = FITTED.topic_words(2, n_words=1000)
    assert len(words) == len(FITTED.dictionary)
    assert [weight for _, weight in words] == sorted((weight for _, weight in words), reverse=True)
    lines = FITTED.show_topics().split('\n')
    word, weight = FITTED.topic_words(3)[0]
    assert lines[3].startswith(f'topic_3 [{FITTED.alpha_[3]:f}]: {weight:.3f}*"{word}" + ')
    assert [line.count('"') for line in lines] == [60] * 5
    assert FITTED.show_topics(2).count('"') == 5 * 4
    with pytest.raises(ParameterError, match='topic=5 was given; there are the topics from 0 to 4'):
        FITTED.topic_words(5)
    with pytest.raises(ParameterError, match='n_words=0 was given'):
        FITTED.show_topics(0)


def test_the_coherence_is_that_of_the_training_documents() -> None:
    model = fitted(fit={'test_size': 0})
    tops = [[word for word, _ in model.topic_words(topic)] for topic in range(5)]
    assert model.coherence_ == pytest.approx(topic_coherence(tops, DOCUMENTS).mean())
    assert model.log_perplexity is None
    assert fitted([['one', 'one']] * 20, n_topics=2).coherence_ is None


@pytest.mark.parametrize('library', [gensim.corpora.Dictionary, Dictionary])
def test_a_given_dictionary_restricts_the_words(library: Any) -> None:
    dictionary = library([*DOCUMENTS, ['only here'] * 3])
    dictionary.filter_tokens(bad_ids=[dictionary.token2id['0-3'], dictionary.token2id['1-1']])
    dictionary.token2id = {token: 3 * id_ for token, id_ in dictionary.token2id.items()}  # holes
    dictionary.id2token = {}
    before = dict(dictionary.token2id)

    model = fitted([*DOCUMENTS, ['0-3'], []], fit={'dictionary': dictionary})

    holes = sorted(set(range(model.dictionary.size)) - set(before.values()))
    assert dict(dictionary.token2id) == before == model.dictionary.token2id
    assert (model.topic_word_[:, holes] == 0).all()
    np.testing.assert_allclose(model.topic_word_.sum(axis=1), 1, rtol=1e-4)
    prior, unseen = model.get_document_topics([['0-3'], ['only here']])
    assert (prior == unseen).all()
    assert {'0-3', '1-1'}.isdisjoint(word for topic in range(5) for word, _ in model.topic_words(topic, 1000))
    dictionary.token2id.clear()
    assert model.dictionary.token2id == before


def test_documents_without_known_words_are_no_trouble() -> None:
    documents = [[], *DOCUMENTS, *[[] for _ in range(200)], ['other']]
    model = fitted(documents, fit={'dictionary': Dictionary(DOCUMENTS)}, chunksize=8)
    assert np.isfinite(model.topic_word_).all()
    assert np.isfinite(model.alpha_).all()
    assert model.log_perplexity is not None
    assert (model.topic_word_ == fitted(chunksize=8, fit={'dictionary': Dictionary(DOCUMENTS)}).topic_word_).all()


def test_a_vanishing_prior_and_the_fastest_learning_give_numbers() -> None:
    model = fitted(eta=1e-16, offset=1, decay=1, chunksize=1, fit={'passes': 2})
    assert np.isfinite(model.topic_word_).all()
    assert np.isfinite(model.get_document_topics(DOCUMENTS)).all()


@pytest.mark.parametrize(
    ('parameters', 'message'),
    [
        ({'n_topics': 0}, 'n_topics=0 was given; an integer of at least 1 is expected'),
        ({'n_topics': 2.5}, r'n_topics=2\.5 was given; an integer'),
        ({'n_topics': True}, 'n_topics=True was given'),
        ({'chunksize': 0}, 'chunksize=0 was given'),
        ({'iterations': 0}, 'iterations=0 was given'),
        ({'decay': 0.4}, r'decay=0\.4 was given; a number from 0\.5 to 1 is expected'),
        ({'decay': 1.1}, r'decay=1\.1 was given'),
        ({'offset': 0}, 'offset=0 was given; a number of at least 1'),
        ({'eta': -0.1}, r'eta=-0\.1 was given; a number of at least 1e-30'),
        ({'eta': 0}, 'eta=0 was given'),
        ({'eta': 'auto'}, "eta='auto' was given"),
        ({'alpha': float('nan')}, 'alpha=nan was given'),
        ({'alpha': float('inf')}, 'alpha=inf was given'),
        ({'random_seed': -1}, 'random_seed=-1 was given'),
        ({'fit': {'test_size': 1.0}}, r'test_size=1\.0 was given; a share'),
        ({'fit': {'test_size': 'a tenth'}}, "test_size='a tenth' was given; a share"),
        ({'fit': {'passes': 0}}, 'passes=0 was given'),
    ],
)
def test_wrong_parameters(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        fitted(**parameters)


def test_the_old_name_of_the_seed_is_refused() -> None:
    with pytest.raises(UnknownArgumentError, match=r'random_state=7\. .* LdaModel\(n_topics=5, random_seed=7\)'):
        fitted(fit={'random_state': 7})


def test_documents_that_can_not_be_used() -> None:
    with pytest.raises(EmptyTableError, match='there are no documents'):
        fitted([])
    with pytest.raises(EmptyTableError, match='there are no documents'):
        fitted([], fit={'dictionary': Dictionary(DOCUMENTS)})
    with pytest.raises(
        SplitError, match=r'test_size=0\.1 of 1 documents with a known word leaves none to train on\. .* test_size=0'
    ):
        fitted(DOCUMENTS[:1])
    with pytest.raises(DataError, match='none of the 3 documents has a known word'):
        fitted([['x'], [], []], fit={'dictionary': Dictionary(DOCUMENTS)})
    with pytest.raises(DataError, match='has a known word'):
        fitted(fit={'dictionary': Dictionary()})


@pytest.mark.parametrize(
    'call', ['get_document_topics', 'document_vectors', 'topic_words', 'show_topics', 'to_archive']
)
def test_a_model_that_was_not_fitted(call: str) -> None:
    arguments: list[Any] = {'topic_words': [0], 'show_topics': [], 'to_archive': []}.get(call, [DOCUMENTS])
    with pytest.raises(NotFittedError, match='this LdaModel was not fitted'):
        getattr(LdaModel(5), call)(*arguments)
    with pytest.raises(NotFittedError):
        _ = LdaModel(5).log_perplexity


def test_it_comes_back_from_its_file(tmp_path: Path) -> None:
    path = str(tmp_path / 'lda.zip')
    model = fitted(eta=0.02, offset=4, fit={'dictionary': gensim.corpora.Dictionary(DOCUMENTS)})
    model.save(path)
    again = LdaModel.load(path)
    assert (again.topic_word_ == model.topic_word_).all()
    assert again.show_topics() == model.show_topics()
    assert (again.log_perplexity, again.coherence_, again.passes_) == (model.log_perplexity, model.coherence_, 30)
    assert (again.eta, again.offset, again.n_topics) == (0.02, 4, 5)
    program = f"""
import json, redshells
model = redshells.load_model({path!r})
print(json.dumps(model.get_document_topics(json.loads(input())).tolist()))
"""
    done = subprocess.run(
        [sys.executable, '-c', program], input=json.dumps(DOCUMENTS[:20]), check=True, capture_output=True, text=True
    )
    assert json.loads(done.stdout) == model.get_document_topics(DOCUMENTS[:20]).tolist()
    again.save(str(tmp_path / 'again.zip'))
    assert (tmp_path / 'again.zip').read_bytes() == (tmp_path / 'lda.zip').read_bytes()
    assert redshells.load_model(path).alpha_.tolist() == model.alpha_.tolist()


def test_inference_alone() -> None:
    probabilities = np.array([[0.5, 0.0], [0.5, 0.0], [0.0, 0.5], [0.0, 0.5]], np.float32)
    probabilities.flags.writeable = False
    dictionary = Dictionary([['a', 'b', 'c', 'd']])
    shares = infer_topics(dictionary.count([['a', 'b', 'a'], ['a', 'c'], []]), probabilities, [0.5, 1.0])
    np.testing.assert_allclose(shares, [[3.5 / 4.5, 1 / 4.5], [1.5 / 3.5, 2 / 3.5], [0.5 / 1.5, 1 / 1.5]], atol=1e-3)
    score = log_perplexity(dictionary.count([['a', 'a']]), probabilities, [0.5, 0.5], random_seed=0)
    assert score == pytest.approx(np.log(0.75 * 0.5), abs=1e-3)
    assert log_perplexity(dictionary.count([['a'], []]), probabilities, [0.5, 0.5], random_seed=0) is None


def test_expected_counts_add_up_to_those_of_the_documents() -> None:
    dictionary, counts = Dictionary.with_counts(DOCUMENTS)
    training = TopicTraining(
        n_topics=5, chunksize=64, decay=0.5, offset=16, iterations=3, eta=0.01, alpha=0.1, random_seed=0
    )
    found, prior = training.run(counts, passes=3)
    np.testing.assert_allclose(found.sum(axis=1), np.asarray(counts.sum(axis=0)).ravel(), rtol=1e-4)
    assert found.shape == (dictionary.size, 5)
    assert (prior > 0).all()
