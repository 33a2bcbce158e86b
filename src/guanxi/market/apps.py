"""Market as a Django app."""

from django.apps import AppConfig


class MarketConfig(AppConfig):
    """Segments, offers, campaigns."""

    name = "guanxi.market"
    label = "market"
