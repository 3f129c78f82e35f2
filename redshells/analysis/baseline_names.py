"""The names of what a model is compared with, for those who need not load what computes it."""

BASELINES = ('prior', 'linear', 'defaults')
"""The prior, a linear model, and the library of the model with its defaults."""
