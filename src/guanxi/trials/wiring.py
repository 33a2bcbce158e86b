"""What trials plugs into the house."""

from django.utils.translation import gettext_lazy as _

from guanxi.core import catalogue
from guanxi.core.catalogue import Deed, ValueType

catalogue.deed(
    Deed(
        "trials.decide",
        _("Choose by chance and write it down"),
        "guanxi.trials.services:decide",
        {"policy": ValueType.STRING, "occasion": ValueType.STRING},
    )
)
