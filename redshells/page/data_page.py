"""The page on a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from redshells.analysis.report_content import ReportChange, compare_table, content_of_table
from redshells.analysis.table_summary import TableSummary, summarise_table
from redshells.page import wording as words
from redshells.page.card import Card
from redshells.page.chart import Chart, bar_chart
from redshells.page.column_rows import make_column_table
from redshells.page.render import render
from redshells.page.report import Report
from redshells.page.run_facts import FileLink, RunFacts
from redshells.page.wording import Wording

_MEASURES = {
    'spearman': 'rank correlation',
    'correlation_ratio': 'correlation ratio',
    'cramers_v': 'Cramér’s V',
}
_MOST_ASSOCIATIONS = 15
_GIVEAWAY = 0.98


@dataclass(frozen=True)
class _Row:
    name: str
    value: float
    measure: str


def report_data(
    frame: pd.DataFrame,
    target_column_name: str,
    problem: str,
    random_seed: int,
    run: RunFacts,
    language: str,
    before: Mapping[str, Any] | None,
) -> Report:
    """Sum up a table, and write the page.

    Args:
        frame: The table.
        target_column_name: The column to predict; empty for none.
        problem: What is to be predicted; found out from the values when empty.
        random_seed: Seed of the samples.
        run: The run that made the page.
        language: ``'en'`` or ``'ja'``.
        before: What the report to compare with has kept.
    """
    summary = summarise_table(frame, target_column_name, problem, random_seed)
    change = None if before is None else compare_table(before, frame, summary.columns)
    return make_data_page(summary, run, language, change)


def make_data_page(summary: TableSummary, run: RunFacts, language: str, change: ReportChange | None) -> Report:
    """The page on a table.

    Args:
        summary: What stands in it.
        run: The run that made the page.
        language: ``'en'`` or ``'ja'``.
        change: What differs from an earlier report; None where there is none.
    """
    t = Wording(language)
    missing = sum(column.missing for column in summary.columns)
    cells = max(summary.rows * len(summary.columns), 1)
    cards = [
        Card(words.whole(summary.rows), t('rows')),
        Card(words.whole(len(summary.columns)), t('columns')),
        Card(words.percent(missing / cells), t('of all values are missing')),
    ]
    if summary.duplicates is not None:
        cards.append(Card(words.whole(summary.duplicates), t('rows that repeat an earlier one')))
    contents = [
        ('change', t('What changed')),
        ('columns', t('Columns')),
        ('reproduce', t('Load it, and make it again')),
    ]
    if summary.target is not None:
        contents.insert(1, ('target', t('Target')))
    strength = {one.name: f'{one.value:.2f}'.replace('-', '−') for one in summary.associations}
    return render(
        'data.html',
        t,
        run,
        {**run.content('data'), **content_of_table(summary.columns, summary.rows)},
        subtitle=run.task,
        lead=t(
            'Rows: {rows}. Columns: {columns}. In memory: {size}.',
            rows=words.whole(summary.rows),
            columns=words.whole(len(summary.columns)),
            size=f'{summary.memory / 1e6:,.1f} MB' if summary.memory >= 1e6 else f'{summary.memory / 1e3:,.1f} kB',
        ),
        cards=cards,
        findings=_find(summary, t),
        contents=contents,
        target=None if summary.target is None else _describe_target(summary, t),
        columns=make_column_table(
            summary.columns, t, t('Association with {target}', target=summary.target.name) if strength else '', strength
        )
        if summary.target is not None
        else make_column_table(summary.columns, t),
        change=change,
        earlier=None if change is None else FileLink.of(str(change.before['path']), run.path),
        model_before='',
    )


def _describe_target(summary: TableSummary, t: Wording) -> dict[str, Any]:
    target = summary.target
    assert target is not None
    rows = [_Row(one.name, one.value, t(_MEASURES[one.measure])) for one in summary.associations[:_MOST_ASSOCIATIONS]]
    levels: list[tuple[str, int, float]] = []
    charts: list[Chart] = []
    distribution = target.distribution
    if distribution is not None and distribution.levels:
        pairs = zip(distribution.levels, distribution.counts, strict=True)
        levels = [(level, count, count / distribution.rows) for level, count in pairs]
    elif len(target.histogram) > 1 and isinstance(target.minimum, float):
        charts = [_histogram(summary, t)]
    return {'name': target.name, 'levels': levels, 'charts': charts, 'associations': rows}


def _histogram(summary: TableSummary, t: Wording) -> Chart:
    target = summary.target
    assert target is not None
    assert target.histogram_range is not None
    edges = np.linspace(*target.histogram_range, len(target.histogram) + 1)
    counts = np.array(target.histogram, dtype=float)
    return bar_chart(
        t('Distribution'),
        edges,
        [('', counts)],
        x_label=target.name,
        y_label=t('rows'),
        note=t('The outer percents of the values count at the ends.'),
    )


def _find(summary: TableSummary, t: Wording) -> list[str]:
    found = []
    empty = [column.name for column in summary.columns if column.missing == column.rows]
    constant = [column.name for column in summary.columns if column.distinct == 1 and column.missing < column.rows]
    if empty:
        found.append(t('Columns without any value: {names}.', names=t.listed(empty)))
    if constant:
        found.append(t('Columns with one value only: {names}.', names=t.listed(constant)))
    if summary.target is not None and summary.target.missing:
        found.append(
            t('The target is missing in {rows} rows; training refuses them.', rows=words.whole(summary.target.missing))
        )
    giveaways = [one.name for one in summary.associations if abs(one.value) >= _GIVEAWAY]
    if giveaways:
        found.append(t('Nearly the target itself: {names}. Are they known before it is?', names=t.listed(giveaways)))
    if summary.duplicates and summary.duplicates > 0.01 * summary.rows:
        found.append(t('{rows} rows repeat an earlier one.', rows=words.whole(summary.duplicates)))
    return found
