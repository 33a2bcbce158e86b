"""The desk as a Django app."""

from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    """Pages of staff; no tables."""

    name = "guanxi.workbench"
    label = "workbench"
