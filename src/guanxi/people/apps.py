"""The Django application of people."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    """Customers, identifiers, matching and merging."""

    name = "guanxi.people"
    label = "people"
    verbose_name = _("People")
