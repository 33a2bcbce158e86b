"""The words of offers: why a code does not count, and an offer's terms in one plain sentence."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override, pgettext

from guanxi.core import formats
from guanxi.market.models import BenefitKind, CodeKind, Offer, OfferKind

__all__ = ["BenefitKind", "CodeKind", "OfferKind", "Refusal", "benefit_of", "both", "sentence", "text_of"]
LANGUAGES = ("en", "zh-hans")


class Refusal(TextChoices):
    """Why a code does not count, as whoever stands at the till reads it."""

    UNKNOWN = "unknown", gettext_lazy("There is no such code.")
    MISTYPED = "mistyped", gettext_lazy("The code has a typing mistake. Look at it again.")
    NOT_YET = "not_yet", gettext_lazy("This offer has not begun yet.")
    PAUSED = "paused", gettext_lazy("This offer is paused for the moment.")
    ENDED = "ended", gettext_lazy("This offer has ended.")
    EXPIRED = "expired", gettext_lazy("This code has expired.")
    USED = "used", gettext_lazy("This code was used already.")
    RESERVED = "reserved", gettext_lazy("This code is just being used at another till.")
    OTHER = "other", gettext_lazy("This code belongs to another customer.")
    NEEDS_CUSTOMER = (
        "needs_customer",
        gettext_lazy("This offer needs to know the customer: ask for the card."),
    )
    WHO = "who", gettext_lazy("This offer is not meant for this customer.")
    PER_PERSON = "per_person", gettext_lazy("This customer has used the offer as often as one may.")
    IN_ALL = "in_all", gettext_lazy("The offer has been used as often as it was made for.")
    BUDGET = "budget", gettext_lazy("What was set aside for this offer is used up.")
    STORE = "store", gettext_lazy("This offer does not hold in this store.")
    PRODUCTS = "products", gettext_lazy("Nothing in the basket is part of this offer.")
    LEAST = "least", gettext_lazy("The basket is not large enough for this offer.")
    EXCLUDED = "excluded", gettext_lazy("It does not go together with a better offer in this basket.")
    NOTHING_LEFT = "nothing_left", gettext_lazy("There is nothing left in the basket to take it off.")


def both(refusal: Refusal) -> dict[str, str]:
    """A refusal in each language of the house."""
    words = {}
    for language in LANGUAGES:
        with override(language):
            words[language] = str(refusal.label)
    return words


#: What each kind of offer has for a title where nobody wrote one.
KINDS = dict(OfferKind.choices)


def benefit_of(offer: Offer) -> str:
    """What the customer gets, in a few words."""
    if offer.benefit == BenefitKind.PERCENT:
        words = _("{value} % off").format(value=formats.number(offer.value, 2))
        if offer.most is not None:
            return _("{off}, at most {most}").format(
                off=words, most=formats.money(offer.most, offer.currency)
            )
        return words
    if offer.benefit == BenefitKind.AMOUNT:
        return _("{amount} off").format(amount=formats.money(offer.value, offer.currency))
    if offer.benefit == BenefitKind.PRODUCT:
        count = int(offer.value or Decimal(1))
        return ngettext("one {product} free", "{count} {product} free", count).format(
            product=offer.free_product, count=count
        )
    return str(text_of(offer) or KINDS[OfferKind(offer.kind)])


def text_of(offer: Offer) -> str:
    """What the enterprise wrote for the customer, in the reader's language or else in the other."""
    chinese = formats.locale().language == "zh"
    return (offer.text_zh or offer.text_en) if chinese else (offer.text_en or offer.text_zh)


def sentence(
    offer: Offer, *, segment: str = "", stores: Mapping[str, str] | None = None, inside: bool = True
) -> str:
    """The terms in one plain sentence, as staff and customer read them.

    Args:
        segment: What the segment is called to which it is limited.
        stores: What stores are called, by their codes.
        inside: Whether the reader works for the enterprise; whom it thought of is its own affair.
    """
    parts = [benefit_of(offer)]
    if offer.products or offer.categories:
        parts.append(_("on {things}").format(things=_listed([*offer.categories, *offer.products])))
    if offer.least:
        parts.append(_("from a basket of {amount}").format(amount=formats.money(offer.least, offer.currency)))
    if offer.stores:
        parts.append(
            _("in {stores}").format(stores=_listed([(stores or {}).get(code, code) for code in offer.stores]))
        )
    parts += _when(offer)
    if offer.per_person:
        parts.append(_times(offer.per_person))
    if offer.in_all:
        parts.append(
            ngettext("once in all", "{count} times in all", offer.in_all).format(
                count=formats.number(offer.in_all, 0)
            )
        )
    if offer.alone:
        parts.append(_("with no other offer"))
    elif offer.exclusion_group:
        parts.append(_("only one of “{group}”").format(group=offer.exclusion_group))
    if segment:
        parts.append(_("for those in “{segment}”").format(segment=segment))
    elif inside and offer.who:
        parts.append(_("for those it is meant for"))
    told = pgettext("between terms", ", ").join(parts) + pgettext("after terms", ".")
    return told[:1].upper() + told[1:]


def _times(count: int) -> str:
    return ngettext("once per person", "{count} times per person", count).format(count=count)


def _when(offer: Offer) -> list[str]:
    words = []
    if offer.valid_from and offer.valid_to:
        words.append(
            _("from {first} to {last}").format(
                first=formats.day(offer.valid_from), last=formats.day(offer.valid_to)
            )
        )
    elif offer.valid_from:
        words.append(_("from {first} on").format(first=formats.day(offer.valid_from)))
    elif offer.valid_to:
        words.append(_("until {last}").format(last=formats.day(offer.valid_to)))
    if offer.days_valid:
        words.append(
            ngettext(
                "for {count} day after it was given", "for {count} days after it was given", offer.days_valid
            ).format(count=offer.days_valid)
        )
    return words


def _listed(things: Sequence[str], *, longest: int = 4) -> str:
    shown = pgettext("between things", ", ").join(things[:longest])
    more = len(things) - longest
    return shown if more <= 0 else _("{shown} and {count} more").format(shown=shown, count=more)
