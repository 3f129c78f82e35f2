"""Pages: whole, of their own, safe from what users name things, and of a sensible size."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

from redshells.analysis.model_summary import SummaryPlan
from redshells.errors import DamagedArchiveError
from redshells.model.estimator import EstimatorModel
from redshells.model.frame import TableData, cut_table
from redshells.model.lightgbm import LightGBMModel
from redshells.page.data_page import report_data
from redshells.page.kept_content import check_content
from redshells.page.model_page import report_model
from redshells.page.report import read_content, write_content
from redshells.page.run_facts import RunFacts
from redshells.page.wording import LANGUAGES
from tests.analysis_models import data_of, estimator_of, trees_of
from tests.report_pages import KINDS, NAMES, RUN, SAME, page
from tests.tables import classes_table

QUICK = SummaryPlan(baselines=['prior'], number_of_resamples=20, n_jobs=1)
UGLY = ('</script><script>alert("1")</script>', '{x} {{ 7 * 7 }} %s', 'a\n"b" \'c\' &amp;', '日本語🎉', 'x' * 400)


class Reader(HTMLParser):
    """Collects what a page is made of, and checks that its tags fit."""

    _ALONE = ('meta', 'br')

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or '') for name, value in attrs]
        if tag not in self._ALONE:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self._ALONE:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ('script', 'style'):
            self.texts.append(data)


@pytest.mark.parametrize('language', LANGUAGES)
@pytest.mark.parametrize('name', NAMES)
def test_a_page_is_whole_and_needs_nothing_else(name: str, language: str) -> None:
    html = page(name, language).html
    assert html.startswith('<!DOCTYPE html>')
    assert html.endswith('</html>\n')
    reader = Reader(html)
    assert reader.tags['script'] == 1
    assert ('script', 'type', 'application/json') in reader.attributes
    assert not {'img', 'link', 'iframe', 'object', 'embed', 'base', 'form', 'style '} & set(reader.tags)
    assert reader.tags['style'] == 1
    assert not re.search(r'https?:|//[a-z]|@import|url\((?!#)|javascript:', html.partition('<script')[0])
    names = {attribute for _, attribute, _ in reader.attributes}
    assert not {one for one in names if one.startswith('on') or one in ('src', 'srcset', 'xlink:href', 'action')}
    ids = [value for _, attribute, value in reader.attributes if attribute == 'id']
    assert len(ids) == len(set(ids))
    targets = [value for _, attribute, value in reader.attributes if attribute == 'href']
    used = [value[1:] for value in targets if value.startswith('#')] + re.findall(r'url\(#(.*?)\)', html)
    assert set(used) <= set(ids)
    files = {value for value in targets if not value.startswith('#')}
    assert files <= {'../model/a.zip', 'model_1.html', 'data_1.html', 'tuning_1.html'}
    assert ('html', 'lang', language) in reader.attributes
    assert len(html.encode()) < 150_000
    text = ' '.join(reader.texts)
    assert not re.search(r'\bnan\b|\binf\b|Undefined|array\(|np\.', text)


@pytest.mark.parametrize('name', NAMES)
def test_both_languages_keep_the_same_numbers_and_these_come_back(name: str) -> None:
    english, japanese = (page(name, language) for language in LANGUAGES)
    assert english.content == japanese.content
    check_content(english.content, KINDS.get(name, 'model'), 'the page')
    assert 'リ' in japanese.html


def test_the_charts_of_each_problem_are_there() -> None:
    titles = {name: re.findall(r'<figcaption>(.*?)</figcaption>', page(name, 'en').html) for name in NAMES}
    assert titles['binary'][:4] == ['ROC curve', 'Precision by recall', 'Calibration', 'How far the classes lie apart']
    assert titles['svc'] == ['ROC curve', 'Precision by recall']  # which need no probabilities
    assert {'Loss of the training by epoch', 'Score on held-out rows by epoch: log loss'} <= set(titles['epochs'])
    assert titles['multiclass'][0] == 'ROC curve of each class against the rest'
    assert titles['regression'][:2] == ['Predicted against true', 'Residuals']
    assert titles['ranking'][:3] == ['NDCG by query', 'NDCG of the first rows', 'Relevance by rank']
    assert titles['tuning'][0] == 'How the search went'
    assert titles['data'] == ['Distribution']
    for name in ('binary', 'multiclass', 'regression', 'ranking'):
        assert any('by the number of trees' in title for title in titles[name])


def test_a_page_says_what_is_wrong() -> None:
    html = page('binary', 'en').html
    assert 'The training table is not the one that the model was trained on' in html
    assert 'Few rows were scored (160)' in html
    assert 'calibrate' not in html


def ugly_data(seed: int, rows: int) -> TableData:
    frame = classes_table(rows, seed).rename(columns=dict(zip(['a', 'b', 'noise', 'colour'], UGLY, strict=False)))
    frame[UGLY[4]] = frame['category'].map({0: UGLY[0], 1: UGLY[1]})
    frame[UGLY[3]] = frame[UGLY[3]].map(dict(zip(['red', 'green', 'blue'], UGLY[:3], strict=True)))
    return cut_table(frame.drop(columns='category'), target_column_name=UGLY[4])


@pytest.mark.parametrize('model_class', [LightGBMModel, EstimatorModel])
def test_names_and_labels_of_users_stay_text(model_class: Any) -> None:
    train, test = ugly_data(0, 240), ugly_data(1, 60)
    model = model_class(n_jobs=1, **({'number_of_rounds': 3} if model_class is LightGBMModel else {}))
    model.fit(train.features, train.target)
    run = RunFacts(UGLY[0], '2024', UGLY[1], '1', '2', UGLY[0], code=UGLY[2])
    first = report_model(model, train, test, QUICK, None, None, run, 'ja', None, SAME)
    report = report_model(model, train, test, QUICK, None, None, run, 'en', first.content, SAME)
    reader = Reader(report.html)
    assert reader.tags['script'] == 1
    text = ''.join(reader.texts)
    for one in UGLY:
        assert one in text
    assert set(UGLY[:4]) == set(report.content['all_columns'])
    data = pd.concat([test.features, test.target], axis=1)
    other = report_data(data, UGLY[4], '', 0, run, 'ja', report_data(data, UGLY[4], '', 0, run, 'en', None).content)
    assert Reader(other.html).tags['script'] == 1
    assert set(UGLY) == set(other.content['columns'])


def test_a_learning_curve_by_epochs() -> None:
    html = page('epochs', 'en').html
    assert 'The dashed line is epoch 20, the best one' in html
    assert 'was still getting better in epoch 20, the last one' in html
    assert 'id="learning"' in html
    assert 'id="learning"' not in page('svc', 'en').html


@pytest.mark.parametrize('rows', [1, 5])
@pytest.mark.parametrize('kind', ['binary', 'multiclass', 'regression'])
def test_few_rows_are_no_trouble(kind: str, rows: int) -> None:
    few = data_of(kind, 160, 1).take(np.arange(rows))
    report = report_model(trees_of(kind, 5), data_of(kind), few, QUICK, None, None, RUN, 'en', None, SAME)
    Reader(report.html)
    assert f'Few rows were scored ({rows})' in report.html
    if rows < 5:
        assert 'clearly better than' not in report.html.replace('not clearly better than', '')


@pytest.mark.parametrize('kind', ['binary', 'multiclass'])
def test_rows_of_one_class_have_no_auc_but_a_page(kind: str) -> None:
    data = data_of(kind, 160, 1)
    one = data.take(np.flatnonzero(data.target == 0))
    for model in (trees_of(kind, 5), estimator_of(kind, 'sklearn.tree:DecisionTreeClassifier')):
        report = report_model(model, data_of(kind), one, QUICK, None, None, RUN, 'ja', None, SAME)
        assert 'auc' not in report.content['scores']
        assert '評価データに' in report.html


def test_odd_targets_and_features() -> None:
    ranking = data_of('ranking', 160, 1)
    nothing = TableData(ranking.features, ranking.target * 0, group=ranking.group)
    alone = ranking.take(np.flatnonzero(~ranking.group.duplicated())) if ranking.group is not None else ranking
    for rows in (nothing, alone):
        report_model(trees_of('ranking', 5), data_of('ranking'), rows, QUICK, None, None, RUN, 'en', None, SAME)
    regression = data_of('regression', 160, 1)
    level = TableData(regression.features, regression.target * 0 + 1)
    report_model(trees_of('regression', 5), data_of('regression'), level, QUICK, None, None, RUN, 'en', None, SAME)
    binary = data_of('binary')
    position = np.arange(400)
    features = pd.DataFrame(
        {
            'infinite': np.where(position % 2, np.inf, -np.inf),
            'nothing': np.nan,
            'boolean': position % 3 == 0,
            'nullable': pd.array([1, None] * 200, dtype='Int64'),
            'levels': pd.Categorical(['x', 'y'] * 200, categories=['x', 'y', 'never']),
            'vector': [np.array([one, -one]) for one in range(400)],
        }
    )
    odd = TableData(features, binary.target.reset_index(drop=True) == 1)
    model = LightGBMModel(number_of_rounds=5, n_jobs=1).fit(features, odd.target)
    report = report_model(model, odd, odd.take(np.arange(100)), QUICK, None, None, RUN, 'en', None, SAME)
    assert 'vector' in report.html
    assert '∞' in report.html


def test_a_page_on_a_wide_table_stays_small() -> None:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(120, 2_000)), columns=[f'column {number}' for number in range(2_000)])
    frame['y'] = frame['column 7'] + generator.normal(scale=0.1, size=120)
    data = cut_table(frame, target_column_name='y')
    model = LightGBMModel(problem='regression', number_of_rounds=5, n_jobs=1).fit(data.features, data.target)
    report = report_model(model, data, data.take(np.arange(100)), QUICK, None, None, RUN, 'en', None, SAME)
    assert len(report.html.encode()) < 400_000
    levels = pd.DataFrame(
        {
            f'列 {number}': generator.choice([f'長い名前の水準 {"あ" * 40} {level}' for level in range(30)], 100)
            for number in range(300)
        }
    )
    report = report_data(levels, '', '', 0, RUN, 'ja', None)
    assert len(report.html.encode()) < 500_000
    assert len(report.content['all_columns']) == 300


def test_what_a_page_keeps_can_stand_in_html() -> None:
    content = {'text': '</script><!-- & \u2028 日本 🎉', 'numbers': [1, 2.5, None]}
    html = f'<script type="application/json" id="redshells-report">{write_content(content)}</script></html>'
    assert html.count('</script>') == 1
    assert read_content(html, 'page') == content
    with pytest.raises(ValueError, match='Out of range'):
        write_content({'score': float('nan')})


@pytest.mark.parametrize(
    'html',
    [
        '',
        '<html></html>',
        '<script type="application/json" id="redshells-report">{}</script>',
        '<script type="application/json" id="redshells-report">{"a": </script></html>',
        '<script type="application/json" id="redshells-report">[1]</script></html>',
    ],
)
def test_no_report(html: str) -> None:
    with pytest.raises(DamagedArchiveError, match=r'^x\.html is'):
        read_content(html, 'x.html')


def test_a_notebook_shows_the_page() -> None:
    shown = page('tuning', 'en')._repr_html_()
    assert shown.startswith('<iframe srcdoc="&lt;!DOCTYPE html&gt;')
    assert Reader(shown).tags == {'iframe': 1}
