"""Forms of the offer pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from guanxi.market.discounts import ZERO, Basket, Line
from guanxi.market.offers import words
from guanxi.market.offers.services import Draft

Choices = Sequence[tuple[str, Any]]
_LISTED = re.compile(r"[,，、;\n]+")
_MOST = Decimal(10) ** 11
LISTS = ("products", "categories")


def _money(label: Any, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, min_value=ZERO, max_value=_MOST, decimal_places=2, **options
    )


def _number(label: Any, **options: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=100_000_000, **options)


def _day(label: Any, **options: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, **options)


class OfferForm(forms.Form):
    """An offer as somebody describes it."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("For you; the customer does not see it.")
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=words.OfferKind.choices)
    text_en = forms.CharField(label=_("What the customer reads, in English"), max_length=300, required=False)
    text_zh = forms.CharField(label=_("What the customer reads, in Chinese"), max_length=300, required=False)
    benefit = forms.ChoiceField(label=_("What they get"), choices=words.BenefitKind.choices)
    value = _money(_("How much"), help_text=_("Per cent, an amount, or how many pieces are free."))
    most = _money(_("At most"), help_text=_("For per cent: the most that is taken off."))
    free_product = forms.CharField(label=_("Free product (its key)"), max_length=200, required=False)
    categories = forms.CharField(
        label=_("Categories or departments"), max_length=4_000, required=False,
        help_text=_("With commas between them. Empty: everything."),
    )  # fmt: skip
    products = forms.CharField(label=_("Products (their keys)"), max_length=8_000, required=False)
    least = _money(_("Least basket"), help_text=_("What the goods it applies to must cost at least."))
    stores = forms.MultipleChoiceField(
        label=_("Stores"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: in every store."),
    )  # fmt: skip
    segment = forms.ChoiceField(label=_("Only for the segment"), required=False)
    who = forms.CharField(
        label=_("Only for whom this holds"), max_length=4_000, required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=_("A condition, such as returns.count == 0. Empty: for everybody."),
    )  # fmt: skip
    valid_from = _day(_("Valid from"))
    valid_to = _day(_("Valid to"), help_text=_("The last day."))
    days_valid = _number(_("Days after it was given"))
    codes = forms.ChoiceField(label=_("Codes"), choices=words.CodeKind.choices)
    shared_code = forms.CharField(label=_("The word"), max_length=40, required=False)
    per_person = _number(_("Uses per person"))
    in_all = _number(_("Uses in all"))
    budget = _money(_("Budget"), help_text=_("All discounts together never exceed it."))
    exclusion_group = forms.CharField(
        label=_("Group"), max_length=60, required=False, help_text=_("Of one group only the best applies.")
    )
    alone = forms.BooleanField(label=_("With no other offer"), required=False)

    def __init__(self, *given: Any, stores: Choices, segments: Choices, zone: ZoneInfo, **named: Any) -> None:
        super().__init__(*given, **named)
        self.zone = zone
        self.fields["stores"].choices = list(stores)  # type: ignore[attr-defined]  # a field with choices
        self.fields["segment"].choices = [("", "–"), *segments]  # type: ignore[attr-defined]  # a field with choices

    @property
    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields under their headings."""
        return [(heading, [self[name] for name in names]) for heading, names in _GROUPS]

    def draft(self) -> Draft:
        """What was said, for the services."""
        said = self.cleaned_data
        plain = ("name", "kind", "text_en", "text_zh", "benefit", "most", "free_product", "stores", "who", "days_valid",
                 "codes", "shared_code", "per_person", "in_all", "budget", "exclusion_group", "alone")  # fmt: skip
        return Draft(
            **{name: said[name] for name in plain},
            products=_split(said["products"]),
            categories=_split(said["categories"]),
            value=said["value"] or ZERO,
            least=said["least"] or ZERO,
            segment_id=UUID(said["segment"]) if said["segment"] else None,
            valid_from=_moment(said["valid_from"], self.zone),
            valid_to=_moment(said["valid_to"], self.zone, days=1),
        )


_GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (_("What it is"), ("name", "kind", "text_en", "text_zh")),
    (_("What they get"), ("benefit", "value", "most", "free_product")),
    (_("On what and where"), ("categories", "products", "least", "stores")),
    (_("When"), ("valid_from", "valid_to", "days_valid")),
    (_("Codes and limits"), ("codes", "shared_code", "per_person", "in_all", "budget")),
    (_("For whom and with what else"), ("segment", "who", "exclusion_group", "alone")),
)


def initial_of(offer: Any, zone: ZoneInfo) -> dict[str, Any]:
    """What a draft says now."""
    known = {name: getattr(offer, name) for name in OfferForm.base_fields if hasattr(offer, name)}
    last = offer.valid_to and (offer.valid_to.astimezone(zone) - timedelta(seconds=1)).date()
    return {
        **known,
        **{name: ", ".join(known[name]) for name in LISTS},
        "segment": str(offer.segment_id or ""),
        "shared_code": offer.shared_code or "",
        "valid_from": offer.valid_from and offer.valid_from.astimezone(zone).date(),
        "valid_to": last,
    }


def _split(text: str) -> list[str]:
    return _LISTED.split(text) if text else []


def _moment(day: Any, zone: ZoneInfo, *, days: int = 0) -> datetime | None:
    return datetime.combine(day + timedelta(days=days), time.min, tzinfo=zone) if day else None


class WidenForm(forms.Form):
    """Limits that are raised."""

    in_all = _number(_("Uses in all"))
    budget = _money(_("Budget"))
    valid_to = _day(_("Valid to"))

    def limits(self, zone: ZoneInfo) -> dict[str, Any]:
        """What was said, for the services."""
        return {**self.cleaned_data, "valid_to": _moment(self.cleaned_data["valid_to"], zone, days=1)}


class PrintForm(forms.Form):
    """Codes for whoever brings them."""

    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=10_000)
    key = forms.CharField(
        label=_("What for"),
        max_length=100,
        help_text=_("Such as “flyer May”. The same word gives the same codes."),
    )


class CheckForm(forms.Form):
    """A code at the till."""

    code = forms.CharField(
        label=pgettext_lazy("of an offer", "Code"), max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )  # fmt: skip
    amount = _money(_("Basket"), help_text=_("What the goods cost without offers."))
    product = forms.CharField(
        label=_("Product (its key)"),
        max_length=200,
        required=False,
        help_text=_("Where the offer is for some."),
    )
    store = forms.ChoiceField(label=_("Store"), required=False)

    def __init__(self, *given: Any, stores: Choices, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["store"].choices = [("", "–"), *stores]  # type: ignore[attr-defined]  # a field with choices

    def basket(self) -> Basket:
        """The basket in one line."""
        said = self.cleaned_data
        return Basket([Line("1", said["product"], said["amount"] or ZERO)], said["store"])
