"""Consent as a Django app."""

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    """Permissions, verdicts, contacts, holds, matters."""

    name = "guanxi.consent"
    label = "consent"
