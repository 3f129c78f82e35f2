"""What a graph convolutional matrix completion is made of, and how it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from redshells.errors import ParameterError
from redshells.model.rating_graph import check_normalization

if TYPE_CHECKING:
    from redshells.model.torch_training import TrainingSettings

ACCUMULATIONS = ('stack', 'sum')
LEARNING_RATE_SCHEDULES = ('constant', 'linear', 'cosine')

_LEAST: Mapping[str, int] = {
    'encoder_hidden_size': 1,
    'encoder_size': 1,
    'basis_size': 1,
    'feature_size': 1,
    'epochs': 1,
    'early_stopping_patience': 0,
    'min_user_click_count': 0,
}


@dataclass(frozen=True, kw_only=True)
class GcmcSettings:
    """The arguments of `GraphConvolutionalMatrixCompletion`, which describes them, without the seed."""

    encoder_hidden_size: int
    encoder_size: int
    epochs: int
    learning_rate: float
    dropout_rate: float
    isolation_rate: float
    normalization_type: str
    accumulation: str
    weight_sharing: bool
    ignore_item_embedding: bool
    basis_size: int
    feature_size: int
    squared_error_weight: float
    weight_averaging: float
    learning_rate_schedule: str
    min_user_click_count: int
    max_user_click_count: int | None
    validation_size: float
    early_stopping_patience: int

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            check_whole(name, getattr(self, name), least)
        if self.max_user_click_count is not None:
            check_whole('max_user_click_count', self.max_user_click_count, max(1, self.min_user_click_count))
        check_normalization(self.normalization_type)
        if self.accumulation not in ACCUMULATIONS:
            raise ParameterError(
                f'accumulation={self.accumulation!r} was given; one of {list(ACCUMULATIONS)} is expected.'
            )
        for name in ('dropout_rate', 'isolation_rate', 'validation_size', 'weight_averaging'):
            _check_number(name, getattr(self, name), 'at least 0 and less than 1', lambda value: 0 <= value < 1)
        _check_number('learning_rate', self.learning_rate, 'more than 0', lambda value: value > 0)
        _check_number('squared_error_weight', self.squared_error_weight, 'at least 0', lambda value: value >= 0)
        for name in ('weight_sharing', 'ignore_item_embedding'):
            if not isinstance(getattr(self, name), bool):
                raise ParameterError(f'{name}={getattr(self, name)!r} was given; True or False is expected.')
        if self.learning_rate_schedule not in LEARNING_RATE_SCHEDULES:
            raise ParameterError(
                f'learning_rate_schedule={self.learning_rate_schedule!r} was given; one of '
                f'{list(LEARNING_RATE_SCHEDULES)} is expected.'
            )

    def training(self) -> TrainingSettings:
        """The settings of the training loop: all ratings in one step."""
        from redshells.model.torch_training import TrainingSettings

        return TrainingSettings(
            epochs=self.epochs,
            learning_rate_schedule=self.learning_rate_schedule,
            weight_averaging=self.weight_averaging,
            early_stopping_patience=self.early_stopping_patience,
            score_every=min(5, self.early_stopping_patience) or 5,
        )

    def level_size(self, number_of_levels: int) -> int:
        """How many hidden numbers the messages of one level have.

        Raises:
            ParameterError: There are fewer hidden numbers than levels, which are to be stacked.
        """
        if self.accumulation == 'sum':
            return self.encoder_hidden_size
        if self.encoder_hidden_size < number_of_levels:
            raise ParameterError(
                f'encoder_hidden_size={self.encoder_hidden_size} was given for {number_of_levels} levels of ratings, '
                "which share it; give at least so many, or accumulation='sum'."
            )
        return self.encoder_hidden_size // number_of_levels


def check_whole(name: str, value: Any, least: int) -> None:
    """Raise unless a value is an integer that is large enough.

    Raises:
        ParameterError: It is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ParameterError(f'{name}={value!r} was given; an integer of at least {least} is expected.')


def _check_number(name: str, value: Any, expected: str, holds: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, Real) or not holds(value):
        raise ParameterError(f'{name}={value!r} was given; a number of {expected} is expected.')
