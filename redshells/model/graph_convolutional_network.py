"""The graph convolutional network: the classes of nodes, from their features and their neighbours."""

from __future__ import annotations

import logging
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.archive import Archive
from redshells.errors import DataError, EmptyTableError, NotFittedError, ParameterError
from redshells.model import load_class
from redshells.model.argument_rules import require_flag, require_number, require_whole
from redshells.model.execution import Execution
from redshells.model.feature_schema import to_level
from redshells.model.graph import Graph
from redshells.model.graph_convolutions import Floats, GraphConvolutions
from redshells.model.id_index import Ids
from redshells.model.learning_curve import LearningCurve
from redshells.model.node_encoding import NodeEncoding
from redshells.model.saved_model import SavedModel
from redshells.model.target_encoding import TargetEncoding

logger = logging.getLogger(__name__)

Positions = npt.NDArray[np.int64]


class GraphConvolutionalNetwork(SavedModel):
    r"""A graph convolutional network: the class of a node from its features and those of the nodes around it.

    Kipf, Welling: `Semi-Supervised Classification with Graph Convolutional Networks
    <https://arxiv.org/abs/1609.02907>`_ (2017). With the adjacency :math:`A` and the degrees :math:`D` of
    :math:`A + I`, layer :math:`l` gives

    .. math:: H_{l+1} = \mathrm{ReLU}(D^{-1/2} (A + I) D^{-1/2} H_l W_l + b_l)

    of the features :math:`H_0`; the last one gives the probabilities of the classes by a softmax in place of the ReLU.
    The cross entropy of the nodes with a label is learnt by Adam, all nodes in one step; nodes without a label
    are part of the graph and pass on what they have. The neighbours of directed edges are averaged instead:
    :math:`D^{-1} (A^\top + I)`.

    A model of nodes with features predicts other graphs with such features, too. Where the training has no features,
    each node is a feature of its own: such a model knows these nodes, and of new ones what their neighbours tell.

    Args:
        hidden_size: Outputs of each layer but the last.
        number_of_layers: How many steps away a node hears of others; at least 2.
        dropout_rate: The share of the inputs of each layer that is dropped in each step of the training.
        learning_rate: Of Adam.
        weight_decay: The penalty on the squared weights of all layers but the last.
        epochs: Steps of the training at most.
        early_stopping_patience: Epochs without a better loss of the held-out nodes, after which the training ends; 0
            never ends it. The weights of the best epoch are kept.
        validation_size: The share of the labelled nodes of each class that are held out for that; with 0, which is the
            default, all are trained on, for all epochs.
        normalise_features: Whether the features of each node are divided by the sum of their absolute values. By
            default where none is negative, as with words and categories.
        random_seed: Seed of the first weights, of the dropout and of which nodes are held out.

    Shapes:
        * predict: (nodes,)
        * predict_proba: (nodes, classes)
        * node_embeddings: (nodes, hidden_size)

    Attributes:
        classes_: The labels, in the order of the columns of ``predict_proba``.
        learning_curve_: The loss and the held-out loss after each epoch.
        layers_: The weights and biases of each layer.

    Raises:
        ParameterError: An argument has a wrong value.

    Example:
        >>> from redshells.model.graph import cut_graph
        >>> nodes = pd.DataFrame({'node': ['a', 'b', 'c', 'd', 'e', 'f'], 'label': ['x', None, None, None, None, 'y']})
        >>> edges = pd.DataFrame({'source': ['a', 'a', 'b', 'c', 'd', 'd', 'e'], 'target': list('bccdeff')})
        >>> graph = cut_graph(nodes, edges, label_column_name='label')
        >>> GraphConvolutionalNetwork().fit_graph(graph).predict(graph).tolist()
        ['x', 'x', 'x', 'y', 'y', 'y']
    """

    learning_curve_: LearningCurve
    layers_: GraphConvolutions

    def __init__(
        self,
        *,
        hidden_size: int = 32,
        number_of_layers: int = 2,
        dropout_rate: float = 0.5,
        learning_rate: float = 0.01,
        weight_decay: float = 5e-4,
        epochs: int = 200,
        early_stopping_patience: int = 30,
        validation_size: float = 0.0,
        normalise_features: bool | None = None,
        random_seed: int = 0,
    ) -> None:
        self.hidden_size = require_whole('hidden_size', hidden_size, 1)
        self.number_of_layers = require_whole('number_of_layers', number_of_layers, 2)
        self.dropout_rate = require_number('dropout_rate', dropout_rate, below=1)
        self.learning_rate = require_number('learning_rate', learning_rate, above=0)
        self.weight_decay = require_number('weight_decay', weight_decay)
        self.epochs = require_whole('epochs', epochs, 1)
        self.early_stopping_patience = require_whole('early_stopping_patience', early_stopping_patience, 0)
        self.validation_size = require_number('validation_size', validation_size, below=1)
        if normalise_features is not None:
            require_flag('normalise_features', normalise_features)
        self.normalise_features = normalise_features
        self.random_seed = require_whole('random_seed', random_seed, 0)

    def fit_graph(
        self, graph: Graph, *, validation_nodes: Ids | None = None, execution: Execution | None = None
    ) -> Self:
        """Train on the nodes that have a label.

        Args:
            graph: The graph.
            validation_nodes: Ids of nodes with a label that are held out to stop the training early, in place of a
                share of ``validation_size``.
            execution: Where and how it runs.

        Returns:
            This model.

        Raises:
            EmptyTableError: The graph has no labels.
            TargetError: The labels are of one class, or are amounts rather than classes.
            DataError: The features can't be used, or a held-out node is not there or has no label.
            DivergenceError: The loss is no number any more.
        """
        rows, target, codes = read_labels(graph)
        train, held_out = self._hold_out(graph, rows, codes, validation_nodes)
        if len(np.unique(codes[train])) < len(target.classes if target.classes is not None else ()):
            raise DataError(
                'of some classes, all nodes with a label are held out, so that none is left to learn from. Hold out '
                'fewer nodes, or drop the classes.'
            )
        encoding = NodeEncoding.of(graph, self.normalise_features)
        features = encoding.encode(graph)
        number_of_classes = target.number_of_classes or 0
        sizes = [features.shape[1], *[self.hidden_size] * (self.number_of_layers - 1), number_of_classes]
        logger.info(
            'training on %d nodes of %d, with %d edges and %d features, %d held out',
            len(train), len(graph), graph.number_of_edges, features.shape[1], len(held_out),
        )  # fmt: skip
        train_convolutions = load_class('redshells.model.graph_convolution_training:train_convolutions')
        layers, curve = train_convolutions(
            GraphConvolutions.at_start(sizes, self.random_seed),
            graph.normalised_adjacency,
            features,
            codes,
            train=train,
            held_out=held_out,
            training=self._training(),
            execution=execution or Execution(),
        )
        self._take(target, encoding, layers, curve)
        return self

    def predict(self, graph: Graph) -> npt.NDArray[Any]:
        """The likeliest class of each node.

        Args:
            graph: The graph of the training or another one with the same features.

        Raises:
            NotFittedError: It is not fitted.
            DataError: The graph lacks features of the training.
        """
        probabilities = self.predict_proba(graph)
        return np.asarray(self.classes_[probabilities.argmax(axis=1)])

    def predict_proba(self, graph: Graph) -> npt.NDArray[np.float64]:
        """The probability of each class, of shape (nodes, classes), in the order of ``classes_``.

        Args:
            graph: The graph of the training or another one with the same features.

        Raises:
            NotFittedError: It is not fitted.
            DataError: The graph lacks features of the training.
        """
        self._require_fitted()
        return self.layers_.probabilities(graph.normalised_adjacency, self._encoding.encode(graph))

    def node_embeddings(self, graph: Graph) -> Floats:
        """What comes out of the last hidden layer, of shape (nodes, hidden_size): near ones are of similar nodes.

        Args:
            graph: The graph of the training or another one with the same features.

        Raises:
            NotFittedError: It is not fitted.
            DataError: The graph lacks features of the training.
        """
        self._require_fitted()
        return self.layers_.hidden(graph.normalised_adjacency, self._encoding.encode(graph))

    @property
    def classes_(self) -> npt.NDArray[Any]:
        """The labels, in the order of the columns of ``predict_proba``."""
        self._require_fitted()
        assert self._target.classes is not None
        return self._target.classes

    def to_archive(self) -> Archive:
        """The contents of the saved model."""
        self._require_fitted()
        parameters = {name: getattr(self, name) for name in _PARAMETERS}
        state = {
            'target': self._target.to_json(),
            'encoding': self._encoding.to_json(),
            'learning_curve': self.learning_curve_.to_json(),
        }
        parts = {**self.layers_.to_parts(), **self._encoding.to_parts()}
        return Archive(self.import_path(), parameters, state, parts, training=self.training)

    @classmethod
    def from_archive(cls, archive: Archive, *, trusted_modules: tuple[str, ...] = ()) -> Self:
        """The model of an archive's contents."""
        model = cls(**archive.parameters)
        model._take(
            TargetEncoding.from_json(archive.state['target']),
            NodeEncoding.from_saved(archive.state['encoding'], archive.parts),
            GraphConvolutions.from_parts(archive.parts),
            LearningCurve.from_json(archive.state['learning_curve']),
        )
        model.training, model.versions = archive.training, archive.versions
        return model

    def _take(
        self, target: TargetEncoding, encoding: NodeEncoding, layers: GraphConvolutions, curve: LearningCurve
    ) -> None:
        self._target, self._encoding, self.layers_, self.learning_curve_ = target, encoding, layers, curve

    def _training(self) -> Any:
        graph_training = load_class('redshells.model.graph_convolution_training:GraphTraining')
        names = ('dropout_rate', 'learning_rate', 'weight_decay', 'epochs', 'early_stopping_patience', 'random_seed')
        return graph_training(**{name: getattr(self, name) for name in names})

    def _hold_out(
        self, graph: Graph, rows: Positions, codes: Positions, nodes: Ids | None
    ) -> tuple[Positions, Positions]:
        """The positions to train on, and those to stop by."""
        if nodes is None:
            held_out = _draw(rows, codes, self.validation_size, self.random_seed)
            return np.setdiff1d(rows, held_out), held_out
        held_out = np.unique(graph.positions(nodes, 'the validation nodes'))
        wrong = np.setdiff1d(held_out, rows)
        if len(wrong):
            name = (
                'one that is not in the graph'
                if wrong[0] < 0
                else f'{to_level(graph.node_ids[wrong[0]])!r} without a label'
            )
            raise DataError(
                f'validation_nodes has {len(wrong)} nodes that can not be held out, such as {name}. Give ids of nodes '
                'that have a label.'
            )
        return np.setdiff1d(rows, held_out), held_out

    def _require_fitted(self) -> None:
        if not hasattr(self, 'layers_'):
            raise NotFittedError('GraphConvolutionalNetwork is not fitted. Call fit_graph, or load a saved model.')


_PARAMETERS = (
    'hidden_size',
    'number_of_layers',
    'dropout_rate',
    'learning_rate',
    'weight_decay',
    'epochs',
    'early_stopping_patience',
    'validation_size',
    'normalise_features',
    'random_seed',
)


def read_labels(graph: Graph) -> tuple[Positions, TargetEncoding, Positions]:
    """The nodes with a label, the classes, and the number of the class of each node (0 of those without).

    Raises:
        ParameterError: The graph has no labels.
        EmptyTableError: No node has one.
        TargetError: They are of one class, or are amounts rather than classes.
    """
    if graph.labels is None:
        raise ParameterError('the graph has no labels. Set label_column_name, or give the labels.')
    known = graph.labels.notna().to_numpy()
    if not known.any():
        raise EmptyTableError(f'none of the {len(graph)} nodes has a label. Check the task that makes the labels.')
    labels = _whole_where_possible(graph.labels[known])
    target = TargetEncoding.of(labels, 'classification')
    codes = np.zeros(len(graph), dtype=np.int64)
    codes[known] = target.encode(labels)
    return np.flatnonzero(known).astype(np.int64), target, codes


def _whole_where_possible(labels: pd.Series[Any]) -> pd.Series[Any]:
    """Integers where missing labels have made floats of them."""
    if labels.dtype.kind != 'f' or not np.isfinite(labels).all() or (labels != np.floor(labels)).any():
        return labels
    return labels.astype(np.int64)


def _draw(rows: Positions, codes: Positions, share: float, random_seed: int) -> Positions:
    """A share of the nodes of each class, rounded down, so that some of each are left."""
    generator = np.random.default_rng(random_seed)
    drawn = [np.empty(0, dtype=np.int64)]
    for code in np.unique(codes[rows]):
        members = generator.permutation(rows[codes[rows] == code])
        drawn.append(members[: int(share * len(members))])
    return np.sort(np.concatenate(drawn))
