"""The search of the arguments of text models, what a trial is worth, and their cross-validation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from redshells.errors import DataError, MissingValueError, NoCompleteTrialError, SplitError, TargetError
from redshells.factory.text_models import TFIDF, TextModelBuilder
from redshells.model.corpus import Corpus
from redshells.model.tfidf import Tfidf
from redshells.tuning import SearchSpace, TuningResult
from redshells.tuning.argument_tuning import ArgumentTuningPlan, tune_arguments
from redshells.tuning.text_labels import LabelledFolds
from redshells.tuning.text_objective import TextObjective
from redshells.tuning.text_validation import validate_text_model
from redshells.tuning.text_word_pairs import WordPairs
from tests.model.topics import topic_documents, write_corpus

DOCUMENTS = topic_documents(90)
LABELS = pd.Series(np.array(['animals', 'colours', 'tools'])[np.arange(90) % 3], name='topic')
TRAIN = TextModelBuilder(TFIDF, 0)
KEEP = SearchSpace({'keep_n': {'type': 'categorical', 'choices': [2, 4, 22]}})  # the 4 most frequent ones say nothing


def objective(folder: Path, build: Any = TRAIN, **changes: Any) -> TextObjective:
    corpus = write_corpus(folder, DOCUMENTS)
    arguments: dict[str, Any] = {'metric': 'accuracy', 'labels': LabelledFolds.of(LABELS, 3, 0)}
    return TextObjective(build=build, corpus=corpus, **arguments | changes)


def tune(folder: Path, one: TextObjective, space: SearchSpace = KEEP, **changes: Any) -> TuningResult:
    arguments: dict[str, Any] = {
        'model_name': 'Tfidf',
        'target_column_name': 'topic',
        'search_space': space,
        'first_trials': (),
        'n_trials': 6,
        'timeout': None,
        'sampler': ('RandomSampler', {}),
        'pruner': ('NopPruner', {}),
        'storage': str(folder / 'study.journal'),
        'study_name': 's',
        'show_progress': False,
    }
    return tune_arguments(one, ArgumentTuningPlan(**arguments | changes))


def story(result: TuningResult) -> list[tuple[Any, ...]]:
    return [(one.number, one.state, one.value, one.params) for one in result.trial_records]


def test_better_arguments_win(tmp_path: Path) -> None:
    result = tune(tmp_path, objective(tmp_path, fixed={'no_above': 1.0, 'no_below': 1}), n_trials=8)

    values = {one.params['keep_n']: one.value for one in result.trial_records}
    assert result.best_params == {'keep_n': 22, 'no_above': 1.0, 'no_below': 1}
    assert result.best_value == values[22] > 0.9
    assert values[4] is not None
    assert values[4] < 0.6
    assert (result.problem, result.direction, result.number_of_rounds) == ('text', 'maximize', None)
    assert TuningResult.from_json(result.to_json()) == result


def test_first_trials_come_first_as_far_as_they_are_searched(tmp_path: Path) -> None:
    result = tune(tmp_path, objective(tmp_path), first_trials=({'keep_n': 4, 'no_above': 0.5}, {'keep_n': 22}))
    assert [one.params for one in result.trial_records[:2]] == [{'keep_n': 4}, {'keep_n': 22}]


def test_the_classifier_is_judged_by_documents_that_it_has_not_seen(tmp_path: Path) -> None:
    chance = pd.Series(np.random.default_rng(0).permutation(LABELS))
    result = tune(tmp_path, objective(tmp_path, labels=LabelledFolds.of(chance, 3, 0)))
    assert result.best_value < 0.55


def test_a_metric_that_is_better_the_lower(tmp_path: Path) -> None:
    result = tune(tmp_path, objective(tmp_path, metric='multi_logloss', fixed={'no_above': 1.0, 'no_below': 1}))
    assert (result.direction, result.best_params['keep_n']) == ('minimize', 22)


def test_bad_trials_are_pruned_after_some_folds(tmp_path: Path) -> None:
    result = tune(
        tmp_path,
        objective(tmp_path, fixed={'no_above': 1.0, 'no_below': 1}),
        pruner=('RacingPruner', {'n_leaders': 1, 'n_startup_trials': 1}),
        first_trials=({'keep_n': 22}, {'keep_n': 2}),
        n_trials=2,
    )
    assert [one.state for one in result.trial_records] == ['COMPLETE', 'PRUNED']


REFUSED = SearchSpace({'no_below': {'type': 'categorical', 'choices': [1, 999]}})


def test_refused_arguments_make_failed_trials_and_not_the_end_of_the_search(tmp_path: Path) -> None:
    result = tune(tmp_path, objective(tmp_path, fixed={'no_above': 1.0}), REFUSED)

    states = {one.params['no_below']: one.state for one in result.trial_records}
    assert states == {1: 'COMPLETE', 999: 'FAIL'}
    assert result.best_params['no_below'] == 1


def test_where_all_are_refused_the_error_says_why(tmp_path: Path) -> None:
    with pytest.raises(NoCompleteTrialError, match=r'The last model was refused: .*leaves none of the 22 tokens'):
        tune(tmp_path, objective(tmp_path, fixed={'no_below': 999}))


def test_what_can_not_be_judged_is_refused_as_well(tmp_path: Path) -> None:
    class Topics:
        coherence_ = None

    def build(arguments: Mapping[str, Any], documents: Any) -> Topics:
        return Topics()

    with pytest.raises(NoCompleteTrialError, match='The last model was refused: the topics have fewer than two words'):
        tune(tmp_path, objective(tmp_path, build, metric='coherence', labels=None))


def test_other_errors_end_the_search_and_name_the_arguments(tmp_path: Path) -> None:
    def build(arguments: Mapping[str, Any], documents: Any) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        tune(tmp_path, objective(tmp_path, build))
    assert caught.value.__notes__[0].startswith("In a trial with the parameters {'keep_n': ")


class Interrupted:
    """Trains as it should, but is interrupted at some of its trainings."""

    def __init__(self, *calls: int) -> None:
        self.calls, self.trainings = calls, 0

    def __call__(self, arguments: Mapping[str, Any], documents: Any) -> Any:
        self.trainings += 1
        if self.trainings in self.calls:
            raise KeyboardInterrupt
        return TextModelBuilder(TFIDF, 0)(arguments, documents)


@pytest.mark.parametrize('sampler', ['RandomSampler', 'TPESampler'])
def test_an_interrupted_search_is_the_uninterrupted_one(tmp_path: Path, sampler: str) -> None:
    space = SearchSpace({'keep_n': {'type': 'int', 'low': 2, 'high': 22}})
    settings: dict[str, Any] = {'space': space, 'n_trials': 14, 'sampler': (sampler, {})}
    whole = tune(tmp_path, objective(tmp_path), storage=str(tmp_path / 'whole.journal'), **settings)
    build = Interrupted(3, 8, 9)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            tune(tmp_path, objective(tmp_path, build), **settings)

    result = tune(tmp_path, objective(tmp_path, build), **settings)

    assert story(result) == story(whole)
    assert build.trainings == 14 + 3


def test_the_fingerprint_changes_with_all_that_a_value_depends_on(tmp_path: Path) -> None:
    def pairs(*similarity: float) -> WordPairs:
        return WordPairs(('cat', 'red'), ('dog', 'saw'), np.array(similarity))

    other = LABELS.copy()
    other[0] = 'tools'
    for name, documents in (
        ('other', DOCUMENTS[::-1]),
        ('parted', [['cat dog'], ['red']]),
        ('whole', [['cat', 'dog']]),
    ):
        (tmp_path / name).mkdir()
        write_corpus(tmp_path / name, documents)
    values = [
        objective(tmp_path),
        objective(tmp_path, labels=LabelledFolds.of(other, 3, 0)),
        objective(tmp_path, labels=LabelledFolds.of(LABELS.str.upper(), 3, 0)),
        objective(tmp_path, labels=LabelledFolds.of(LABELS, 4, 0)),
        objective(tmp_path, metric='f1'),
        objective(tmp_path, fixed={'no_below': 1}),
        objective(tmp_path, random_seed=1),
        objective(tmp_path, metric='word_pairs', labels=None, pairs=pairs(1, 0)),
        objective(tmp_path, metric='word_pairs', labels=None, pairs=pairs(0, 1)),
    ]
    digests = [one.fingerprint() for one in values]
    for name in ('other', 'parted', 'whole'):
        corpus = Corpus(str(tmp_path / name / 'corpus.txt'), 90, 90, True)
        digests.append(TextObjective(build=TextModelBuilder(TFIDF, 0), corpus=corpus, metric='coherence').fingerprint())
    assert len(set(digests)) == len(digests)
    assert objective(tmp_path).fingerprint() == digests[0]


@pytest.mark.parametrize(
    ('labels', 'error', 'message'),
    [
        (LABELS.where(LABELS != 'tools'), MissingValueError, "'topic' is missing"),
        (LABELS.map(lambda label: 'one'), TargetError, 'topic'),
        (LABELS[:2], SplitError, '3 folds'),
        (pd.Series(['a', *'b' * 20]), SplitError, 'all have the label'),
    ],
)
def test_labels_that_can_not_be_learnt_are_refused(labels: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        LabelledFolds.of(labels, 3, 0)


def test_word_pairs_are_checked() -> None:
    table = pd.DataFrame({'a': list('abcdefghijk'), 'b': list('bcdefghijkl'), 's': range(11)})

    assert WordPairs.of(table, ('a', 'b', 's')).similarity.tolist() == list(range(11))
    WordPairs.of(table, ('a', 'b', 's')).check_known([list('ABCDEF'), [], list('ghijkl')])
    with pytest.raises(DataError, match=r"5 of 11 pairs have two words of the documents; .* are \['g'"):
        WordPairs.of(table, ('a', 'b', 's')).check_known([list('abcdef')])
    with pytest.raises(MissingValueError, match="'a' is missing in 1 of 11 rows"):
        WordPairs.of(table.assign(a=[None, *'bcdefghijk']), ('a', 'b', 's'))
    with pytest.raises(TargetError, match="the similarity 's' is 2 in all 11 pairs"):
        WordPairs.of(table.assign(s=2.0), ('a', 'b', 's'))


class Recorded:
    """A text model that remembers what it has seen; its vectors tell nothing but a token of the label."""

    def __init__(self, documents: Iterable[Sequence[str]]) -> None:
        self.trained = {tuple(document) for document in documents}
        self.inferred: list[set[tuple[str, ...]]] = []

    def document_vectors(self, documents: Iterable[Sequence[str]]) -> Any:
        read = [tuple(document) for document in documents]
        self.inferred.append(set(read))
        return np.array([[label == one for one in LABELS.unique()] for _, label in read], dtype=np.float32)


def test_the_model_of_a_fold_sees_no_validation_document(tmp_path: Path) -> None:
    models: list[Recorded] = []

    def build(arguments: Mapping[str, Any], documents: Iterable[Sequence[str]]) -> Recorded:
        assert arguments == {'size': 3}
        models.append(Recorded(documents))
        return models[-1]

    documents = [[f'document{number}', label] for number, label in enumerate(LABELS)]
    labels = LABELS.set_axis([f'row{number}' for number in range(90)])
    result = validate_text_model(
        build,
        write_corpus(tmp_path, documents),
        LabelledFolds.of(labels, 4, 1),
        arguments={'size': 3},
        metrics=('accuracy', 'f1'),
        random_seed=0,
    )

    everything = {tuple(document) for document in documents}
    predictions = result['predictions']
    for fold, model in enumerate(models):
        train, rest = model.inferred
        assert train == model.trained == everything - rest
        assert rest == {tuple(documents[row]) for row in np.flatnonzero(predictions['fold'] == fold)}
    assert len(models) == 4
    assert set.union(*(model.inferred[1] for model in models)) == everything
    assert predictions.index.tolist() == labels.index.tolist()
    assert (predictions['prediction'] == predictions['target']).all()
    assert [*predictions.columns[3:]] == [f'probability_{label}' for label in ('animals', 'colours', 'tools')]
    assert result['scores']['metric'].tolist() == ['accuracy', 'f1'] * 4
    assert (result['scores']['score'] == 1).all()
    assert result['scores'].groupby('metric')['number_of_rows'].sum().tolist() == [90, 90]
    assert [path.name for path in tmp_path.iterdir()] == ['corpus.txt']


def test_tokens_of_validation_documents_only_are_unknown(tmp_path: Path) -> None:
    models: list[Tfidf] = []

    def build(arguments: Mapping[str, Any], documents: Iterable[Sequence[str]]) -> Tfidf:
        models.append(Tfidf.from_documents(documents))
        return models[-1]

    documents = [[*document, f'only{number}'] for number, document in enumerate(DOCUMENTS)]
    labels = LabelledFolds.of(LABELS, 3, 0)
    validate_text_model(build, write_corpus(tmp_path, documents), labels, arguments={}, metrics=(), random_seed=0)

    for model, (train, rest) in zip(models, labels.folds, strict=True):
        known = model.dictionary.token2id
        assert all(f'only{number}' in known for number in train)
        assert not any(f'only{number}' in known for number in rest)
