"""Django's entry to the touch centre."""

from django.apps import AppConfig


class TouchConfig(AppConfig):
    """The tables and wiring of the touch centre."""

    name = "guanxi.touch"
    label = "touch"
