"""The graph convolutional network on Cora, by the split of Planetoid: accuracy and CPU seconds."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from benchmarks import print_table
from redshells.model.graph import Graph, cut_graph
from redshells.model.graph_convolutional_network import GraphConvolutionalNetwork
from redshells.model.sparse_vectors import SparseVectors

SETTINGS: dict[str, dict[str, Any]] = {
    'defaults': {},
    'dropout_rate=0.8': {'dropout_rate': 0.8},
    "the paper's": {'hidden_size': 16, 'early_stopping_patience': 10},
}
"""The second was the best on the validation nodes, of 36 of different sizes, dropout rates, penalties and rates."""


def read_cora(data: str) -> tuple[Graph, pd.Series[Any], Mapping[str, Any]]:
    """The graph with the labels of the training and the validation, all labels, and the positions of each part."""
    with np.load(os.path.join(data, 'cora.npz')) as file:
        parts = {name: file[name] for name in file.files}
    count = len(parts['label'])
    words = (np.ones(len(parts['feature_row']), np.float32), (parts['feature_row'], parts['feature_column']))
    labels = pd.Series(parts['label'], dtype='Int64')
    known = np.zeros(count, dtype=bool)
    known[parts['train_index']] = known[parts['validation_index']] = True
    nodes = pd.DataFrame(
        {
            'node': np.arange(count),
            'words': SparseVectors(sparse.csr_array(words, shape=tuple(parts['feature_shape']))),
            'label': labels.where(known),
        }
    )
    edges = pd.DataFrame(parts['edge'], columns=['source', 'target'])
    return cut_graph(nodes, edges, label_column_name='label'), labels, parts


def measure(arguments: Mapping[str, Any], data: str, seed: int) -> list[float]:
    """The accuracy on the validation and on the test nodes, and CPU seconds of the training."""
    graph, labels, parts = read_cora(data)
    model = GraphConvolutionalNetwork(**arguments, random_seed=seed)
    started = time.process_time()
    model.fit_graph(graph, validation_nodes=parts['validation_index'])
    seconds = time.process_time() - started
    is_right = model.predict(graph) == labels.to_numpy()
    return [float(is_right[parts[f'{part}_index']].mean()) for part in ('validation', 'test')] + [seconds]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', required=True, help='folder with cora.npz')
    parser.add_argument('--seeds', type=int, default=10)
    options, _ = parser.parse_known_args(arguments)
    measure({'epochs': 2}, options.data, 0)  # libraries are loaded
    rows: list[list[object]] = []
    for name, given in SETTINGS.items():
        found = np.array([measure(given, options.data, seed) for seed in range(options.seeds)])
        means, spread = found.mean(axis=0), float(found[:, 1].std())
        rows.append([name, *means[:2].tolist(), spread, float(np.median(found[:, 2])), float(found[:, 2].max())])
    print_table(
        f'Cora, the split of Planetoid, {options.seeds} seeds (the paper reports 0.815)',
        ['settings', 'validation', 'test', 'standard deviation', 'CPU s, median', 'CPU s, most'],
        rows,
    )


if __name__ == '__main__':
    main()
