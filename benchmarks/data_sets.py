"""Data sets for benchmarks of quality: those of scikit-learn, and those of a folder that is given."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class DataSet:
    """A table with a target, split into a training and a test part.

    Args:
        name: What it is called.
        problem: ``'classification'`` or ``'regression'``.
        train: Rows to train on, with the column ``'target'``.
        test: Rows to score on.
    """

    name: str
    problem: str
    train: pd.DataFrame
    test: pd.DataFrame

    @property
    def metric(self) -> str:
        """The score: AUC, log loss, or RMSE."""
        if self.problem == 'regression':
            return 'rmse'
        return 'auc' if self.train['target'].nunique() == 2 else 'logloss'


def load_data_sets(folder: Path | None) -> Iterator[DataSet]:
    """The data sets of scikit-learn and, if a folder is given, those of its files that are known here."""
    from sklearn import datasets

    for name, load, problem in [
        ('breast cancer', datasets.load_breast_cancer, 'classification'),
        ('digits', datasets.load_digits, 'classification'),
        ('diabetes', datasets.load_diabetes, 'regression'),
    ]:
        yield _split(name, problem, load(as_frame=True).frame)
    for file, read in _FILES.items():
        if folder is not None and (folder / file).exists():
            yield read(folder)


def load_table(path: Path) -> DataSet:
    """A data set of a CSV, feather or parquet file with the column ``'target'``.

    Args:
        path: The file. A target of floats, or of more than 100 different numbers, is a regression.
    """
    table = {'.feather': pd.read_feather, '.parquet': pd.read_parquet}.get(path.suffix, pd.read_csv)(path)
    numbers = pd.api.types.is_numeric_dtype(table['target'])
    amounts = numbers and (pd.api.types.is_float_dtype(table['target']) or table['target'].nunique() > 100)
    return _split(path.name.split('.')[0], 'regression' if amounts else 'classification', _categories(table))


def _split(name: str, problem: str, table: pd.DataFrame) -> DataSet:
    rows = np.random.default_rng(0).permutation(len(table))
    cut = len(table) // 5
    test, train = table.iloc[rows[:cut]], table.iloc[rows[cut:]]
    return DataSet(name, problem, train.reset_index(drop=True), test.reset_index(drop=True))


def _categories(table: pd.DataFrame) -> pd.DataFrame:
    """Strings as categoricals, which all methods take."""
    for name in table.columns:
        if isinstance(table[name].dtype, pd.StringDtype) and name != 'target':
            table[name] = table[name].astype('category')
    return table


def _adult(folder: Path) -> DataSet:
    options: dict[str, Any] = {'header': None, 'skipinitialspace': True, 'na_values': '?', 'comment': '|'}
    train, test = (pd.read_csv(folder / f'adult_{part}.csv.gz', **options) for part in ('train', 'test'))
    both = pd.concat([train, test], ignore_index=True)
    both.columns = [*(f'c{position}' for position in range(both.shape[1] - 1)), 'target']
    both['target'] = both['target'].str.rstrip('.')
    both = _categories(both.dropna(subset='target'))
    return DataSet('adult', 'classification', both.iloc[: len(train)], both.iloc[len(train) :].reset_index(drop=True))


def _telco(folder: Path) -> DataSet:
    table = pd.read_csv(folder / 'telco_churn.csv.gz').drop(columns='customerID').rename(columns={'Churn': 'target'})
    table['TotalCharges'] = pd.to_numeric(table['TotalCharges'], errors='coerce')
    return _split('telco churn', 'classification', _categories(table))


def _multiclass(folder: Path) -> DataSet:
    parts = []
    for part in ('train', 'test'):
        with gzip.open(folder / f'lgb_multiclass_{part}.tsv.gz', 'rt') as file:
            table = pd.read_csv(file, sep='\t', header=None)
        parts.append(table.rename(columns={name: 'target' if name == 0 else f'c{name}' for name in table.columns}))
    return DataSet('five classes', 'classification', *parts)


def _california(folder: Path) -> DataSet:
    table = pd.read_csv(folder / 'california_housing.csv.gz').rename(columns={'median_house_value': 'target'})
    return _split('california', 'regression', _categories(table))


def _diamonds(folder: Path) -> DataSet:
    table = pd.read_csv(folder / 'diamonds.csv.gz').rename(columns={'price': 'target'})
    return _split('diamonds', 'regression', _categories(table))


_FILES: dict[str, Callable[[Path], DataSet]] = {
    'adult_train.csv.gz': _adult,
    'telco_churn.csv.gz': _telco,
    'lgb_multiclass_train.tsv.gz': _multiclass,
    'california_housing.csv.gz': _california,
    'diamonds.csv.gz': _diamonds,
}
