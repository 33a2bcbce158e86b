"""The Django application of the API."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The door for machines; it has no tables."""

    name = "guanxi.api"
    label = "api"
