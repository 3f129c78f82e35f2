"""The words of a page in the language of its reader, and numbers as a reader wants them."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from redshells.errors import ParameterError
from redshells.page.japanese import JAPANESE

if TYPE_CHECKING:
    from redshells.analysis.bootstrap import Estimate

LANGUAGES = ('en', 'ja')

_LARGEST = sys.float_info.max  # what stands for infinity in a profile

_METRICS = {
    'auc': 'AUC',
    'f1': 'F1',
    'logloss': 'log loss',
    'mae': 'MAE',
    'map': 'MAP',
    'mape': 'MAPE',
    'mcc': 'MCC',
    'mrr': 'MRR',
    'mse': 'MSE',
    'ndcg': 'NDCG',
    'r2': 'R²',
    'rmse': 'RMSE',
    'rmsle': 'RMSLE',
}


class Wording:
    """Gives the words of a page: ``wording('{count} rows', count=3)``.

    Args:
        language: ``'en'`` or ``'ja'``.

    Raises:
        ParameterError: Another language.
    """

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise ParameterError(f'language={language!r} was given; one of {list(LANGUAGES)} is expected.')
        self.language = language

    def listed(self, names: Sequence[str], most: int = 10) -> str:
        """Names, and how many more there are.

        Args:
            names: The names.
            most: How many are said.
        """
        shown = self(', ').join(names[:most])
        if len(names) <= most:
            return shown
        return self('{names} and {count} more', names=shown, count=whole(len(names) - most))

    def __call__(self, text: str, **values: Any) -> str:
        """A text with its values filled in.

        Args:
            text: The English text, which names the values in braces.
            **values: The values, as texts.
        """
        return (text if self.language == 'en' else JAPANESE[text]).format(**values)


def metric(name: str) -> str:
    """A metric as print has it.

    Example:
        >>> metric('auc'), metric('ndcg@10'), metric('balanced_accuracy')
        ('AUC', 'NDCG@10', 'balanced accuracy')
    """
    base, at, number = name.partition('@')
    return _METRICS.get(base, base.replace('_', ' ')) + at + number if ':' not in name else name.rpartition(':')[2]


def score(value: float | None) -> str:
    """A score with four digits that count.

    Example:
        >>> score(0.91234), score(42265.123), score(3.0)
        ('0.9123', '42,265', '3.000')
    """
    if value is None or not math.isfinite(value):
        return '–'
    if value == 0:
        return '0'
    digits = 3 - math.floor(math.log10(abs(value)))
    text = f'{value:,.{digits}f}' if 0 <= digits < 8 else (f'{value:,.0f}' if 0 > digits > -12 else f'{value:.3e}')
    return text.replace('-', '−', 1) if value < 0 else text


def interval(estimate: Estimate) -> str:
    """The interval of an estimate, with as many decimals as the value."""
    if not (math.isfinite(estimate.low) and math.isfinite(estimate.high)):
        return '–'
    leading = score(estimate.value or max(abs(estimate.low), abs(estimate.high)))  # of zero, no digit counts
    decimals = len(leading.partition('.')[2])
    if 'e' in leading:
        return f'{score(estimate.low)}\xa0–\xa0{score(estimate.high)}'
    return f'{estimate.low:,.{decimals}f}\xa0–\xa0{estimate.high:,.{decimals}f}'.replace('-', '−')


def signed(value: float) -> str:
    """A difference with its sign and three digits that count.

    Example:
        >>> signed(0.0026147), signed(-12.5), signed(0.0)
        ('+0.00261', '−12.5', '±0')
    """
    if not math.isfinite(value):
        return '–'
    if value == 0:
        return '±0'
    sign = '+' if value > 0 else '−'
    if abs(value) < 1e-6:
        return f'{sign}{abs(value):.2e}'
    digits = max(2 - math.floor(math.log10(abs(value))), 0)
    return f'{sign}{abs(value):,.{digits}f}'


def signed_interval(estimate: Estimate) -> str:
    """The interval of a difference."""
    if not (math.isfinite(estimate.low) and math.isfinite(estimate.high)):
        return '–'
    return f'{signed(estimate.low)}\xa0–\xa0{signed(estimate.high)}'


def percent(share: float) -> str:
    r"""A share in percent.

    Example:
        >>> percent(0.256), percent(0.0004), percent(0.0), percent(1.0)
        ('25.6\xa0%', '<0.1\xa0%', '0\xa0%', '100\xa0%')
    """
    if not math.isfinite(share):
        return '–'
    if 0 < share < 0.001:
        return '<0.1\xa0%'
    return f'{100 * share:.1f}'.removesuffix('.0').replace('-', '−') + '\xa0%'


def whole(number: float) -> str:
    """A whole number, by thousands."""
    return f'{int(number):,}'


def value(number: Any) -> str:
    """A value of a column: numbers with up to six digits that count, texts as they are."""
    if isinstance(number, str):
        return number
    if number < 0:
        return f'−{value(-number)}'
    if number >= _LARGEST:
        return '∞'
    if float(number).is_integer() and abs(number) < 1e15:
        return f'{int(number):,}'
    if not 1e-3 <= abs(number) < 1e9:
        return f'{number:.3e}'
    text = f'{number:,.{max(0, 5 - math.floor(math.log10(abs(number))))}f}'
    return text.rstrip('0').rstrip('.') if '.' in text else text


def argument(text: str | None) -> str:
    """A kept argument: floats with six digits that count, a dash where there is none."""
    if text is None:
        return '–'
    try:
        return plain(float(text)) if '.' in text or 'e' in text else text
    except ValueError:
        return text


def plain(argument: Any) -> str:
    """An argument of a model: floats with six digits that count."""
    return f'{argument:.6g}' if isinstance(argument, float) else str(argument)
