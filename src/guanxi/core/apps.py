"""The ground of the house; finds every package's wiring."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    """Loads each package's `wiring` once all models are known."""

    name = "guanxi.core"
    label = "core"

    def ready(self) -> None:
        """Let every package plug into the registries."""
        autodiscover_modules("wiring")
