"""The users or the items of a fitted graph convolutional matrix completion, and how new ones are added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from redshells.archive import Part, array_to_bytes, bytes_to_array
from redshells.errors import DataError
from redshells.model.feature_fields import FeatureFields
from redshells.model.id_index import IdIndex, Ids, checked_ids
from redshells.model.node_features import NodeFeatures, check_features
from redshells.model.rating_encoder import RatingEncoder
from redshells.model.rating_graph import Floats, Integers


@dataclass(frozen=True)
class GcmcNodes:
    """The nodes of one side of the graph.

    Args:
        ids: Their ids, in order.
        senders: The row of each in the messages that the other side's encoder has; -1 for those that were not in the
            training, which send none.
        encoder: Makes their vectors.
        fields: What their features are; None without.
        feature_vectors: What the features add to the vectors, of shape (nodes, vector size).
    """

    ids: IdIndex
    senders: Integers
    encoder: RatingEncoder
    fields: FeatureFields | None
    feature_vectors: Floats

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def vectors_without_ratings(self) -> Floats:
        """The vector of each as if it had no ratings."""
        return np.asarray(self.feature_vectors + self.encoder.bias, dtype=np.float32)

    def extended(self, ids: Ids, features: pd.DataFrame | None, name: str) -> tuple[GcmcNodes, Integers]:
        """These nodes and others.

        Args:
            ids: Ids of nodes that have to be there.
            features: Features by id, which take the place of earlier ones; those of ids that are nowhere else are nodes
                too.
            name: What they are called, for messages.

        Returns:
            The nodes, and the new position of each that was there before.

        Raises:
            DataError: There are features, but there were none in training; or they or the ids can't be used.
        """
        frame = None if features is None else check_features(features, f'{name}_features')
        if frame is not None and self.fields is None:
            raise DataError(f'{name}_features were given, but the model was trained without. Train it with features.')
        added = [] if frame is None else [checked_ids(frame.index, f'the index of {name}_features')]
        given = [checked_ids(ids, f'the {name}s'), *added]
        for one in given:
            self.ids.positions(one, f'the {name}s')  # refuses other types
        known = IdIndex.of(np.concatenate([self.ids.ids, *(one for one in given if len(one))]), f'the {name}s')
        places = known.positions(self.ids.ids)
        senders = np.full(len(known), -1, dtype=np.int64)
        senders[places] = self.senders
        vectors = self.encoder.feature_vectors(None, len(known))
        vectors[places] = self.feature_vectors
        if frame is not None and self.fields is not None:
            rows = known.positions(frame.index)
            vectors[rows] = self.encoder.feature_vectors(self.fields.encode_matrix(frame), len(rows))
        return GcmcNodes(known, senders, self.encoder, self.fields, vectors), places

    def to_parts(self, name: str) -> dict[str, Part]:
        """As parts of an archive, whose names begin with ``name``; without the ids."""
        return {
            **self.encoder.to_parts(f'{name}_encoder'),
            f'{name}_senders.npy': array_to_bytes(self.senders),
            f'{name}_feature_vectors.npy': array_to_bytes(self.feature_vectors),
        }

    @classmethod
    def from_parts(cls, parts: Mapping[str, Part], fields: Any, ids: IdIndex, name: str) -> Self:
        """Of the parts that ``to_parts`` gave, the fields as JSON, and the ids."""
        return cls(
            ids,
            bytes_to_array(parts[f'{name}_senders.npy']),
            RatingEncoder.from_parts(parts, f'{name}_encoder'),
            None if fields is None else FeatureFields.from_json(fields),
            bytes_to_array(parts[f'{name}_feature_vectors.npy']),
        )


def first_nodes(ids: IdIndex, encoder: RatingEncoder, features: NodeFeatures) -> GcmcNodes:
    """The nodes of the training.

    Args:
        ids: Their ids.
        encoder: Makes their vectors.
        features: Their features.
    """
    vectors = encoder.feature_vectors(features.encoded, len(ids))
    return GcmcNodes(ids, np.arange(len(ids)), encoder, features.fields, vectors)
