"""SCDV, beside the formula written out word by word."""

from __future__ import annotations

import logging
import random
import warnings
from pathlib import Path
from typing import Any

import gensim.corpora
import numpy as np
import numpy.typing as npt
import pytest
from gensim.models import FastText, KeyedVectors, TfidfModel, Word2Vec
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import normalize

import redshells
from redshells.errors import DataError, EmptyTableError, ParameterError, UnknownArgumentError
from redshells.model import cluster_sums
from redshells.model.corpus import Corpus
from redshells.model.dictionary import Dictionary
from redshells.model.scdv import SCDV
from redshells.model.word_clusters import DEFAULT_MIXTURE
from redshells.testing.new_process import call_in_new_process

Documents = list[list[str]]

GROUPS = [[f'{group}{number}' for number in range(40)] for group in ('animal', 'colour', 'metal')]
WORDS = [word for group in GROUPS for word in group]


def make_documents(number: int = 300, seed: int = 0) -> Documents:
    """Documents of two groups of words each, some of them unknown to everyone."""
    generator = random.Random(seed)
    documents: Documents = []
    for _ in range(number):
        words = [word for group in generator.sample(GROUPS, 2) for word in group]
        documents.append(generator.choices([*words, 'nothing'], k=generator.randrange(40)))
    return documents


def make_vectors(words: list[str] = WORDS, seed: int = 0) -> KeyedVectors:
    """Vectors of which those of a group are near to each other."""
    generator = np.random.RandomState(seed)
    middles = {group[0][:5]: 2 * generator.randn(12) for group in GROUPS}
    vectors = KeyedVectors(12)
    vectors.add_vectors(words, [middles[word[:5]] + generator.randn(12) for word in words])
    return vectors


DOCUMENTS = make_documents()
NEW_DOCUMENTS = [*make_documents(60, seed=1), [], ['nothing'], ['animal0'] * 50]


class Reference:
    """The formula as the first version of redshells had it: word by word, with all that is dense held at once."""

    def __init__(
        self, documents: Documents, clusters: int, sparsity: float, mixture: dict[str, Any], dictionary: Any, w2v: Any
    ) -> None:
        self.dictionary = dictionary
        size = w2v.vector_size
        tokens = [dictionary[number] for number in range(len(dictionary))]
        embeddings = normalize(np.array([w2v[t] if t in w2v else np.zeros(size) for t in tokens], dtype=np.float64))
        with warnings.catch_warnings():
            warnings.simplefilter('ignore', ConvergenceWarning)
            shares = GaussianMixture(clusters, **mixture).fit(embeddings).predict_proba(embeddings)
        idf = TfidfModel([dictionary.doc2bow(one) for one in documents], dictionary=dictionary).idfs
        self.word_topics = np.array(
            [idf[number] * np.outer(shares[number], embeddings[number]).ravel() for number in range(len(tokens))]
        )
        vectors = self.sums(documents)
        self.threshold = sparsity * 0.5 * (abs(vectors.max(axis=1).mean()) + abs((-vectors).max(axis=1).mean()))

    def sums(self, documents: Documents) -> npt.NDArray[np.float64]:
        result = np.zeros((len(documents), self.word_topics.shape[1]))
        for row, document in enumerate(documents):
            for number, count in self.dictionary.doc2bow(document):
                result[row] += count * self.word_topics[number]
        return result

    def infer_vector(self, documents: Documents, l2_normalize: bool = True) -> npt.NDArray[np.float64]:
        vectors = self.sums(documents)
        vectors[abs(vectors) < self.threshold] = 0
        return normalize(vectors) if l2_normalize else vectors


def make_dictionary(documents: Documents = DOCUMENTS) -> gensim.corpora.Dictionary:
    dictionary = gensim.corpora.Dictionary(documents)
    dictionary.filter_tokens([dictionary.token2id['nothing']])
    return dictionary


def make_model(**changes: Any) -> SCDV:
    arguments: dict[str, Any] = {
        'documents': iter(DOCUMENTS),
        'cluster_size': 5,
        'sparsity_percentage': 0.1,
        'gaussian_mixture_kwargs': {},
        'dictionary': make_dictionary(),
        'w2v': make_vectors(),
    }
    return SCDV(**{**arguments, **changes})


@pytest.mark.parametrize('covariance_type', ['tied', 'full', 'diag', 'spherical'])
@pytest.mark.parametrize('sparsity', [0.0, 0.04, 0.3])
@pytest.mark.parametrize(
    ('known_words', 'few_clusters'), [(WORDS, 10), (WORDS, 0), (WORDS[:100], 10), (WORDS[:100], 0)]
)
def test_the_vectors_are_those_of_the_formula(
    monkeypatch: pytest.MonkeyPatch, covariance_type: str, sparsity: float, known_words: list[str], few_clusters: int
) -> None:
    monkeypatch.setattr(cluster_sums, '_FEW_CLUSTERS', few_clusters)  # by sparse or dense products
    mixture = {'covariance_type': covariance_type, 'random_state': 1, 'reg_covar': 1e-3, 'max_iter': 5}
    dictionary, vectors = make_dictionary(), make_vectors(known_words)
    expected = Reference(DOCUMENTS, 5, sparsity, mixture, dictionary, vectors)
    model = SCDV(iter(DOCUMENTS), 5, sparsity, mixture, dictionary, vectors)

    assert model.threshold_ == pytest.approx(expected.threshold, rel=1e-7)
    for l2_normalize in (True, False):
        wanted = expected.infer_vector(NEW_DOCUMENTS, l2_normalize)
        dense = model.infer_vector(iter(NEW_DOCUMENTS), l2_normalize)
        assert isinstance(dense, np.ndarray)
        assert (dense.dtype, dense.shape) == (np.float32, (len(NEW_DOCUMENTS), 5 * 12))
        np.testing.assert_allclose(dense, wanted, rtol=1e-5, atol=1e-5)
        rows = model.infer_vector(iter(NEW_DOCUMENTS), l2_normalize, sparse=True)
        assert isinstance(rows, sparse.csr_array)
        assert (rows.toarray() == dense).all()
        assert (rows.data != 0).all()
        assert rows.has_canonical_format


def test_without_arguments_the_mixture_is_that_of_the_paper() -> None:
    expected = Reference(
        DOCUMENTS, 5, 0.1, {**DEFAULT_MIXTURE, 'random_state': 3}, make_dictionary(), make_vectors()
    ).infer_vector(NEW_DOCUMENTS)
    for kwargs in ({}, None):
        model = make_model(gaussian_mixture_kwargs=kwargs, random_seed=3)
        np.testing.assert_allclose(model.infer_vector(NEW_DOCUMENTS), expected, atol=1e-5)
    model = make_model(gaussian_mixture_kwargs={'random_state': 3}, random_seed=0)
    np.testing.assert_allclose(model.infer_vector(NEW_DOCUMENTS), expected, atol=1e-5)
    assert dict(DEFAULT_MIXTURE) == {'covariance_type': 'tied'}


def test_frequencies_are_those_of_the_dictionary() -> None:
    others = make_documents(500, seed=5)
    dictionary = make_dictionary(others)
    model = make_model(dictionary=dictionary)
    expected = Reference(DOCUMENTS, 5, 0.1, {**DEFAULT_MIXTURE, 'random_state': 0}, dictionary, make_vectors())
    np.testing.assert_allclose(model.infer_vector(NEW_DOCUMENTS), expected.infer_vector(NEW_DOCUMENTS), atol=1e-5)
    number = dictionary.token2id['metal3']
    assert model.idf_[model.tokens.index('metal3')] == np.log2(500 / dictionary.dfs[number])


def test_the_clusters_are_the_groups_that_were_planted() -> None:
    model = make_model(cluster_size=3)
    found = {frozenset(model.top_words(cluster, 100)) for cluster in range(3)}
    assert found == {frozenset(group) for group in GROUPS}
    assert len(model.top_words(0, 4)) == 4
    assert (model.cluster_size, model.embedding_size, model.number_of_tokens) == (3, 12, 120)
    blocks = model.infer_vector([['metal1', 'metal2']])[0].reshape(3, 12)
    assert sorted((blocks != 0).any(axis=1).tolist()) == [False, False, True]
    with pytest.raises(ParameterError, match='cluster=3 was given; a number from 0 to 2 is expected'):
        model.top_words(3)


def test_documents_come_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = make_model()
    corpus = Corpus.write(DOCUMENTS, str(tmp_path / 'corpus.txt'))
    monkeypatch.setattr(cluster_sums, '_DOCUMENTS', 7)  # at once
    model = make_model(documents=corpus, dictionary=_ours(make_dictionary()))
    assert model.threshold_ == pytest.approx(expected.threshold_, rel=1e-12)
    vectors = model.document_vectors(iter(NEW_DOCUMENTS))
    assert isinstance(vectors, sparse.csr_array)
    np.testing.assert_allclose(vectors.toarray(), expected.infer_vector(NEW_DOCUMENTS), atol=1e-7)


def _ours(theirs: gensim.corpora.Dictionary) -> Dictionary:
    dictionary = Dictionary()
    dictionary.token2id, dictionary.dfs, dictionary.num_docs = theirs.token2id, theirs.dfs, theirs.num_docs
    return dictionary


def test_a_sample_of_the_documents_decides_what_is_zero() -> None:
    given = {'cluster_size': 5, 'sparsity_percentage': 0.1, 'dictionary': make_dictionary(), 'w2v': make_vectors()}
    whole = SCDV.from_documents(iter(DOCUMENTS), random_seed=2, **given)
    assert whole.threshold_ == make_model(random_seed=2).threshold_
    enough = SCDV.from_documents(iter(DOCUMENTS), random_seed=2, text_sample_size=len(DOCUMENTS), **given)
    assert enough.threshold_ == whole.threshold_
    first, second = (SCDV.from_documents(iter(DOCUMENTS), text_sample_size=100, **given) for _ in range(2))
    assert first.threshold_ == second.threshold_ == pytest.approx(whole.threshold_, rel=0.2)
    assert first.threshold_ != whole.threshold_


def test_a_dictionary_may_have_gaps_in_its_numbers() -> None:
    dictionary = _ours(make_dictionary())
    dictionary.token2id = {token: 3 * number + 1 for token, number in dictionary.token2id.items()}
    dictionary.dfs = {3 * number + 1: frequency for number, frequency in dictionary.dfs.items()}
    assert (make_model(dictionary=dictionary).infer_vector(DOCUMENTS) == make_model().infer_vector(DOCUMENTS)).all()


@pytest.mark.parametrize('library', [Word2Vec, FastText])
def test_word_vectors_of_gensim(library: Any) -> None:
    trained = [[word for word in document if not word.endswith('7')] for document in DOCUMENTS]
    w2v = library(trained, vector_size=12, min_count=1, epochs=2, seed=1, workers=1)
    model = make_model(w2v=w2v)
    mixture = {**DEFAULT_MIXTURE, 'random_state': 0}
    expected = Reference(DOCUMENTS, 5, 0.1, mixture, make_dictionary(), w2v.wv).infer_vector(NEW_DOCUMENTS)
    np.testing.assert_allclose(model.infer_vector(NEW_DOCUMENTS), expected, atol=1e-5)
    assert (make_model(w2v=w2v.wv).infer_vector(NEW_DOCUMENTS) == model.infer_vector(NEW_DOCUMENTS)).all()
    # fastText has vectors of words that it has never seen
    assert model.word_vectors_[model.tokens.index('metal7')].any() == (library is FastText)


def test_one_seed_gives_one_result() -> None:
    first, second = (make_model(random_seed=4).infer_vector(DOCUMENTS) for _ in range(2))
    assert (first == second).all()


def test_what_does_not_converge_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        make_model(gaussian_mixture_kwargs={'max_iter': 1})
    assert 'the Gaussian mixture was stopped after 1 iterations, before it converged' in caplog.messages
    same = KeyedVectors(12)
    same.add_vectors(WORDS, np.ones((len(WORDS), 12)))
    model = make_model(w2v=same)  # fewer different vectors than clusters
    assert np.isfinite(model.infer_vector(DOCUMENTS)).all()


def test_documents_without_a_known_token_are_zeros() -> None:
    model = make_model()
    assert not model.infer_vector([[], ['nothing']]).any()
    assert model.infer_vector([]).shape == model.document_vectors(iter([])).shape == (0, 60)
    assert SCDV([['nothing']], 2, 0.1, {}, make_dictionary(), make_vectors()).threshold_ == 0


def _vectors_of(path: str) -> npt.NDArray[np.float32]:
    vectors: npt.NDArray[np.float32] = redshells.load_model(path).infer_vector(NEW_DOCUMENTS)
    return vectors


@pytest.mark.parametrize('kwargs', [{}, {'weights_init': np.full(5, 0.2), 'max_iter': np.int64(3)}])
def test_it_comes_back_from_its_file_in_a_new_process(tmp_path: Path, kwargs: dict[str, Any]) -> None:
    model = make_model(gaussian_mixture_kwargs=kwargs)
    path = str(tmp_path / 'scdv.zip')
    model.save(path)
    assert (call_in_new_process(_vectors_of, path) == model.infer_vector(NEW_DOCUMENTS)).all()
    loaded = SCDV.load(path)
    assert (loaded.tokens, loaded.threshold_, loaded.cluster_size) == (model.tokens, model.threshold_, 5)
    assert loaded.top_words(2) == model.top_words(2)
    again = tmp_path / 'again.zip'
    loaded.save(str(again))
    assert again.read_bytes() == Path(path).read_bytes()


@pytest.mark.parametrize(
    ('changes', 'error', 'message'),
    [
        ({'cluster_size': 0}, ParameterError, 'cluster_size=0 was given; an integer of at least 1'),
        ({'sparsity_percentage': 4}, ParameterError, 'sparsity_percentage=4 was given; a share from 0 to 1'),
        ({'sparsity_percentage': float('nan')}, ParameterError, 'sparsity_percentage=nan was given'),
        ({'documents': iter([])}, EmptyTableError, 'there are no documents'),
        ({'dictionary': Dictionary()}, EmptyTableError, 'the dictionary has no tokens'),
        ({'cluster_size': 500}, DataError, 'cluster_size=500 was given for a dictionary of 120 tokens'),
        ({'w2v': KeyedVectors(3)}, DataError, 'none of the 120 tokens of the dictionary has a word vector'),
        ({'w2v': {'a': [1.0]}}, ParameterError, 'word vectors of type dict were given; KeyedVectors'),
        (
            {'gaussian_mixture_kwargs': {'max_iters': 3}},
            UnknownArgumentError,
            r"\['max_iters'\].*it takes .*'max_iter'",
        ),
        ({'gaussian_mixture_kwargs': {'n_components': 3}}, ParameterError, 'n_components=3. Use cluster_size'),
        ({'gaussian_mixture_kwargs': {'covariance_type': 'own'}}, ParameterError, "covariance_type='own' was given"),
        ({'gaussian_mixture_kwargs': {'random_state': None}}, ParameterError, 'random_state=None was given'),
        ({'gaussian_mixture_kwargs': {'max_iter': -1}}, ParameterError, 'max_iter=-1 was given'),
        (
            {'gaussian_mixture_kwargs': {'covariance_type': 'diag', 'max_iter': -1}},
            ParameterError,
            'the Gaussian mixture of 120 words can not be fitted: .*max_iter',
        ),
    ],
)
def test_what_can_not_be_trained_is_refused(changes: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make_model(**changes)
