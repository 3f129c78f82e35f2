"""The page on data: its code runs, and its tables name all that there is."""

from __future__ import annotations

import re
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import gokart
import pandas as pd
import pytest

from redshells import data, parameter
from redshells.analysis.contract import ColumnContract
from redshells.data import CheckDataFrame
from redshells.errors import ContractError
from redshells.model.japanese_tokenizer import JapaneseTokenizer
from redshells.train import TrainLightGBM
from tests.tables import Workspace

PAGE = (Path(__file__).parents[2] / 'docs' / 'data.md').read_text()
BLOCKS = re.findall(r'```python\n(.*?)```', PAGE, re.DOTALL)
MESSAGE = re.findall(r'```text\n(.*?)\n```', PAGE, re.DOTALL)[0]


class Customers(gokart.TaskOnKart[pd.DataFrame]):
    task_namespace = 'tests.page'

    date: str = parameter.text(description='The day.')
    is_wrong: bool = parameter.flag(default=False, description='Whether the table is a wrong one.')

    def output(self) -> Any:
        return self.make_target('customers.pkl')

    def run(self) -> None:
        joined = pd.to_datetime(['2020-01-01', '2021-01-01', '2022-01-01'])
        frame = pd.DataFrame({'customer': ['c1', 'c2', 'c3'], 'age': [30, 40, 50], 'plan': ['free', 'paid', 'paid']})
        if self.is_wrong:
            frame = frame.assign(age=[30, -1, 50], plan=['free', 'paid', 'trial'])
        self.dump(frame.assign(joined=joined))


class Visits(gokart.TaskOnKart[pd.DataFrame]):
    task_namespace = 'tests.page'

    date: str = parameter.text(description='The day.')

    def output(self) -> Any:
        return self.make_target('visits.pkl')

    def run(self) -> None:
        self.dump(pd.DataFrame({'customer': ['c3', 'c1'], 'visits': [3, 1]}))


class Reviews(gokart.TaskOnKart[pd.DataFrame]):
    task_namespace = 'tests.page'

    date: str = parameter.text(description='The day.')

    def output(self) -> Any:
        return self.make_target('reviews.pkl')

    def run(self) -> None:
        self.dump(
            pd.DataFrame({'review': ['静かで、よく眠れた。', None], 'translation': ['Quiet, and I slept well.', None]})
        )


@pytest.fixture
def names(workspace: Workspace) -> dict[str, Any]:
    found = {name: getattr(data, name) for name in data.__all__} | {'TrainLightGBM': TrainLightGBM}
    found |= {'Customers': Customers, 'Visits': Visits, 'Reviews': Reviews}
    return {name: partial(task, workspace_directory=workspace.directory) for name, task in found.items()}


def test_the_code_runs(workspace: Workspace, names: dict[str, Any]) -> None:
    checks = []
    for block in BLOCKS:
        exec(block, names)
        checks.append(names['checked'])
    assert len(workspace.build(checks[0])) == len(workspace.build(checks[1])) == 3
    assert workspace.build(names['test'])['customer'].tolist() == ['c3']
    assert workspace.build(names['features'])['visits'].tolist()[::2] == [1.0, 3.0]
    assert workspace.build(names['japanese']) == [['静か', '眠れる'], []]
    assert workspace.build(names['english']) == [['quiet', 'and', 'slept', 'well'], []]
    assert names['model'].requires()['train_data_task'] is checks[0]


def test_the_message_is_the_real_one(workspace: Workspace, names: dict[str, Any]) -> None:
    wrong = names['Customers'](date='2024-05-02', is_wrong=True)
    names['Customers'] = lambda **given: wrong
    exec(BLOCKS[0], names)
    error = workspace.failure(names['checked'])
    assert isinstance(error, ContractError)
    assert str(error) == MESSAGE


def test_the_japanese_words_are_the_real_ones() -> None:
    shown = [JapaneseTokenizer(name, part_of_speech=()).start()('図書館で') for name in ('fugashi', 'sudachi')]
    assert f'| 図書館で | {", ".join(shown[0])} | {", ".join(shown[1])} |' in PAGE
    for mode in 'ABC':
        words = JapaneseTokenizer('sudachi', split_mode=mode, part_of_speech=()).start()('国家公務員')
        assert re.search(rf"`'{mode}'`[^;|]*? {', '.join(words)}[; ]", PAGE)


def test_all_keys_and_breaches_are_listed() -> None:
    for name in (
        *(one.name for one in fields(ColumnContract)),
        *re.findall('``([a-z_]+)``', CheckDataFrame.__doc__ or ''),
    ):
        assert f'`{name}`' in PAGE
