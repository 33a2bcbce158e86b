"""The events of offers, and how they read on a timeline. `coupon.redeemed` is told by sales, for every coupon alike."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.core.schemas import EventSchema
from guanxi.market.offers import codes

GRANTED, RESERVED, RELEASED, EXPIRED = (
    "coupon.granted",
    "coupon.reserved",
    "coupon.released",
    "coupon.expired",
)


def _coupon(payload: Mapping[str, Any]) -> str:
    return _("{code} of the offer “{offer}”").format(
        code=codes.shown(str(payload.get("code", ""))), offer=payload.get("name", "")
    )


def _granted(payload: Mapping[str, Any]) -> str:
    return _("Given: {coupon}").format(coupon=_coupon(payload))


def _reserved(payload: Mapping[str, Any]) -> str:
    return _("At the till: {coupon}").format(coupon=_coupon(payload))


def _expired(payload: Mapping[str, Any]) -> str:
    return _("Expired: {coupon}").format(coupon=_coupon(payload))


def _released(payload: Mapping[str, Any]) -> str:
    words = {
        "released": _("not used after all"),
        "lapsed": _("not used in time"),
        "returned": _("came back with the goods"),
        "part": _("a part came back with the goods"),
        "cancelled": _("came back with the cancelled order"),
    }
    why = words.get(str(payload.get("why")), "")
    return _("{coupon}: {why}").format(coupon=_coupon(payload), why=why) if why else _coupon(payload)


SCHEMAS = (
    EventSchema(GRANTED, gettext_lazy("Offer given"), private=(), line=_granted, icon="s3"),
    EventSchema(RESERVED, gettext_lazy("Coupon reserved at the till"), private=(), line=_reserved, icon="s3"),
    EventSchema(RELEASED, gettext_lazy("Coupon free again"), private=(), line=_released, icon="s6"),
    EventSchema(EXPIRED, gettext_lazy("Coupon expired"), private=(), line=_expired, icon="s8"),
    EventSchema("offer.opened", gettext_lazy("Offer put live"), private=(), icon="s3"),
    EventSchema("offer.paused", gettext_lazy("Offer paused"), private=(), icon="s8"),
    EventSchema("offer.ended", gettext_lazy("Offer ended"), private=(), icon="s8"),
)
