"""Parameters: one form for each value, on every way into a task."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from typing import Any

import gokart
import luigi
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from luigi.cmdline_parser import CmdlineParser

from redshells import parameter
from redshells.errors import ParameterError
from redshells.parameter import KeywordArguments
from redshells.task import RedshellsTask
from redshells.train import OptimizeLightGBM, TrainLightGBM
from redshells.tuning import SearchSpace

SPACE = {'depth': {'type': 'int', 'low': 1, 'high': 3}}


class Everything(RedshellsTask[Any]):
    """One parameter of each kind."""

    task_namespace = 'tests.parameter'

    count: int = parameter.integer(default=3, minimum=1, maximum=9, description='An integer.')
    share: float | None = parameter.number(default=None, minimum=0.0, description='A number.')
    word: str = parameter.text(default='one', choices=('one', 'two'), description='A word.')
    title: str | None = parameter.text(default=None, description='A text.')
    switch: bool = parameter.flag(default=True, description='A switch.')
    columns: tuple[str, ...] | list[str] = parameter.names(default=(), description='Names.')
    sizes: tuple[int, ...] | list[int] = parameter.integers(default=(5, 10), minimum=1, description='Integers.')
    skipped: tuple[str, ...] | list[str] = parameter.words(default=(), description='Words.')
    arguments: dict[str, Any] = parameter.keyword_arguments(default={}, description='Arguments.')
    space: SearchSpace | None = parameter.serializable(SearchSpace, default=None, description='A space.')
    place: str = parameter.text(default='here', description='A place.', significant=False)

    def compute(self) -> Any:
        return self.count


class Holder(RedshellsTask[Any]):
    task_namespace = 'tests.parameter'

    inner: gokart.TaskOnKart[Any] = parameter.task(description='A task.')
    other: gokart.TaskOnKart[Any] | None = parameter.optional_task(description='Another task.')

    def compute(self) -> Any:
        return None


class ListHolder(RedshellsTask[Any]):
    task_namespace = 'tests.parameter'

    parts: Sequence[gokart.TaskOnKart[Any]] = parameter.tasks(description='Tasks.')

    def compute(self) -> Any:
        return None


FULL = {
    'count': 5,
    'share': 0.25,
    'word': 'two',
    'title': 'a "title", with = signs',
    'switch': False,
    'columns': ('a', 'b c', 'ü'),
    'sizes': (20, 1),
    'skipped': ('a', 'the', '本'),
    'arguments': {'a': 1, 'b': {'c': [1.5, None, True, 'x']}},
    'space': SPACE,
}


@pytest.fixture(autouse=True)
def config() -> Iterator[Any]:
    luigi.Task.clear_instance_cache()
    config = luigi.configuration.get_config()
    yield config
    for section in ('tests.parameter.Everything', 'redshells.TrainLightGBM'):
        config.remove_section(section)
    luigi.Task.clear_instance_cache()


@pytest.mark.parametrize(
    ('parameters', 'message'),
    [
        ({'count': 3.5}, 'count=3.5 was given; an integer'),
        ({'count': '3'}, "count='3' was given; an integer"),
        ({'count': True}, 'count=True was given; an integer'),
        ({'count': None}, 'count=None was given; a value'),
        ({'count': 0}, 'count=0 was given; at least 1'),
        ({'count': 10}, 'count=10 was given; at most 9'),
        ({'share': 'much'}, 'a number'),
        ({'share': float('nan')}, 'a number'),
        ({'share': -0.1}, 'at least 0'),
        ({'word': 'three'}, "one of 'one', 'two'"),
        ({'word': 1}, 'a string'),
        ({'switch': 1}, 'True or False'),
        ({'switch': 'yes'}, 'True or False'),
        ({'columns': 'name'}, 'a list of names'),
        ({'columns': ['a', 'a']}, 'without repetitions'),
        ({'columns': ['a', 1]}, 'a list of strings'),
        ({'sizes': 5}, 'a list of integers'),
        ({'sizes': '5'}, 'a list of integers'),
        ({'sizes': [5, 2.0]}, 'a list of integers'),
        ({'sizes': [True]}, 'a list of integers'),
        ({'sizes': [5, 0]}, 'integers of at least 1'),
        ({'sizes': [5, 5]}, 'without repetitions'),
        ({'skipped': 'the'}, 'a list of names'),
        ({'skipped': ['the', 1]}, 'a list of strings'),
        ({'skipped': [['the']]}, 'a list of strings'),
        ({'arguments': [1]}, 'a dict'),
        ({'arguments': {'a': {1, 2}}}, r"arguments\['a'\] is \{1, 2\} of type set"),
        ({'arguments': {'loss': len}}, 'import path'),
        ({'space': {'depth': {'type': 'int'}}}, 'depth'),
    ],
)
def test_wrong_values(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=f'^Everything: .*{message}'):
        Everything(**parameters)


def test_one_form_for_each_value() -> None:
    same = [
        {'count': 5, 'share': 1, 'columns': ['a', 'b'], 'arguments': {'a': 1, 'b': (1, 2)}},
        {'count': np.int64(5), 'share': 1.0, 'columns': ('a', 'b'), 'arguments': {'b': [1, 2], 'a': np.int32(1)}},
        {'count': 5, 'share': np.float64(1), 'columns': iter('ab'), 'arguments': {'b': np.array([1, 2]), 'a': 1}},
    ]
    tasks = [Everything(**parameters) for parameters in same]
    assert len({task.make_unique_id() for task in tasks}) == 1
    task = tasks[0]
    assert (type(task.count), type(task.share), task.columns) == (int, float, ('a', 'b'))
    assert parameter.plain(task.arguments) == {'a': 1, 'b': [1, 2]}
    assert type(parameter.plain(task.arguments)['b']) is list


def test_numbers_that_differ_for_a_library_have_ids_of_their_own() -> None:
    for values in ((1, 1.0, True), (True, 1, 1.0)):
        luigi.Task.clear_instance_cache()
        tasks = [Everything(arguments={'a': value}) for value in values]
        assert len({task.make_unique_id() for task in tasks}) == 3
        assert [type(task.arguments['a']) for task in tasks] == [type(value) for value in values]


def test_words_are_the_same_in_any_order() -> None:
    one, other = Everything(skipped=['the', 'a']), Everything(skipped=('a', 'the', 'a'))
    assert one.skipped == other.skipped == ('a', 'the')
    assert one.make_unique_id() == other.make_unique_id()


def test_an_insignificant_value_is_not_part_of_the_id() -> None:
    assert Everything(place='there').make_unique_id() == Everything().make_unique_id()


def test_ids_do_not_depend_on_what_was_built_before() -> None:
    first = Everything(**FULL).make_unique_id()
    luigi.Task.clear_instance_cache()
    Everything(arguments={'b': 2.0, 'a': True})
    assert Everything(**dict(reversed(list(FULL.items())))).make_unique_id() == first


def test_round_trip_through_text() -> None:
    for task in (Everything(**FULL), Everything()):
        texts = task.to_str_params()
        again = Everything.from_str_params(texts)
        assert again.to_str_params() == texts
        assert again.make_unique_id() == task.make_unique_id()
        for name in FULL:
            assert getattr(again, name) == getattr(task, name)


def test_round_trip_of_tasks_in_tasks() -> None:
    for holder in (
        Holder(inner=Everything(**FULL)),
        Holder(inner=Everything(), other=Holder(inner=Everything(**FULL))),
    ):
        task_parameter: Any = gokart.TaskInstanceParameter()
        again = task_parameter.parse(task_parameter.serialize(holder))
        assert again.make_unique_id() == holder.make_unique_id()
        assert again.inner.to_str_params() == holder.inner.to_str_params()
        assert (again.other is None) == (holder.other is None)
    assert Holder(inner=Everything()).requires().keys() == {'inner'}
    assert Holder(inner=Everything(), other=Everything(count=4)).requires().keys() == {'inner', 'other'}


def test_round_trip_of_a_list_of_tasks() -> None:
    inner = [Everything(**FULL), Holder(inner=Everything()), Everything(**FULL)]
    task = ListHolder(parts=inner)
    assert task.parts == tuple(inner)
    assert task.requires() == {'parts': tuple(inner)}
    task_parameter: Any = gokart.TaskInstanceParameter()
    again = task_parameter.parse(task_parameter.serialize(task))
    assert again.make_unique_id() == task.make_unique_id()
    assert [one.to_str_params() for one in again.parts] == [one.to_str_params() for one in inner]
    assert ListHolder(parts=iter(inner)) is task
    assert ListHolder(parts=inner[::-1]).make_unique_id() != ListHolder(parts=inner[:2]).make_unique_id()
    assert from_command_line(['tests.parameter.ListHolder', f'--parts={task.to_str_params()["parts"]}']) is not None
    assert 'Everything' in repr(task)


def test_the_text_of_a_task_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    serialize = gokart.TaskInstanceParameter.serialize
    monkeypatch.setattr(gokart.TaskInstanceParameter, 'serialize', lambda self, x: made.append(x) or serialize(self, x))
    inner = Everything(count=7)
    for _ in range(3):
        Holder(inner=inner).to_str_params()
        ListHolder(parts=[inner, inner]).to_str_params()
    assert made == [inner]


@pytest.mark.parametrize(
    ('value', 'message'),
    [
        ([], r'parts=\[\] was given; at least one gokart task is expected'),
        (None, 'parts=None was given; a list of gokart tasks is expected'),
        ('text', "parts='text' was given; a list of gokart tasks"),
        (Everything(), 'parts, of type Everything, was given; a list of gokart tasks'),
        ({'a': Everything()}, 'parts, of type dict, was given; a list of gokart tasks'),
        ([Everything(), Everything], r'parts\[1\]=<.*a gokart task is expected. Write MyTask\(\), with brackets'),
        ([Everything(), None], r'parts\[1\]=None was given; a gokart task is expected'),
    ],
)
def test_what_is_no_list_of_tasks(value: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=f'^ListHolder: {message}'):
        ListHolder(parts=value)


def test_what_is_no_text_of_a_list_of_tasks() -> None:
    for text in ('3', '[', '{}'):
        with pytest.raises(ParameterError, match=r'parts=.* a JSON list of tasks is expected'):
            from_command_line(['tests.parameter.ListHolder', f'--parts={text}'])


@pytest.mark.parametrize('value', [Everything, None, 'text', 3])
def test_what_is_no_task(value: Any) -> None:
    with pytest.raises(ParameterError, match=r'^Holder: inner=.*a gokart task is expected'):
        Holder(inner=value)


def test_tasks_and_arguments_survive_pickle() -> None:
    arguments = pickle.loads(pickle.dumps(Everything(**FULL).arguments))
    assert isinstance(arguments, KeywordArguments)
    assert arguments == Everything(**FULL).arguments


def test_arguments_can_not_be_changed() -> None:
    given = {'a': {'b': [1]}}
    task = Everything(arguments=given)
    given['a']['b'].append(2)
    assert task.arguments == {'a': {'b': [1]}}
    with pytest.raises(TypeError, match='plain'):
        task.arguments['a'] = 1
    with pytest.raises(TypeError, match='plain'):
        task.arguments.update(a=1)
    copy = parameter.plain(task.arguments)
    copy['a']['b'].append(3)
    assert task.arguments == {'a': {'b': [1]}}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), json_values, max_size=4), st.randoms())
def test_arguments_are_the_same_in_any_order_and_after_a_round_trip(values: dict[str, Any], random: Any) -> None:
    one = KeywordArguments(values)
    shuffled = list(values.items())
    random.shuffle(shuffled)
    assert KeywordArguments(dict(shuffled)).text == one.text
    parsed = dict(Everything.get_params())['arguments'].parse(one.text)
    assert (parsed, hash(parsed)) == (one, hash(one))
    assert one.plain() == values
    assert pickle.loads(pickle.dumps(one)) == one


COMMAND_LINE = [
    'tests.parameter.Everything',
    '--count=5',
    '--share=0.25',
    '--word=two',
    '--title=a "title", with = signs',
    '--switch=false',
    '--columns=["a", "b c", "ü"]',
    '--sizes=[20, 1]',
    '--skipped=["本", "the", "a", "the"]',
    '--arguments={"b": {"c": [1.5, null, true, "x"]}, "a": 1}',
    '--space={"depth": {"high": 3, "low": 1, "type": "int"}}',
]


def from_command_line(arguments: list[str]) -> Any:
    with CmdlineParser.global_instance(arguments) as parser:
        return parser.get_task_obj()


def test_command_line() -> None:
    task = from_command_line(COMMAND_LINE)
    assert task.make_unique_id() == Everything(**FULL).make_unique_id()


@pytest.mark.parametrize(
    'argument',
    [
        '--count=five',
        '--count=0',
        '--share=much',
        '--word=three',
        '--switch=yes',
        '--columns=a,b',
        '--sizes=5',
        '--sizes=[2.5]',
        '--columns="abc"',
        '--arguments=a=1',
        '--arguments=[1]',
        '--space={',
    ],
)
def test_wrong_command_line(argument: str) -> None:
    name = argument.removeprefix('--').split('=')[0]
    with pytest.raises(ParameterError, match=name if name != 'space' else 'search space'):
        from_command_line(['tests.parameter.Everything', argument])


def test_configuration(config: Any) -> None:
    section = 'tests.parameter.Everything'
    for argument in COMMAND_LINE[1:]:
        name, _, value = argument.removeprefix('--').partition('=')
        config.set(section, name, value)
    assert Everything().make_unique_id() == Everything(**FULL).make_unique_id()
    assert Everything(count=7).count == 7
    config.set(section, 'title', '')
    config.set(section, 'space', '')
    luigi.Task.clear_instance_cache()
    assert (Everything().title, Everything().space) == (None, None)


def test_command_line_and_configuration_of_a_task_of_the_catalogue(config: Any) -> None:
    data = Everything()
    text = parameter.task(description='A task.').serialize(data)
    config.set('redshells.TrainLightGBM', 'early_stopping_rounds', '7')
    task = from_command_line(
        [
            'redshells.TrainLightGBM',
            f'--train-data-task={text}',
            '--model-kwargs={"num_leaves": 7}',
            '--refit=false',
            '--feature-column-names=["a", "b"]',
        ]
    )
    expected = TrainLightGBM(
        train_data_task=data,
        model_kwargs={'num_leaves': 7},
        refit=False,
        feature_column_names=['a', 'b'],
        early_stopping_rounds=7,
    )
    assert task.make_unique_id() == expected.make_unique_id()
    assert parameter.plain(task.model_kwargs) == {'num_leaves': 7}
    tuning = from_command_line(
        ['redshells.OptimizeLightGBM', f'--train-data-task={text}', '--timeout=2.5', '--sampler-kwargs={"seed": 1}']
    )
    assert tuning.timeout == 2.5
    assert OptimizeLightGBM(train_data_task=data).timeout is None


def test_keys_that_become_one_are_refused() -> None:
    with pytest.raises(ParameterError, match='one as a text'):
        parameter.KeywordArguments({'class_weight': {1: 0.5, '1': 2.0}})
