"""Feature names for native boosters."""

from __future__ import annotations

import re

from redshells.model.feature_schema import FeatureSchema


def native_feature_names(schema: FeatureSchema) -> list[str]:
    """Feature names that all libraries take as they are: letters, digits and a few signs, no two alike."""
    names = [re.sub(r'[^\w.\-]', '_', name) for name in schema.feature_names]
    if '' not in names and len(set(names)) == len(names):
        return names
    return [f'{name}_{position}' for position, name in enumerate(names)]
