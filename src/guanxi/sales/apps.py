"""The Django application of sales."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SalesConfig(AppConfig):
    """Products, orders with their lines, coupons redeemed, returns."""

    name = "guanxi.sales"
    label = "sales"
    verbose_name = _("Sales")
