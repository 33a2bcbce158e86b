"""The front door as a Django app."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Pages of individuals; no tables."""

    name = "guanxi.portal"
    label = "portal"
