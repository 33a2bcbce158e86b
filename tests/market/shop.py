"""A shop of the market's tests: customers, offers, baskets."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from guanxi.core.viewer import Viewer
from guanxi.market.discounts import Basket, Line
from guanxi.market.models import Offer
from guanxi.market.offers import services
from guanxi.market.offers.checking import Asked
from guanxi.market.offers.services import Draft
from guanxi.people import services as people
from guanxi.people.services import Change

DAY = timedelta(days=1)


def at(viewer: Viewer, **later: float) -> Viewer:
    """The same viewer, later."""
    return replace(viewer, now=viewer.now + timedelta(**later))


def basket(*amounts: str, store: str = "nanjing") -> Basket:
    """A basket of boots at these prices."""
    return Basket([Line(str(at), "boot-1", Decimal(price)) for at, price in enumerate(amounts, 1)], store)


def asked(*codes: str, amounts: tuple[str, ...] = ("200.00",), customer: UUID | None = None) -> Asked:
    """These codes on a basket of 200."""
    return Asked(codes, basket(*amounts), customer)


def customer(viewer: Viewer, name: str) -> UUID:
    """A new customer."""
    return people.create(viewer=viewer, change=Change(name=name))


def make(viewer: Viewer, *, live: bool = True, **facts: Any) -> Offer:
    """An offer of 10 % with a unique code for each customer, unless `facts` say otherwise."""
    draft = Draft(**{"name": "Autumn", "benefit": "percent", "value": Decimal(10), **facts})
    offer = services.create(viewer=viewer, draft=draft)
    return services.turn(viewer=viewer, offer_id=offer.pk, state="live") if live else offer


def code_for(viewer: Viewer, offer: Offer, customer_id: UUID, key: str = "k") -> str:
    """A code of the offer for a customer."""
    given = services.grant(viewer=viewer, offer_id=offer.pk, customer_ids=[customer_id], key=key)
    return next(iter(given.values()))
