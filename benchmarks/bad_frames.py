"""Bad frames against the boosted trees: the right result, or a named error before the training.

Hypothesis draws a table whose columns are of many kinds (usual ones, and those that a table should never have), a
target, weights, queries, and another table to predict. They go through ``fit``, ``predict``, ``save`` and ``load`` of
LightGBM, XGBoost or CatBoost.

Run as ``python -m benchmarks.bad_frames --examples 20000``.
"""

from __future__ import annotations

import argparse
import faulthandler
import math
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from benchmarks import bad_columns
from benchmarks.campaign import Outcome
from redshells.errors import NotFittedError, RedshellsError
from redshells.model import load_class, load_model
from redshells.model.boosted_trees import BoostedTreesModel
from redshells.model.feature_schema import FeatureSchema, to_level
from redshells.model.frame import read_table

LIBRARIES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    'lightgbm': ('redshells.model.lightgbm:LightGBMModel', {'min_data_in_leaf': 1}),
    'xgboost': ('redshells.model.xgboost:XGBoostModel', {'max_depth': 3}),
    'catboost': ('redshells.model.catboost:CatBoostModel', {'depth': 3}),
}
_PROBLEMS = ('classification', 'regression', 'ranking')
_EXAMPLES = 20_000


@dataclass(frozen=True)
class BadFrame:
    """What is given to a model.

    Args:
        problem: The problem of the model.
        features: The table to train on.
        target: Its target.
        weight: Its weights, or None.
        group: Its queries, or None.
        others: A table to predict, of other values, columns and rows.
    """

    problem: str
    features: Any
    target: Any
    weight: Any
    group: Any
    others: Any


@st.composite
def bad_frames(draw: st.DrawFn) -> BadFrame:
    """Tables to train on and to predict; most have nothing wrong, or one thing."""
    problem = draw(st.sampled_from(_PROBLEMS))
    rows = draw(st.sampled_from([30, 30, 30, 30, 12, 3, 2, 1, 0]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kinds = draw(st.lists(_kinds(), min_size=0 if draw(_sometimes()) else 1, max_size=4))
    features = _frame(draw, rng, kinds, rows)
    target = _side(draw, rng, rows, bad_columns.TARGETS[problem])
    weight = _side(draw, rng, rows, bad_columns.WEIGHTS) if draw(_sometimes()) else None
    group = _side(draw, rng, rows, bad_columns.GROUPS) if problem == 'ranking' or draw(_sometimes()) else None
    return BadFrame(problem, features, target, weight, group, _others(draw, rng, features, kinds))


def _sometimes() -> st.SearchStrategy[bool]:
    return st.integers(0, 7).map(lambda number: number == 7)


def _kinds() -> st.SearchStrategy[str]:
    usual = st.sampled_from(sorted(bad_columns.USUAL))
    return st.integers(0, 5).flatmap(
        lambda number: st.sampled_from(sorted(bad_columns.COLUMNS)) if number == 5 else usual
    )


def _frame(draw: st.DrawFn, rng: np.random.Generator, kinds: list[str], rows: int) -> pd.DataFrame:
    names = draw(st.sampled_from(bad_columns.NAMES))(kinds)
    columns = [pd.Series(bad_columns.COLUMNS[kind](rng, rows), index=range(rows)) for kind in kinds]
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=range(rows))
    frame.columns = names
    return frame.set_axis([3] * rows, axis=0) if draw(_sometimes()) else frame


def _side(draw: st.DrawFn, rng: np.random.Generator, rows: int, strange: Mapping[str, Any]) -> Any:
    kinds = sorted(bad_columns.COLUMNS) if draw(_sometimes()) else sorted(strange)
    kind = draw(st.sampled_from(kinds))
    return {**bad_columns.COLUMNS, **strange}[kind](rng, rows)


def _others(draw: st.DrawFn, rng: np.random.Generator, features: pd.DataFrame, kinds: list[str]) -> Any:
    change = draw(st.sampled_from(['rows', 'reordered', 'lacking', 'other kinds', 'other values', 'array']))
    if change == 'reordered' or not kinds:
        return features.iloc[:, ::-1]
    if change == 'lacking':
        return features.iloc[:, 1:]
    if change == 'rows':
        return features.iloc[: draw(st.integers(0, 2))]
    if change == 'array':
        return features.to_numpy()
    drawn = kinds if change == 'other values' else [draw(_kinds()) for _ in kinds]
    columns = [pd.Series(bad_columns.COLUMNS[kind](rng, 9), index=range(9)) for kind in drawn]
    return pd.concat(columns, axis=1).set_axis(features.columns, axis=1)


def check(library: str, bad: BadFrame, folder: Path) -> str:
    """Train and predict, and check that what comes out is right.

    Args:
        library: One of `LIBRARIES`.
        bad: What is given.
        folder: Where the model is saved.

    Returns:
        How it ended: ``'learnt'``, or the class of the error.

    Raises:
        AssertionError: The result is wrong. Any error but a `RedshellsError` is handed on.
    """
    path, arguments = LIBRARIES[library]
    model = load_class(path)(problem=bad.problem, number_of_rounds=2, n_jobs=1, model_kwargs=arguments)
    try:
        model.fit(bad.features, bad.target, bad.weight, group=bad.group)
    except RedshellsError as error:
        _check_refusal(model, error)
        return type(error).__name__
    _check_matrix(model.schema_, read_table(bad.features))
    if bad.problem == 'classification':
        assert list(model.classes_) == sorted({to_level(label) for label in pd.Series(bad.target).unique()})
    expected = _check_prediction(model, bad.features)
    saved = folder / 'model.zip'
    model.save(str(saved))
    again = load_model(str(saved))
    np.testing.assert_array_equal(again.predict_for_metric(bad.features), expected)
    for fitted in (model, again):
        with suppress(RedshellsError):
            _check_prediction(fitted, bad.others)
    return 'learnt'


def _check_refusal(model: BoostedTreesModel, error: RedshellsError) -> None:
    assert len(str(error)) > 20
    try:
        model.predict([[1.0]])
    except NotFittedError:
        return
    raise AssertionError('a model that was refused its data predicts')


def _check_prediction(model: BoostedTreesModel, table: Any) -> Any:
    values = model.predict_for_metric(table)
    assert len(values) == len(table)
    assert np.isfinite(values).all()
    contributions = model.contributions(table)
    assert len(contributions) == len(table)
    assert np.isfinite(contributions).all()
    if model.problem == 'classification':
        assert values.shape == (len(table), len(model.classes_))
        assert ((values >= 0) & (values <= 1)).all()
        np.testing.assert_allclose(values.sum(axis=1), 1, rtol=1e-6)
        assert set(model.predict(table)) <= set(model.classes_)
    return values


def _check_matrix(schema: FeatureSchema, frame: pd.DataFrame) -> None:
    """Compare the matrix with the values of the table, one by one."""
    matrix = schema.encode(frame)
    start = 0
    for column in schema.columns:
        for row, value in enumerate(frame[column.name]):
            given_numbers = matrix[row, start : start + column.size].tolist()
            vector = column.kind == 'vector'
            if not vector or not isinstance(value, (list, tuple, np.ndarray)):
                vector, value = False, [value] if np.ndim(value) == 0 else value
            if column.kind in ('category', 'ordinal') and not pd.isna(value[0]):
                assert column.levels[int(given_numbers[0])] == to_level(value[0])
            else:
                numbers = [math.nan if pd.isna(number) else float(number) for number in np.ravel(value)]
                numbers = numbers * (column.size if not vector else 1)
                np.testing.assert_array_equal(given_numbers, numbers)
        start += column.size


def run(examples: int, first_seed: int) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """Draw and check so many examples.

    Args:
        examples: How many.
        first_seed: Seed of the draws.

    Returns:
        How often each library ended how, and each defect with its count.
    """
    outcomes: Counter[tuple[str, str]] = Counter()
    defects: Counter[str] = Counter()
    with TemporaryDirectory() as folder:

        @seed(first_seed)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.sampled_from(sorted(LIBRARIES)), bad_frames())
        def attack(library: str, bad: BadFrame) -> None:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter('error')
                    outcomes[library, check(library, bad, Path(folder))] += 1
            except Exception as error:
                outcomes[library, 'DEFECT'] += 1
                place = traceback.extract_tb(error.__traceback__)
                lines = [f'{Path(frame.filename).name}:{frame.lineno}' for frame in place][-4:]
                defects[f'{library} {type(error).__name__} {str(error)[:300]!r} at {" < ".join(reversed(lines))}'] += 1

        attack()
    return outcomes, defects


def attacked_models(folder: Path, scale: float, first_seed: int) -> list[Outcome]:
    """Run the campaign as one of `benchmarks.faults`.

    Args:
        folder: Not used: each run has a folder of its own.
        scale: Share of the full number of examples.
        first_seed: Seed of the draws.

    Returns:
        One outcome for each library.
    """
    outcomes, defects = run(max(1, round(_EXAMPLES * scale)), first_seed)
    found = []
    for library in sorted(LIBRARIES):
        counts = {outcome: count for (name, outcome), count in outcomes.items() if name == library}
        violations = [f'{count} x {defect}' for defect, count in defects.items() if defect.split()[0] == library]
        found.append(Outcome('Bad frames', library, sum(counts.values()), counts, violations))
    return found


def main() -> int:
    """Run the campaign and print its summary; the exit status tells whether a defect was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--examples', type=int, default=_EXAMPLES)
    parser.add_argument('--seed', type=int, default=0)
    arguments = parser.parse_args()
    faulthandler.enable()
    started = time.monotonic()
    outcomes, defects = run(arguments.examples, arguments.seed)
    for (library, outcome), count in sorted(outcomes.items()):
        print(f'{library:10}{outcome:24}{count:8,}')
    for defect, count in defects.most_common():
        print(f'{count:6,} x {defect}')
    learnt = sum(count for (_, outcome), count in outcomes.items() if outcome == 'learnt')
    total, bad = sum(outcomes.values()), sum(defects.values())
    print(
        f'bad frames: {total:,} examples, {learnt:,} learnt, {total - learnt - bad:,} refused by name, '
        f'{bad:,} defects, {time.monotonic() - started:.0f} s'
    )
    return 1 if defects else 0


if __name__ == '__main__':
    raise SystemExit(main())
