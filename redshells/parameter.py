"""The parameters of redshells' tasks: each value is checked and brought into one form before it enters the unique id.

luigi's own parameters let ``3.5`` pass as an integer, make the id depend on the order of a dict's keys, refuse numpy's
numbers, and hand out frozen containers that the libraries reject. Each function here returns a luigi parameter that
does not; it is typed as ``Any``, so that the annotation of the field says what callers may pass::

    n_trials: int = parameter.integer(default=100, minimum=1, description='Number of trials.')
"""

from __future__ import annotations

import json
import math
import numbers
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NoReturn, TypeVar

import gokart
import luigi
import numpy as np
from luigi.parameter import _no_value

from redshells.errors import ParameterError, RedshellsError

REQUIRED: Any = _no_value
"""The default of a parameter that must be given."""

_Serializable = TypeVar('_Serializable', bound=Any)


class KeywordArguments(dict[str, Any]):
    """An immutable dict of JSON values with sorted keys, whose identity is its JSON text.

    In the text ``1``, ``1.0`` and ``True`` differ, as they do in the unique id; the order of the keys does not count.
    """

    def __init__(self, values: Mapping[Any, Any] = {}, *, name: str = 'the mapping') -> None:
        super().__init__(_canonical(values, name))
        self.text = json.dumps(dict(self), sort_keys=True)

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(self.text)

    def __eq__(self, other: object) -> bool:
        return self.text == other.text if isinstance(other, KeywordArguments) else dict(self) == other

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __reduce__(self) -> tuple[Any, ...]:
        return KeywordArguments, (self.plain(),)

    def plain(self) -> dict[str, Any]:
        """A new dict of plain dicts, lists and numbers, which libraries take and may change."""
        return json.loads(self.text)  # type: ignore[no-any-return]

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError('The parameters of a task can not be changed; take a copy with .plain().')

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse


def _canonical(value: Any, name: str) -> Any:
    """One spelling for each value; refuses what JSON can't say."""
    if isinstance(value, Mapping):
        if len({str(key) for key in value}) < len(value):
            raise ParameterError(f'{name} has the keys {list(value)}, two of which are one as a text. Rename them.')
        return {str(key): _canonical(value[key], f'{name}[{key!r}]') for key in sorted(value, key=str)}
    if isinstance(value, np.ndarray):
        return _canonical(value.tolist(), name)
    if isinstance(value, (list, tuple)):
        return [_canonical(item, f'{name}[{position}]') for position, item in enumerate(value)]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise ParameterError(
        f'{name} is {value!r} of type {type(value).__name__}; strings, numbers, booleans, None, lists and dicts are '
        "expected. Give a function or a class by its import path, as in 'my_package.my_module:my_function'."
    )


class _Checked(luigi.Parameter[Any]):
    """A parameter that may be None if its default is, or if it is said, with its own check of the values."""

    text_form = 'a text'

    def __init__(self, *, default: Any, description: str, significant: bool, optional: bool = False) -> None:
        super().__init__(default=default, description=description, significant=significant)
        self._optional = optional or default is None

    def normalize(self, x: Any) -> Any:
        if x is None or (self._optional and x == ''):
            if self._optional:
                return None
            raise self.refused(x, 'a value')
        return self.check(x)

    def parse(self, x: str) -> Any:
        if self._optional and x == '':
            return None
        try:
            return self.from_text(x)
        except RedshellsError:
            raise
        except ValueError as error:
            raise self.refused(x, self.text_form) from error

    def serialize(self, x: Any) -> str:
        return '' if x is None else self.to_text(x)

    def check(self, x: Any) -> Any:
        raise NotImplementedError

    def from_text(self, x: str) -> Any:
        return x

    def to_text(self, x: Any) -> str:
        return str(x)

    def refused(self, x: Any, expected: str) -> ParameterError:
        return ParameterError(f'{self._attribute_name}={x!r} was given; {expected} is expected.')

    def _warn_on_wrong_param_type(self, param_name: str, param_value: Any) -> None:
        """``normalize`` has checked the type."""


class _Number(_Checked):
    def __init__(self, *, minimum: float | None, maximum: float | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._minimum, self._maximum = minimum, maximum

    def in_range(self, x: Any) -> Any:
        if self._minimum is not None and not x >= self._minimum:
            raise self.refused(x, f'at least {self._minimum}')
        if self._maximum is not None and not x <= self._maximum:
            raise self.refused(x, f'at most {self._maximum}')
        return x


class _Integer(_Number):
    text_form = 'an integer'

    def check(self, x: Any) -> int:
        if isinstance(x, bool | np.bool_) or not isinstance(x, numbers.Integral):
            raise self.refused(x, 'an integer')
        return int(self.in_range(x))

    def from_text(self, x: str) -> int:
        return int(x)


class _Float(_Number):
    text_form = 'a number'

    def check(self, x: Any) -> float:
        if isinstance(x, bool | np.bool_) or not isinstance(x, numbers.Real) or math.isnan(x):
            raise self.refused(x, 'a number')
        return float(self.in_range(x))

    def from_text(self, x: str) -> float:
        return float(x)

    def to_text(self, x: Any) -> str:
        return repr(x)


class _Text(_Checked):
    def __init__(self, *, choices: Collection[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._choices = tuple(choices)

    def check(self, x: Any) -> str:
        if not isinstance(x, str):
            raise self.refused(x, 'a string')
        if self._choices and x not in self._choices:
            raise self.refused(x, 'one of ' + ', '.join(map(repr, self._choices)))
        return x


class _Flag(_Checked):
    def check(self, x: Any) -> bool:
        if not isinstance(x, bool | np.bool_):
            raise self.refused(x, 'True or False')
        return bool(x)

    def from_text(self, x: str) -> bool:
        if x.lower() not in ('true', 'false'):
            raise self.refused(x, 'true or false')
        return x.lower() == 'true'


class _Names(_Checked):
    text_form = 'a JSON list such as ["age", "city"]'

    def check(self, x: Any) -> tuple[str, ...]:
        if isinstance(x, str) or not isinstance(x, Iterable):
            raise self.refused(x, 'a list of names')
        values = tuple(x)
        if not all(isinstance(value, str) for value in values):
            raise self.refused(x, 'a list of strings')
        if len(set(values)) < len(values):
            raise self.refused(x, 'a list without repetitions')
        return values

    def from_text(self, x: str) -> tuple[str, ...]:
        return self.check(json.loads(x))

    def to_text(self, x: Any) -> str:
        return json.dumps(list(x), ensure_ascii=False)


class _Integers(_Checked):
    text_form = 'a JSON list such as [5, 10]'

    def __init__(self, *, minimum: int | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._minimum = minimum

    def check(self, x: Any) -> tuple[int, ...]:
        if isinstance(x, str) or not isinstance(x, Iterable):
            raise self.refused(x, 'a list of integers')
        values = tuple(x)
        if not all(isinstance(one, numbers.Integral) and not isinstance(one, bool) for one in values):
            raise self.refused(x, 'a list of integers')
        if self._minimum is not None and not all(one >= self._minimum for one in values):
            raise self.refused(x, f'a list of integers of at least {self._minimum}')
        if len(set(values)) < len(values):
            raise self.refused(x, 'a list without repetitions')
        return tuple(map(int, values))

    def from_text(self, x: str) -> tuple[int, ...]:
        return self.check(json.loads(x))

    def to_text(self, x: Any) -> str:
        return json.dumps(list(x))


class _Words(_Names):
    def check(self, x: Any) -> tuple[str, ...]:
        is_iterable = isinstance(x, Iterable) and not isinstance(x, str)
        try:
            distinct = dict.fromkeys(x) if is_iterable else x
        except TypeError:
            raise self.refused(x, 'a list of strings') from None
        return tuple(sorted(super().check(distinct)))


class _Keywords(_Checked):
    text_form = 'a JSON object such as {"num_leaves": 7}'

    def check(self, x: Any) -> KeywordArguments:
        if not isinstance(x, Mapping):
            raise self.refused(x, 'a dict')
        return KeywordArguments(x, name=self._attribute_name)

    def from_text(self, x: str) -> KeywordArguments:
        return self.check(json.loads(x))

    def to_text(self, x: Any) -> str:
        return str(x.text)


class _Object(_Checked):
    def __init__(self, object_type: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._object_type = object_type

    def check(self, x: Any) -> Any:
        return x if isinstance(x, self._object_type) else self._object_type(x)

    def from_text(self, x: str) -> Any:
        return self._object_type.gokart_deserialize(x)

    def to_text(self, x: Any) -> str:
        return str(x.gokart_serialize())


class _Task(gokart.TaskInstanceParameter[Any]):
    """A task, whose text is made once for each task and not once for each question."""

    def __init__(self, *, default: Any, description: str) -> None:
        luigi.Parameter.__init__(self, default=default, description=description)
        self.expected_type = gokart.TaskOnKart
        self._optional = default is None

    def normalize(self, x: Any) -> Any:
        if isinstance(x, gokart.TaskOnKart) or (x is None and self._optional):
            return x
        raise _no_task(self._attribute_name, x)

    def parse(self, x: Any) -> Any:
        return None if self._optional and x == '' else super().parse(x)  # type: ignore[no-untyped-call]

    def serialize(self, x: Any) -> str:
        return '' if x is None else _text_of(x)

    def _warn_on_wrong_param_type(self, param_name: str, param_value: Any) -> None:
        """``normalize`` has checked the type."""


class _Tasks(gokart.ListTaskInstanceParameter[Any]):
    """Tasks, at least one, for gokart leaves an empty list out of the inputs."""

    def __init__(self, *, description: str) -> None:
        super().__init__(expected_elements_type=gokart.TaskOnKart, description=description)

    def normalize(self, x: Any) -> Any:
        if isinstance(x, str | Mapping | gokart.TaskOnKart) or not isinstance(x, Iterable):
            raise _no_task(self._attribute_name, x, 'a list of gokart tasks')
        tasks = tuple(x)
        if not tasks:
            raise ParameterError(f'{self._attribute_name}=[] was given; at least one gokart task is expected.')
        for position, one in enumerate(tasks):
            if not isinstance(one, gokart.TaskOnKart):
                raise _no_task(f'{self._attribute_name}[{position}]', one)
        return tasks

    def parse(self, x: str) -> Any:
        try:
            texts = json.loads(x)
        except ValueError:
            texts = None
        if not isinstance(texts, list):
            raise ParameterError(f'{self._attribute_name}={x!r} was given; a JSON list of tasks is expected.')
        one: Any = gokart.TaskInstanceParameter()
        return [one.parse(text) for text in texts]

    def serialize(self, x: Any) -> str:
        return json.dumps([_text_of(one) for one in x])

    def _warn_on_wrong_param_type(self, param_name: str, param_value: Any) -> None:
        """``normalize`` has checked the types."""


def _text_of(task: Any) -> str:
    memory = vars(task)
    if '_redshells_text' not in memory:
        one: Any = gokart.TaskInstanceParameter()
        memory['_redshells_text'] = one.serialize(task)
    return str(memory['_redshells_text'])


def _no_task(name: str, x: Any, expected: str = 'a gokart task') -> ParameterError:
    hint = ' Write MyTask(), with brackets.' if isinstance(x, type) else ''
    given = f'={x!r}' if isinstance(x, type | str | int | float | None) else f', of type {type(x).__name__},'
    return ParameterError(f'{name}{given} was given; {expected} is expected.{hint}')


def integer(
    *,
    description: str,
    default: int | None = REQUIRED,
    minimum: int | None = None,
    maximum: int | None = None,
    significant: bool = True,
) -> Any:
    """An integer within a range; None is taken where it is the default."""
    return _Integer(default=default, description=description, significant=significant, minimum=minimum, maximum=maximum)


def number(
    *,
    description: str,
    default: float | None = REQUIRED,
    minimum: float | None = None,
    maximum: float | None = None,
    significant: bool = True,
) -> Any:
    """A float within a range; integers become floats, None is taken where it is the default."""
    return _Float(default=default, description=description, significant=significant, minimum=minimum, maximum=maximum)


def text(
    *,
    description: str,
    default: str | None = REQUIRED,
    choices: Collection[str] = (),
    significant: bool = True,
    optional: bool = False,
) -> Any:
    """A string, one of the choices if there are any; None is taken where it is the default, or optional."""
    return _Text(default=default, description=description, significant=significant, choices=choices, optional=optional)


def flag(*, description: str, default: bool = REQUIRED, significant: bool = True) -> Any:
    """True or False; on the command line a value is given, as in ``--refit false``."""
    return _Flag(default=default, description=description, significant=significant)


def names(*, description: str, default: Iterable[str] | None = REQUIRED, significant: bool = True) -> Any:
    """A list of names, such as those of columns, handed on as a tuple; None is taken where it is the default."""
    return _Names(default=default, description=description, significant=significant)


def integers(
    *,
    description: str,
    default: Iterable[int] | None = REQUIRED,
    minimum: int | None = None,
    significant: bool = True,
) -> Any:
    """A list of different integers, handed on as a tuple; None is taken where it is the default."""
    return _Integers(default=default, description=description, significant=significant, minimum=minimum)


def words(*, description: str, default: Iterable[str] | None = REQUIRED, significant: bool = True) -> Any:
    """Words in any order, such as stop words, handed on as a sorted tuple without repetitions."""
    return _Words(default=default, description=description, significant=significant)


def keyword_arguments(
    *, description: str, default: Mapping[str, Any] | None = REQUIRED, significant: bool = True
) -> Any:
    """A dict of JSON values, handed on as [`KeywordArguments`][redshells.parameter.KeywordArguments]."""
    return _Keywords(default=default, description=description, significant=significant)


def serializable(
    object_type: type[_Serializable], *, description: str, default: Any = REQUIRED, significant: bool = True
) -> Any:
    """An object with gokart's ``gokart_serialize``, or what it is built from; None is taken where it is the default."""
    return _Object(object_type, default=default, description=description, significant=significant)


def task(*, description: str) -> Any:
    """A task whose output is needed."""
    return _Task(default=REQUIRED, description=description)


def optional_task(*, description: str) -> Any:
    """A task whose output is used if it is given; None by default."""
    return _Task(default=None, description=description)


def tasks(*, description: str) -> Any:
    """Tasks whose outputs are needed, at least one, handed on as a tuple."""
    return _Tasks(description=description)


def plain(value: Mapping[str, Any]) -> dict[str, Any]:
    """A new dict of plain dicts, lists and numbers of a ``keyword_arguments`` parameter, which libraries take."""
    return value.plain() if isinstance(value, KeywordArguments) else dict(value)
