"""Search spaces as data, Optuna studies that survive a kill, and their results.

Neither Optuna nor pandas is loaded by the names here. ``redshells.tuning.study``, ``sampling`` and ``journal`` load
Optuna: import them where a study is run.
"""

from redshells.tuning.result import TrialRecord, TuningResult, best_record
from redshells.tuning.search_space import SearchSpace

__all__ = ['SearchSpace', 'TrialRecord', 'TuningResult', 'best_record']
