"""Optuna's samplers and pruners by name, and samplers whose draws can be repeated.

Optuna seeds a sampler once, so a study that is interrupted and resumed draws other parameters than one that is not.
Here each trial gets a new sampler, seeded by the seed of the search and the position of the trial in it: what is drawn
depends on the seed and on the finished trials only. One worker that is killed and resumed therefore tries what it would
have tried, with `TPESampler`, `RandomSampler`, `NSGAIISampler` and `NSGAIIISampler`, and with each pruner except
`HyperbandPruner`, which deals trials to its brackets by Optuna's trial number, of which an interrupted trial has used
one.

The other samplers go on as well, but on another way: `CmaEsSampler` adds the trial number to its seed, `QMCSampler`
skips the point of a trial that was killed while it was drawn, and of `GPSampler` it is not known. With several workers,
what is finished when a trial is drawn depends on their pace, so only `RandomSampler` draws the same again.
"""

from __future__ import annotations

import importlib.util
import inspect
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler

from redshells.errors import MissingExtraError, ParameterError, UnknownArgumentError, UnknownNameError
from redshells.tuning.racing import RacingPruner

# Left out: GridSampler and PartialFixedSampler, which need a second search space or another sampler, and
# BruteForceSampler, which no longer works after a kill between the first and the last parameter of a trial.
SAMPLER_NAMES = (
    'CmaEsSampler',
    'GPSampler',
    'NSGAIIISampler',
    'NSGAIISampler',
    'QMCSampler',
    'RandomSampler',
    'TPESampler',
)
PRUNER_NAMES = (
    'HyperbandPruner',
    'MedianPruner',
    'NopPruner',
    'PatientPruner',
    'PercentilePruner',
    'RacingPruner',
    'SuccessiveHalvingPruner',
    'ThresholdPruner',
    'WilcoxonPruner',
)
_MODULES = {'sampler': optuna.samplers, 'pruner': optuna.pruners}
# Libraries that Optuna asks for only when the first trial is drawn.
_REQUIRED_LIBRARIES = {'CmaEsSampler': 'cmaes', 'GPSampler': 'torch', 'QMCSampler': 'scipy', 'WilcoxonPruner': 'scipy'}


def make_sampler(name: str, kwargs: Mapping[str, Any], seed: int, done: int) -> BaseSampler:
    """Build the sampler of one trial.

    Args:
        name: The name of one of Optuna's samplers, such as ``'TPESampler'``.
        kwargs: Its keyword arguments, apart from ``seed``.
        seed: The seed of the search.
        done: The position of the trial in the search: the number of trials that are finished when one worker searches.

    Raises:
        UnknownNameError: No such sampler.
        UnknownArgumentError: The sampler doesn't take one of the arguments.
        ParameterError: The sampler refuses the value of an argument, or the seed is negative.
        MissingExtraError: The library that the sampler needs is not installed.
    """
    if seed < 0:
        raise ParameterError(f'random_seed={seed}; 0 or a positive number is expected.')
    draw_seed = int(np.random.SeedSequence([seed, done]).generate_state(1)[0])
    own: dict[str, Any] = {'seed': draw_seed}
    if name == 'QMCSampler':
        # All trials share one sequence of points, so only what is drawn beside it has a seed of its own.
        own = {'seed': seed, 'independent_sampler': optuna.samplers.RandomSampler(seed=draw_seed)}
    sampler: BaseSampler = _build('sampler', SAMPLER_NAMES, name, kwargs, own)
    return sampler


def make_pruner(name: str, kwargs: Mapping[str, Any]) -> BasePruner:
    """Build a pruner.

    Args:
        name: ``'RacingPruner'``, or the name of one of Optuna's pruners, such as ``'MedianPruner'``.
        kwargs: Its keyword arguments. The ``wrapped_pruner`` of a ``PatientPruner`` is a pair of name and arguments.

    Raises:
        UnknownNameError: No such pruner.
        UnknownArgumentError: The pruner doesn't take one of the arguments.
        ParameterError: The pruner refuses the value of an argument.
        MissingExtraError: The library that the pruner needs is not installed.
    """
    wrapped = kwargs.get('wrapped_pruner')
    if isinstance(wrapped, (list, tuple)) and len(wrapped) == 2:
        kwargs = {**kwargs, 'wrapped_pruner': make_pruner(wrapped[0], wrapped[1])}
    pruner: BasePruner = _build('pruner', PRUNER_NAMES, name, kwargs, {})
    return pruner


def _build(kind: str, names: tuple[str, ...], name: str, kwargs: Mapping[str, Any], own: Mapping[str, Any]) -> Any:
    if name not in names:
        raise UnknownNameError(f'{kind}={name!r}; one of {list(names)} is expected.')
    library = _REQUIRED_LIBRARIES.get(name)
    if library is not None and importlib.util.find_spec(library) is None:
        raise MissingExtraError(f'{name} needs {library}, which is not installed. Run: pip install {library}')
    build = RacingPruner if name == 'RacingPruner' else getattr(_MODULES[kind], name)
    known = [argument for argument in inspect.signature(build).parameters if argument not in own]
    unknown = [argument for argument in kwargs if argument not in known]
    if unknown:
        raise UnknownArgumentError(f'{name} has no arguments {unknown}; it takes {known}.')
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore', optuna.exceptions.ExperimentalWarning)
            return build(**kwargs, **own)
    except (TypeError, ValueError) as error:
        raise ParameterError(f'{name} refuses the arguments {dict(kwargs)}: {error}') from error
