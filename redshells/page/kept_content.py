"""Whether a page has kept what another page can be compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from redshells.errors import ArchiveVersionError, DamagedArchiveError
from redshells.page.run_facts import FORMAT

KINDS_OF_COLUMNS = ('number', 'category', 'date', 'vector', 'other')

Check = Callable[[Any], bool]


def check_content(content: Mapping[str, Any], kind: str, name: str) -> None:
    """Check that the numbers of a page are of a kind, and whole.

    Args:
        content: What the page has kept.
        kind: ``'model'``, ``'recommender'``, ``'training'``, ``'tuning'`` or ``'data'``.
        name: What it is called in messages.

    Raises:
        ArchiveVersionError: A newer redshells has written them.
        DamagedArchiveError: They are of another kind, or parts are missing or wrong.
    """
    version = content.get('format')
    if isinstance(version, int) and version > FORMAT:
        raise ArchiveVersionError(
            f'{name} has format {version}; this redshells reads formats up to {FORMAT}. Upgrade it.'
        )
    if content.get('kind') != kind:
        raise DamagedArchiveError(f'{name} is one of the kind {content.get("kind")!r}; {kind!r} is expected.')
    wrong = [key for key, is_right in _CHECKS[kind].items() if key not in content or not is_right(content[key])]
    if wrong:
        raise DamagedArchiveError(
            f'{name} has no {wrong} that another report can be compared with: an older redshells has written it, or it '
            'is damaged. Run the task that writes it again.'
        )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _list_of(is_right: Check) -> Check:
    return lambda value: isinstance(value, list) and all(map(is_right, value))


def _dict_of(is_right: Check) -> Check:
    return lambda value: isinstance(value, dict) and all(map(is_right, value.values()))


def _is_score(value: Any) -> bool:
    return _list_of(_is_number)(value) and len(value) == 3


def _is_distribution(value: Any) -> bool:
    if value is None:
        return True
    if not isinstance(value, dict) or set(value) != set(_DISTRIBUTION):
        return False
    if not all(is_right(value[key]) for key, is_right in _DISTRIBUTION.items()):
        return False
    size = max(len(value['edges']) - 1, 0) if value['edges'] else len(value['levels'])
    return size == len(value['counts'])


def _is_column(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get('kind') in KINDS_OF_COLUMNS
        and _is_distribution(value.get('distribution', ()))
    )


_DISTRIBUTION: dict[str, Check] = {
    'levels': _list_of(_is_text),
    'edges': _list_of(_is_number),
    'counts': _list_of(_is_count),
    'other': _is_count,
    'missing': _is_count,
}
_PAGE: dict[str, Check] = {'created': _is_text, 'path': _is_text, 'subject_id': _is_text, 'subject_time': _is_text}
_TABLE: dict[str, Check] = {'rows': _is_count, 'columns': _dict_of(_is_column), 'all_columns': _list_of(_is_text)}
_MODEL: dict[str, Check] = {
    'scores': _dict_of(_is_score),
    'method': _is_text,
    'importances': _dict_of(_is_number),
    'problem': _is_text,
    'classes': _list_of(_is_text),
    'prediction': _is_distribution,
    'prediction_mean': lambda value: value is None or _is_number(value),
    'arguments': _dict_of(_is_text),
}
_RECOMMENDER: dict[str, Check] = {
    'model': _is_text,
    'sizes': _dict_of(_is_count),
    'scores': _dict_of(_is_score),
    'most_recommended': _dict_of(_is_number),
    'arguments': _dict_of(_is_text),
}
_CHECKS: dict[str, dict[str, Check]] = {
    'data': _PAGE | _TABLE,
    'model': _PAGE | _TABLE | _MODEL,
    'recommender': _PAGE | _RECOMMENDER,
    'training': _PAGE | {'found': _dict_of(_is_text)},
    'tuning': _PAGE | {'found': _dict_of(_is_text)},
}
