"""What a task has to know of a model of users and items without loading its library, and the specs of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from redshells.factory.keyword_model import check_torch_installed, new_model
from redshells.model.execution import Execution
from redshells.model.interactions import Interactions
from redshells.tuning import SearchSpace


@dataclass(frozen=True)
class RecommenderSpec:
    """A model of users and items by name.

    Args:
        name: What it is called in tasks and results.
        model_class: Its class, by import path.
        search_space: What ``Optimize…`` searches unless told otherwise, by the value of ``solver``; that of ``''`` is
            for models without solvers.
        first_trials: By the value of ``solver``, arguments that are known to be good, tried first.
        gone: Names of arguments that it had once, to what to do instead.
        default_solver: The solver that it has unless told otherwise.
    """

    name: str
    model_class: str
    search_space: Mapping[str, SearchSpace]
    first_trials: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    gone: Mapping[str, str] = field(default_factory=dict)
    default_solver: str = ''

    def check_installed(self, who: str) -> None:
        """Check that its library is installed, without loading it.

        Raises:
            MissingExtraError: It is not; the message has the line that installs it.
        """
        check_torch_installed(who)

    def solver_of(self, arguments: Mapping[str, Any]) -> str:
        """The solver that a model with these arguments has."""
        return str(arguments.get('solver', self.default_solver))


@dataclass(frozen=True)
class RecommenderBuilder:
    """Trains models of a spec; can be sent to another process.

    Args:
        spec: The model.
        random_seed: Seed of the models.
        execution: Where and how a training runs.
    """

    spec: RecommenderSpec
    random_seed: int
    execution: Execution = field(default_factory=Execution)

    def new_model(self, arguments: Mapping[str, Any]) -> Any:
        """A model with these arguments that is not fitted yet.

        Raises:
            UnknownArgumentError: The model does not take one.
            ParameterError: A value is out of its range, or an argument is one of the task's.
        """
        reserved = {'random_seed': 'Use the parameter random_seed of the task.', **self.spec.gone}
        return new_model(self.spec.model_class, self.spec.name, arguments, self.random_seed, reserved)

    def __call__(
        self,
        arguments: Mapping[str, Any],
        interactions: Interactions,
        features: Mapping[str, pd.DataFrame] | None = None,
        validation: Interactions | None = None,
    ) -> Any:
        """A model with these arguments, trained on interactions.

        Args:
            arguments: Arguments of the model.
            interactions: One row for each pair.
            features: ``'user_features'`` and ``'item_features'``, as far as there are any.
            validation: Interactions to watch for early stopping.
        """
        return self.new_model(arguments).fit_interactions(
            interactions, **(features or {}), validation=validation, execution=self.execution
        )


_GONE = {
    'scope_name': 'It is gone: there are no variable scopes any more. Leave it out.',
    'save_directory_path': 'It is gone: a task files its model by itself. Leave it out.',
}
_LEAST_SQUARES = 'It is gone: least squares need no gradients. Leave it out.'
_LEARNT = 'It is learnt from the interactions. Leave it out.'
MATRIX_FACTORIZATION = RecommenderSpec(
    name='MatrixFactorization',
    model_class='redshells.model.matrix_factorization:MatrixFactorization',
    search_space={
        'als': SearchSpace(
            {
                'n_latent_factors': {'type': 'int', 'low': 2, 'high': 64, 'log': True},
                'iterations': {'type': 'int', 'low': 5, 'high': 40, 'log': True},
            }
        ),  # the regularization is learnt
        'bayes': SearchSpace(
            {
                'n_latent_factors': {'type': 'int', 'low': 4, 'high': 64, 'log': True},
                'implicit_link': {'type': 'categorical', 'choices': [True, False]},
            }
        ),
        'implicit': SearchSpace(
            {
                'n_latent_factors': {'type': 'int', 'low': 8, 'high': 256, 'log': True},
                'regularization': {'type': 'float', 'low': 1e-4, 'high': 1.0, 'log': True},
                'alpha': {'type': 'float', 'low': 0.5, 'high': 100.0, 'log': True},
            }
        ),
    },
    first_trials={
        'als': ({'n_latent_factors': 10, 'iterations': 20},),
        'bayes': ({'n_latent_factors': 10, 'implicit_link': True},),
        'implicit': ({'n_latent_factors': 64, 'regularization': 0.01, 'alpha': 3.0},),
    },
    gone={
        **_GONE,
        'epoch_size': 'It is called iterations now.',
        'reg_user': 'Use regularization, which holds for users and items.',
        'reg_item': 'Use regularization, which holds for users and items.',
        **dict.fromkeys(
            (
                'learning_rate',
                'batch_size',
                'bias_epoch_size',
                'try_count',
                'decay_speed',
                'use_l2_upper_regularization',
            ),
            _LEAST_SQUARES,
        ),
        'test_size': 'It is gone: nothing is held out. Use ValidateMatrixFactorization for scores.',
        **dict.fromkeys(('n_items', 'n_users', 'n_services', 'max_value', 'min_value', 'average'), _LEARNT),
        **dict.fromkeys(('standard_deviation', 'user2index', 'item2index', 'service2index'), _LEARNT),
    },
    default_solver='als',
)
GRAPH_CONVOLUTIONAL_MATRIX_COMPLETION = RecommenderSpec(
    name='GraphConvolutionalMatrixCompletion',
    model_class='redshells.model.graph_convolutional_matrix_completion:GraphConvolutionalMatrixCompletion',
    search_space={
        '': SearchSpace(
            {
                'encoder_hidden_size': {'type': 'int', 'low': 50, 'high': 500, 'log': True},
                'encoder_size': {'type': 'int', 'low': 16, 'high': 128, 'log': True},
                'dropout_rate': {'type': 'float', 'low': 0.1, 'high': 0.8},
                'learning_rate': {'type': 'float', 'low': 1e-3, 'high': 3e-2, 'log': True},
                'normalization_type': {'type': 'categorical', 'choices': ['left_square_root', 'left', 'symmetric']},
            }
        )
    },
    first_trials={
        '': (
            {
                'encoder_hidden_size': 250,
                'encoder_size': 30,
                'dropout_rate': 0.6,
                'learning_rate': 0.01,
                'normalization_type': 'left_square_root',
            },
        )
    },
    gone={
        **_GONE,
        'epoch_size': 'It is called epochs now.',
        'batch_size': 'It is gone: all ratings are learnt at once. Leave it out.',
        'try_count': 'It is a parameter of TrainGraphConvolutionalMatrixCompletion.',
        'decay_speed': 'It is a parameter of TrainGraphConvolutionalMatrixCompletion.',
    },
)
LIGHT_GCN = RecommenderSpec(
    name='LightGCN',
    model_class='redshells.model.light_gcn:LightGCN',
    search_space={
        'spectral': SearchSpace(
            {
                'number_of_components': {'type': 'int', 'low': 16, 'high': 512, 'log': True},
                'low_pass_softness': {'type': 'float', 'low': 0.001, 'high': 0.1, 'log': True},
                'low_pass_weight': {'type': 'categorical', 'choices': [0.5, 0.8, 1.0]},
                'user_normalisation': {'type': 'float', 'low': 0.0, 'high': 0.5},
                'item_normalisation': {'type': 'float', 'low': 0.0, 'high': 0.5},
            }
        ),
        'gradient': SearchSpace(
            {
                'embedding_size': {'type': 'int', 'low': 16, 'high': 256, 'log': True},
                'number_of_layers': {'type': 'int', 'low': 1, 'high': 4},
                'learning_rate': {'type': 'float', 'low': 1e-3, 'high': 5e-2, 'log': True},
                'regularization': {'type': 'float', 'low': 1e-6, 'high': 1e-2, 'log': True},
            }
        ),
    },
    first_trials={
        'spectral': (
            {
                'number_of_components': 256,
                'low_pass_softness': 0.03,
                'low_pass_weight': 1.0,
                'user_normalisation': 0.25,
                'item_normalisation': 0.1,
            },
        ),
        'gradient': ({'embedding_size': 64, 'number_of_layers': 3, 'learning_rate': 0.01, 'regularization': 1e-4},),
    },
    default_solver='spectral',
)
