"""Words and numbers: every text is there in both languages, and numbers are written as a reader wants them."""

from __future__ import annotations

import ast
import math
import re
import string
from pathlib import Path

import pytest

import redshells.page
from redshells.analysis.bootstrap import Estimate
from redshells.errors import ParameterError
from redshells.page import data_page, render, wording
from redshells.page.japanese import JAPANESE
from redshells.page.run_facts import FileLink
from redshells.page.wording import Wording
from tests.report_pages import ROLES

FOLDER = Path(redshells.page.__file__).parent
# what is looked up by a value that is known when the page is made
LOOKED_UP = {
    *render.KINDS.values(),
    *data_page._MEASURES.values(),
    *ROLES,
    'regression',
    'ranking',
    'classification',
    'text',
}


def texts_of_modules() -> set[str]:
    """The first argument of each call of ``t``, ``wording`` or ``self``."""
    found = set()
    for path in FOLDER.glob('*.py'):
        for node in ast.walk(ast.parse(path.read_text())):
            name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ''
            if name in ('t', 'wording', 'self'):
                found |= {one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)}
    return {text for text in found if isinstance(text, str)}


def texts_of_templates() -> set[str]:
    found: set[str] = set()
    for path in FOLDER.glob('templates/*.html'):
        for quoted in re.findall(r"\bt\(\s*('(?:[^'\\]|\\.)*')", path.read_text()):
            found.add(ast.literal_eval(quoted))
    return found


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_text_is_there_in_japanese_and_none_is_left_over() -> None:
    used = texts_of_modules() | texts_of_templates()
    assert len(used) > 150
    assert used - set(JAPANESE) == set()
    assert set(JAPANESE) - used - LOOKED_UP == set()


def test_both_languages_name_the_same_values() -> None:
    for english, japanese in JAPANESE.items():
        assert fields(english) == fields(japanese), english
        assert japanese.strip(), english


def test_values_are_no_templates() -> None:
    for language in wording.LANGUAGES:
        assert '{x} {0}' in Wording(language)('The scored rows have no {names}.', names='{x} {0}')
    with pytest.raises(ParameterError, match="language='tlh'"):
        Wording('tlh')


@pytest.mark.parametrize(
    ('value', 'text'),
    [
        (0.91234, '0.9123'),
        (42265.123, '42,265'),
        (3.0, '3.000'),
        (0.0, '0'),
        (-0.5, '−0.5000'),
        (1e-9, '1.000e-09'),
        (1e300, '1.000e+300'),
        (None, '–'),
        (math.nan, '–'),
        (-math.inf, '–'),
    ],
)
def test_scores(value: float | None, text: str) -> None:
    assert wording.score(value) == text


@pytest.mark.parametrize(
    ('estimate', 'text'),
    [
        (Estimate(0.9, 0.85, 0.95), '0.8500 – 0.9500'),
        (Estimate(42265.0, 40000.4, 45000.0), '40,000 – 45,000'),
        (Estimate(0.0, -0.3, 0.25), '−0.3000 – 0.2500'),  # zero alone has no decimals
        (Estimate(0.0, 0.0, 0.0), '0 – 0'),
        (Estimate(1e-9, 1e-10, 1e-8), '1.000e-10 – 1.000e-08'),
        (Estimate(0.5, math.nan, math.nan), '–'),
    ],
)
def test_intervals(estimate: Estimate, text: str) -> None:
    assert wording.interval(estimate) == text.replace(' ', '\xa0')  # it is not torn apart


def test_differences_and_shares() -> None:
    assert [wording.signed(one) for one in (0.0026147, -12.5, 0.0, math.nan)] == ['+0.00261', '−12.5', '±0', '–']
    assert wording.signed_interval(Estimate(0.1, -0.1, 0.3)) == '−0.100\xa0–\xa0+0.300'
    assert wording.signed_interval(Estimate(0.1, math.nan, 0.3)) == '–'
    shares = [wording.percent(one) for one in (0.256, 0.0004, 0.0, 1.0, -0.05, math.nan)]
    assert shares == ['25.6\xa0%', '<0.1\xa0%', '0\xa0%', '100\xa0%', '−5\xa0%', '–']


@pytest.mark.parametrize(
    ('value', 'text'),
    [
        (3.0, '3'),
        (1234567.0, '1,234,567'),
        (0.5, '0.5'),
        (-0.25, '−0.25'),
        (1e-7, '1.000e-07'),
        (123.4567891, '123.457'),
        ('2024-01-01', '2024-01-01'),
        (1.7976931348623157e308, '∞'),
        (-1.7976931348623157e308, '−∞'),
    ],
)
def test_values(value: float | str, text: str) -> None:
    assert wording.value(value) == text


def test_metrics_and_arguments() -> None:
    names = [
        wording.metric(name) for name in ('auc', 'ndcg@10', 'balanced_accuracy', 'precision@3', 'my.module:profit')
    ]
    assert names == ['AUC', 'NDCG@10', 'balanced accuracy', 'precision@3', 'profit']
    assert [wording.argument(one) for one in (None, '7', '0.12345678', 'True', "'gbdt'")] == [
        '–',
        '7',
        '0.123457',
        'True',
        "'gbdt'",
    ]
    assert wording.whole(12345) == '12,345'


@pytest.mark.parametrize(
    ('path', 'page', 'link'),
    [
        ('/w/model/a.zip', '/w/report/x.html', '../model/a.zip'),
        ('/w/report/a b#1?.html', '/w/report/x.html', 'a%20b%231%3F.html'),
        ('/w/report/javascript:1', '/w/report/x.html', 'javascript%3A1'),
        ('s3://bucket/model.zip', '/w/report/x.html', ''),
        ('/w/model/a.zip', 's3://bucket/x.html', ''),
    ],
)
def test_links(path: str, page: str, link: str) -> None:
    assert FileLink.of(path, page) == FileLink(path, link)
