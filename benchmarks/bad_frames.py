"""Bad frames against the boosted trees: the right result, or a named error before the training.

Hypothesis draws a table of columns of many kinds (usual ones, and those that a table should never have), a target, weights,
queries, and another table to predict. Each is given to `fit`, `predict`, `save` and `load` of LightGBM, XGBoost or CatBoost.

Run as ``python -m benchmarks.bad_frames --examples 20000``.
"""

from __future__ import annotations

import argparse
import datetime
import decimal
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from redshells.errors import NotFittedError, RedshellsError
from redshells.factory.model_spec import ModelSpec
from redshells.model import load_class, load_model
from redshells.model.boosted_trees import BoostedTreesModel
from redshells.model.feature_schema import FeatureSchema, to_level
from redshells.model.frame import read_table

LIBRARIES = {
    'lightgbm': ('redshells.model.lightgbm:LightGBMModel', {'min_data_in_leaf': 1, 'min_data_in_bin': 1}),
    'xgboost': ('redshells.model.xgboost:XGBoostModel', {'max_depth': 3}),
    'catboost': ('redshells.model.catboost:CatBoostModel', {'depth': 3}),
}
Rng = np.random.Generator
