"""Trials as a Django app."""

from django.apps import AppConfig


class TrialsConfig(AppConfig):
    """Decisions, hold-outs, outcomes."""

    name = "guanxi.trials"
    label = "trials"
