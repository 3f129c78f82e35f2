"""Names of scores, checked when a task is constructed."""

from __future__ import annotations

from collections.abc import Iterable


def check_metrics(names: Iterable[str], problem: str) -> None:
    """Check that there are scores of these names; a function of the user's is not imported before it is needed.

    Args:
        names: The names.
        problem: ``'classification'``, ``'regression'`` or ``'ranking'``.

    Raises:
        UnknownNameError: There is none for the problem.
    """
    registered = [name for name in names if ':' not in name]
    if registered:
        from redshells.model.metric import get_metric

        for name in registered:
            get_metric(name, problem)
