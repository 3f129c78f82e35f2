"""Figures: the same whatever the settings of the user are, and without what means something else in a page."""

from __future__ import annotations

import re
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from redshells.page.chart import bar_chart, category_chart, dot_chart, line_chart
from redshells.page.figure import draw_svg, format_tick, number_ids
from redshells.page.picture import bars, strip


def charts() -> list[str]:
    x = np.linspace(0.1, 10, 20)
    curves = [('one', x, x**2), ('two', x, -x)]
    return [
        line_chart('t', curves, x_label='x', y_label='y', diagonal=True, level=3.0, dots=True, log_x=True).svg,
        line_chart('t', [('', x / 10, x / 10)], x_label='x', y_label='y', unit_square=True, diagonal=True).svg,
        dot_chart(
            't', x, x, x_label='x', y_label='y', steps=x, mark=(1.0, 1.0), y_limits=(0, 5), log_x=True, small=True
        ).svg,
        bar_chart('t', np.arange(21.0), [('a', x), ('b', x[::-1])], x_label='x', y_label='y', zero=True).svg,
        category_chart('t', [1, 2, 1], np.arange(3.0), x_label='x', y_label='y').svg,
    ]


@pytest.fixture(scope='module')
def plain() -> list[str]:
    return charts()


@pytest.mark.parametrize('style', ['dark_background', 'fivethirtyeight'])
def test_settings_of_the_user_neither_matter_nor_change(plain: list[str], style: str) -> None:
    with plt.style.context(style), mpl.rc_context({'font.size': 30, 'axes.grid': False, 'svg.hashsalt': 'other'}):
        before = dict(mpl.rcParams)
        assert charts() == plain
        assert dict(mpl.rcParams) == before


def test_figures_are_not_kept_open(plain: list[str]) -> None:
    assert plt.get_fignums() == []


def test_a_figure_is_of_its_own(plain: list[str]) -> None:
    for svg in plain:
        assert svg.startswith('<svg viewBox="0 0 ')
        assert svg.endswith('</svg>')
        assert not re.search(
            r'http|xmlns|xlink|<style|<metadata|#[0-9a-f]{6}\b|\bwidth="[0-9.]+pt"|font-family: (?!inherit)', svg
        )
        ids = re.findall(r' id="(.*?)"', svg)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'url\(#(.*?)\)| href="#(.*?)"', svg)) <= {
            pair for one in ids for pair in ((one, ''), ('', one))
        }


def test_equal_figures_on_one_page_have_different_ids(plain: list[str]) -> None:
    page = number_ids(f'<p id="top"><a href="#top">{plain[0]}</a>{plain[0]}</p>')
    ids = re.findall(r' id="(.*?)"', page)
    assert len(ids) == len(set(ids))
    assert 'id="top"' in page
    assert 'href="#top"' in page
    assert set(re.findall(r'url\(#(.*?)\)', page)) <= set(ids)


@pytest.mark.parametrize(
    'y', [[np.nan] * 3, [1.0] * 3, [1e300, -1e300, 0.0], [np.inf, 1.0, 2.0], [1e-300, 2e-300, 0.0]]
)
def test_odd_values_can_be_drawn(y: Any) -> None:
    values = np.array(y)
    assert line_chart('t', [('', np.array([1.0, 2.0, 3.0]), values)], x_label='', y_label='', log_x=True).svg
    assert dot_chart('t', np.ones(3), values, x_label='', y_label='', log_x=True).svg


def test_ticks() -> None:
    assert [format_tick(one) for one in (0.0, 0.25, -2.0, 1234567.0, 1e12)] == ['0', '0.25', '−2', '1,234,567', '1e+12']


def test_a_figure_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__('sys').modules, 'matplotlib.figure', None)
    with pytest.raises(ImportError, match=r"pip install 'redshells\[report\]'"):
        draw_svg(lambda axes: None)


def test_small_pictures() -> None:
    assert bars([]) == bars([0, 0]) == ''
    assert bars([1, 0, 4]).count('M') == 2
    values = np.array([-1.0, 0.0, 1.0, 1.0])
    drawn = strip(values, np.array([0.0, 0.5, 1.0, np.nan]), (-1.0, 1.0))
    assert drawn.count('h0') == 4
    assert set(re.findall(r'level-(\d)', drawn)) == {'0', '2', '4', '5'}
    assert strip(np.zeros(3), np.full(3, np.nan), (0.0, 0.0)).count('h0') == 3
