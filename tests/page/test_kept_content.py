"""What another report kept is whole, or it is refused by name."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from redshells.errors import ArchiveVersionError, DamagedArchiveError
from redshells.page import render
from redshells.page.kept_content import KINDS_OF_COLUMNS, check_content
from tests.report_pages import page


@pytest.fixture(scope='module')
def contents() -> dict[str, Any]:
    return {
        'model': page('binary', 'en').content,
        'data': page('data', 'en').content,
        'tuning': page('tuning', 'en').content,
        'recommender': page('ratings', 'en').content,
        'training': page('training', 'en').content,
    }


def _is_right(part: str, value: Any) -> bool:
    if part == 'prediction_mean':
        return value is None or value == 7.5
    texts = ('created', 'path', 'method', 'problem', 'subject_id', 'subject_time')
    return (part == 'prediction' and value is None) or (part in texts and value == 'text')


@pytest.mark.parametrize('kind', ['model', 'data', 'tuning', 'recommender', 'training'])
def test_each_part_is_needed(contents: dict[str, Any], kind: str) -> None:
    content = contents[kind]
    check_content(content, kind, 'x.html')
    unused = {'format', 'kind', 'family', 'unique_id', 'model', 'metric', 'direction', 'test_rows'}
    for part in set(content) - unused:
        lacking = {name: value for name, value in content.items() if name != part}
        with pytest.raises(DamagedArchiveError, match=rf"^x\.html has no \['{part}'\]"):
            check_content(lacking, kind, 'x.html')
        for wrong in (None, 7.5, 'text', ['a', 1], {'a': [1]}, [None]):
            if _is_right(part, wrong):
                continue
            with pytest.raises(DamagedArchiveError, match=f"'{part}'"):
                check_content(content | {part: wrong}, kind, 'x.html')


@pytest.mark.parametrize(
    ('path', 'value'),
    [
        (('scores', 'auc'), [0.5]),
        (('scores', 'auc'), [0.5, None, 1.0]),
        (('columns', 'a', 'kind'), 'number of old'),
        (('columns', 'a'), {'kind': 'number'}),
        (('columns', 'a', 'distribution', 'counts'), [1]),
        (('columns', 'a', 'distribution', 'counts'), ['a'] * 10),
        (('columns', 'a', 'distribution'), {'edges': [1, 2], 'counts': [3]}),
        (('columns', 'a', 'distribution', 'later'), 1),
        (('importances', 'a'), 'much'),
        (('arguments', 'num_leaves'), 7),
    ],
)
def test_the_parts_of_parts_are_checked(contents: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    content = copy.deepcopy(contents['model'])
    part = content
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    with pytest.raises(DamagedArchiveError, match=f"has no \\['{path[0]}'\\]"):
        check_content(content, 'model', 'x.html')


def test_another_kind_and_a_newer_format(contents: dict[str, Any]) -> None:
    with pytest.raises(DamagedArchiveError, match="is one of the kind 'data'; 'model' is expected"):
        check_content(contents['data'], 'model', 'x.html')
    with pytest.raises(ArchiveVersionError, match='has format 99'):
        check_content(contents['data'] | {'format': 99}, 'data', 'x.html')


def test_all_kinds_of_columns_have_a_word() -> None:
    assert set(KINDS_OF_COLUMNS) == set(render.KINDS)
