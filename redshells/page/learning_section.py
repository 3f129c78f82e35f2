"""What a page says of the training: its learning curve, by rounds or by epochs."""

from __future__ import annotations

import numpy as np

from redshells.analysis.learning_curve import LearningCurve as CurveOfRounds
from redshells.model.learning_curve import LearningCurve
from redshells.page import wording as words
from redshells.page.chart import Chart, line_chart
from redshells.page.wording import Wording

_FEW_EPOCHS = 40  # whose points can be told apart


def make_learning_charts(rounds: CurveOfRounds | None, epochs: LearningCurve | None, t: Wording) -> tuple[Chart, ...]:
    """The charts of a learning curve; none where there is no curve.

    Args:
        rounds: Scores by the number of trees, of boosted trees.
        epochs: The loss and the score after each epoch, of a model that was trained by epochs.
        t: The language.
    """
    charts = []
    if rounds is not None and len(rounds.rounds) > 1:
        charts.append(_of_rounds(rounds, t))
    if epochs is not None:
        charts += _of_epochs(epochs, t)
    return tuple(charts)


def _of_rounds(curve: CurveOfRounds, t: Wording) -> Chart:
    names = {'train': t('training rows'), 'test': t('scored rows')}
    return line_chart(
        t('Score by the number of trees: {metric}', metric=words.metric(curve.metric)),
        [(names[name], np.array(curve.rounds), values) for name, values in curve.scores.items()],
        x_label=t('rounds of training'),
        y_label=words.metric(curve.metric),
        log_x=True,
        dots=True,
        note=t(
            'On samples of {train} and {test} rows. Where the lines part, the model learns its training by heart; '
            'that is harm only where the line of the scored rows turns.',
            train=words.whole(curve.rows['train']),
            test=words.whole(curve.rows['test']),
        ),
    )


def _of_epochs(curve: LearningCurve, t: Wording) -> list[Chart]:
    epochs = np.array(curve.epochs)
    dots = len(epochs) <= _FEW_EPOCHS
    charts = []
    if len(curve.losses) == len(epochs):
        losses = np.array(curve.losses, dtype=float)
        charts.append(
            line_chart(
                t('Loss of the training by epoch'),
                [('', epochs, losses)],
                x_label=t('epochs of training'),
                y_label=t('mean loss of the training rows'),
                dots=dots,
                note=t('It fell from {first} to {last}.', first=words.score(losses[0]), last=words.score(losses[-1]))
                if losses[-1] < losses[0]
                else '',
            )
        )
    if curve.scores and len(curve.scores) == len(epochs):
        charts.append(
            line_chart(
                t('Score on held-out rows by epoch: {metric}', metric=words.metric(curve.metric)),
                [('', epochs, np.array(curve.scores, dtype=float))],
                x_label=t('epochs of training'),
                y_label=words.metric(curve.metric),
                dots=dots,
                upright=float(curve.best_epoch),
                note=t(
                    'The dashed line is epoch {epoch}, the best one, whose weights the model has.',
                    epoch=words.whole(curve.best_epoch),
                ),
            )
        )
    return charts
