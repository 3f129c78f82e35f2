"""Gokart tasks that split, train, tune, validate and predict."""

__version__ = '1.0.0.dev0'
