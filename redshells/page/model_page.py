"""The page on a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from redshells.analysis.model_summary import ModelSummary, SummaryPlan
from redshells.analysis.report_content import ReportChange, compare_model, content_of_model
from redshells.analysis.summarise_model import summarise_model
from redshells.model.frame import TableData
from redshells.model.table_model import TableModel
from redshells.page import wording as words
from redshells.page.card import Card
from redshells.page.column_rows import make_column_table
from redshells.page.explanation_section import make_explanation_section
from redshells.page.finding import TableCheck, find
from redshells.page.learning_section import make_learning_charts
from redshells.page.quality_section import make_quality_section
from redshells.page.render import render
from redshells.page.report import Report
from redshells.page.run_facts import FileLink, RunFacts
from redshells.page.search_section import make_search_section
from redshells.page.wording import Wording
from redshells.page.worth_section import make_worth_section, say_verdict
from redshells.tuning.result import TuningResult

_MOST_CLASSES = 30


def report_model(
    model: TableModel,
    train: TableData,
    test: TableData,
    plan: SummaryPlan,
    tuning: TuningResult | None,
    validation: pd.DataFrame | None,
    run: RunFacts,
    language: str,
    before: Mapping[str, Any] | None,
    check: TableCheck,
) -> Report:
    """Find out what there is to say of a model, and write the page.

    Args:
        model: The fitted model.
        train: The rows that it was trained on.
        test: Rows that it was not trained on, with their target.
        plan: What is found out, and how.
        tuning: The search that gave its parameters.
        validation: The scores of a Validate… task.
        run: The run that made the page.
        language: ``'en'`` or ``'ja'``.
        before: What the report to compare with has kept.
        check: Whether the table is that of the training.

    Raises:
        RedshellsError: The rows do not fit the model, or a metric does not fit the problem.
    """
    summary = summarise_model(model, train, test, plan, tuning, validation)
    change = None if before is None else compare_model(before, summary, train.features)
    return make_model_page(summary, run, language, change, check)


def make_model_page(
    summary: ModelSummary, run: RunFacts, language: str, change: ReportChange | None, check: TableCheck
) -> Report:
    """The page on a model.

    Args:
        summary: What is known of the model.
        run: The run that made the page.
        language: ``'en'`` or ``'ja'``.
        change: What differs from an earlier report; None where there is none.
        check: Whether the table is that of the training.
    """
    t = Wording(language)
    worth = make_worth_section(summary, t)
    learning = make_learning_charts(summary.learning, summary.epochs, t)
    return render(
        'model.html',
        t,
        run,
        {**run.content('model'), **content_of_model(summary)},
        subtitle=t(
            '{model} for {target} ({problem})',
            model=summary.name,
            target=summary.target.name,
            problem=_problem(summary, t),
        ),
        lead={'what': _say_what(summary, t), 'worth': worth.sentence},
        cards=_cards(summary, t),
        findings=find(summary, check, t),
        contents=_contents(summary, t, has_learning=bool(learning)),
        summary=summary,
        worth=worth,
        folds=_folds(summary),
        quality=make_quality_section(summary, t),
        learning=learning,
        explanation=make_explanation_section(summary, t),
        data=_data(summary, t),
        columns=_columns(summary, t),
        search=None if summary.search is None else make_search_section(summary.search, t),
        change=change,
        earlier=None if change is None else FileLink.of(str(change.before['path']), run.path),
        model_before=change.before['model'] if change is not None and change.before['model'] != summary.name else '',
    )


def _problem(summary: ModelSummary, t: Wording) -> str:
    if summary.problem != 'classification':
        return t(summary.problem)
    return t('classification, {count} classes', count=len(summary.classes))


def _contents(summary: ModelSummary, t: Wording, *, has_learning: bool) -> list[tuple[str, str]]:
    sections = [
        ('worth', t('Was it worth it?'), True),
        ('change', t('What changed'), True),
        ('scores', t('Scores'), True),
        ('learning', t('Learning curve'), has_learning),
        ('explanation', t('What the model looks at'), True),
        ('data', t('What it was trained on'), True),
        ('search', t('Tuning'), summary.search is not None),
        ('reproduce', t('Load it, and make it again'), True),
    ]
    return [(id, name) for id, name, shown in sections if shown]


def _say_what(summary: ModelSummary, t: Wording) -> str:
    scores = {name: one.value for name, one in summary.scores.items() if np.isfinite(one.value)}
    number = words.whole(summary.test_rows)
    seen = summary.shared_rows.is_suspicious
    rows = t('{number} rows', number=number) if seen else t('{number} rows that it had not seen', number=number)
    if len(summary.classes) == 2 and 'auc' in scores:
        return t(
            'Of two rows, one of the class {positive} and one of {negative}, it ranks the right one higher in {share} '
            'of cases (AUC, on {rows}).',
            positive=summary.classes[1],
            negative=summary.classes[0],
            share=words.percent(scores['auc']),
            rows=rows,
        )
    if summary.classes and 'accuracy' in scores:
        return t(
            'It names the right one of {count} classes for {share} of {rows}.',
            count=len(summary.classes),
            share=words.percent(scores['accuracy']),
            rows=rows,
        )
    if 'mae' in scores and 'r2' in scores:
        return t(
            'On {rows}, it is off by {mae} on average and explains {r2} of the variance of {target}.',
            rows=rows,
            mae=words.score(scores['mae']),
            r2=words.percent(max(scores['r2'], 0.0)),
            target=summary.target.name,
        )
    name = summary.metric.name
    if summary.problem == 'ranking':
        return t(
            'It orders the rows of {queries} with {metric} {value} ({interval}); 1 is the perfect order.',
            queries=t('{number} queries', number=words.whole(summary.test_groups))
            if summary.shared_rows.is_suspicious
            else t('{number} queries that it had not seen', number=words.whole(summary.test_groups)),
            metric=words.metric(name),
            value=words.score(scores[name]),
            interval=words.interval(summary.scores[name]),
        )
    return t(
        'On {rows}, {metric} is {value} ({interval}).',
        rows=rows,
        metric=words.metric(name),
        value=words.score(summary.scores[name].value),
        interval=words.interval(summary.scores[name]),
    )


def _cards(summary: ModelSummary, t: Wording) -> list[Card]:
    estimate = summary.scores[summary.metric.name]
    cards = [
        Card(
            words.score(estimate.value),
            f'{words.metric(summary.metric.name)}\n{words.interval(estimate)}',
        )
    ]
    gain = next((one.gain for one in summary.comparisons if one.name == 'defaults'), None)
    if gain is not None:
        label = t('gain over the defaults of the library')
        cards.append(Card(words.signed(gain.value), f'{label}:\n{say_verdict(gain, t)[0]}'))
    cards.append(Card(words.whole(summary.train_rows), t('rows of the training')))
    cards.append(Card(words.whole(summary.test_rows), t('rows that were scored')))
    cards.append(Card(words.whole(summary.feature_count), t('features')))
    if 'number_of_rounds' in summary.training:
        cards.append(Card(words.whole(summary.training['number_of_rounds']), t('rounds of training')))
    if summary.epochs is not None:
        cards.append(Card(words.whole(summary.epochs.best_epoch), t('epochs of training')))
    return cards


def _folds(summary: ModelSummary) -> dict[str, Any] | None:
    if summary.validation is None:
        return None
    by_metric = summary.validation.groupby('metric', sort=False)['score']
    text = {
        str(name): f'{words.score(float(values.mean()))} ± {words.score(float(values.std(ddof=0)))}'
        for name, values in by_metric
    }
    return {
        'number': int(summary.validation['fold'].nunique()),
        'text': {metric.name: text.get(metric.name, '–') for metric in summary.metrics},
    }


def _data(summary: ModelSummary, t: Wording) -> dict[str, Any]:
    missing = sum(one.train.missing for one in summary.columns)
    cells = max(summary.train_rows * len(summary.columns), 1)
    text = t(
        'Rows: {rows}. Columns to learn from: {columns}. Missing values: {missing}. Target: {target}.',
        rows=words.whole(summary.train_rows),
        columns=words.whole(len(summary.columns)),
        missing=words.percent(missing / cells),
        target=summary.target.name,
    )
    if summary.test_groups:
        text += t(' The scored rows belong to {groups} groups.', groups=words.whole(summary.test_groups))
    train, test = summary.class_counts
    order = np.argsort(-train, kind='stable')[:_MOST_CLASSES]
    classes = [
        {
            'name': summary.classes[code],
            'train': int(train[code]),
            'train_share': float(train[code] / max(train.sum(), 1)),
            'test_share': float(test[code] / max(test.sum(), 1)),
        }
        for code in order
    ]
    return {'text': text, 'classes': classes, 'more_classes': len(summary.classes) - len(classes)}


def _columns(summary: ModelSummary, t: Wording) -> Any:
    drift = {}
    for one in summary.columns:
        if one.drift is not None:
            verdict = {'none': '', 'moderate': t('moderate'), 'strong': t('strong')}[one.drift.severity]
            drift[one.train.name] = f'{one.drift.psi:.3f} {verdict}'.strip()
    by_name = {name: place for place, name in enumerate(summary.explanation.importances.index)}
    profiles = sorted((one.train for one in summary.columns), key=lambda one: by_name.get(one.name, len(by_name)))
    return make_column_table(profiles, t, t('Drift'), drift)
