"""Writes of offers: making them, putting them live, widening them, granting codes. Using codes is in `redeeming`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from guanxi.core import conditions, events
from guanxi.core.errors import DomainError, Invalid
from guanxi.core.identity import id_of, new_id
from guanxi.core.ledger import services as ledger
from guanxi.core.viewer import Viewer
from guanxi.market.discounts import ZERO
from guanxi.market.models import BenefitKind, CodeKind, Coupon, Offer, OfferKind, OfferState
from guanxi.market.offers import codes, queries
from guanxi.market.offers.event_schemas import GRANTED

# Customers, or printed codes, of one statement.
BATCH = 2_000
# Codes of one posting: the ledger adds a posting up at each of its entries, so a long one takes its square.
SHEET = 40
MOST_PRINTED = 100_000
ONE = Decimal(1)


class TermsFixed(DomainError):
    """The offer has been live: its terms were promised."""

    code = "offer.terms_fixed"
    summary = _("The terms of an offer that has been live do not change any more.")
    help = _("Make it wider (more uses, more money, a later end), or end it and make a new one.")


class NotPossible(DomainError):
    """The offer is not in a state for that."""

    code = "offer.not_possible"
    summary = _("An offer that is “{state}” cannot become “{wanted}”.")


class NotLive(DomainError):
    """Codes are given for live offers only."""

    code = "offer.not_live"
    summary = _("Codes are given while the offer is live; it is “{state}”.")
    help = _("Put the offer live first.")


class WordTaken(DomainError):
    """Another offer answers to the shared code."""

    code = "offer.word_taken"
    summary = _("Another offer has the code {word} already.")
    help = _("Choose another word, or end the other offer first.")


class OnlyWider(Invalid):
    """What was promised is not taken back."""

    code = "offer.only_wider"
    summary = _("A limit can only be raised: there are {now} now.")


class BadTerms(Invalid):
    """The terms make no offer."""

    code = "offer.bad_terms"


@dataclass(frozen=True, slots=True)
class Draft:
    """An offer as somebody describes it; see `models.Offer`."""

    name: str
    benefit: str
    value: Decimal = ZERO
    kind: str = OfferKind.COUPON.value
    text_en: str = ""
    text_zh: str = ""
    most: Decimal | None = None
    free_product: str = ""
    least: Decimal = ZERO
    products: Sequence[str] = ()
    categories: Sequence[str] = ()
    stores: Sequence[str] = ()
    who: str = ""
    segment_id: UUID | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    days_valid: int | None = None
    codes: str = CodeKind.UNIQUE.value
    shared_code: str = ""
    per_person: int | None = None
    in_all: int | None = None
    exclusion_group: str = ""
    alone: bool = False
    budget: Decimal | None = None
    source_key: str = ""


@transaction.atomic
def create(*, viewer: Viewer, draft: Draft) -> Offer:
    """Make an offer; it begins as a draft.

    Raises:
        BadTerms: What was described makes no offer.
        ConditionError: The condition cannot be read.
    """
    viewer.require("offers.write")
    facts = _facts(draft)
    made = Offer(
        id=id_of(viewer.tenant, "offer", draft.source_key) if draft.source_key else new_id(),
        enterprise_id=viewer.tenant,
        currency=viewer.currency,
        created_by_id=viewer.staff_id,
        created_at=viewer.now,
        **facts,
    )
    return _kept(viewer, made)


@transaction.atomic
def change(*, viewer: Viewer, offer_id: UUID, draft: Draft) -> Offer:
    """Describe a draft anew.

    Raises:
        TermsFixed: It has been live.
    """
    viewer.require("offers.write")
    offer = _locked(viewer, offer_id)
    if offer.state != OfferState.DRAFT:
        raise TermsFixed
    for name, value in _facts(draft).items():
        setattr(offer, name, value)
    return _kept(viewer, offer)


def _kept(viewer: Viewer, offer: Offer) -> Offer:
    try:
        with transaction.atomic():
            offer.save()
    except IntegrityError as error:
        if "market_offer_word" in str(error):
            raise WordTaken(field="shared_code", word=offer.shared_code) from error
        if "market_offer_source" in str(error) or "market_offer_pkey" in str(error):
            raise BadTerms(
                _("There is an offer with this source key already."), field="source_key"
            ) from error
        raise
    return queries.offer_for(viewer, offer.pk)


def _facts(draft: Draft) -> dict[str, Any]:
    """The columns that a description makes, checked."""
    facts = asdict(draft)
    shared = draft.codes == CodeKind.SHARED
    word = codes.read(draft.shared_code) if shared else ""
    _refuse(draft, word)
    if draft.who:
        conditions.parse(draft.who)
    for name in ("products", "categories", "stores"):
        facts[name] = sorted({one.strip() for one in facts[name] if one.strip()})
    facts |= {"shared_code": word or None, "source_key": draft.source_key or None}
    if draft.benefit == BenefitKind.PRODUCT and not draft.value:
        facts["value"] = ONE
    return facts


def _refuse(draft: Draft, word: str) -> None:
    if not draft.name.strip():
        raise BadTerms(_("An offer needs a name."), field="name")
    if draft.benefit == BenefitKind.PERCENT and not 0 < draft.value <= 100:
        raise BadTerms(_("Per cent off is above 0 and at most 100."), field="value")
    if draft.benefit == BenefitKind.AMOUNT and draft.value <= 0:
        raise BadTerms(_("The amount off is above zero."), field="value")
    if draft.benefit == BenefitKind.PRODUCT and not draft.free_product:
        raise BadTerms(_("Say which product is free."), field="free_product")
    if draft.benefit == BenefitKind.PRODUCT and draft.value != draft.value.to_integral_value():
        raise BadTerms(_("Whole pieces are free: write how many."), field="value")
    if draft.benefit == BenefitKind.TEXT and not (draft.text_en or draft.text_zh):
        raise BadTerms(_("Say in words what the customer gets."), field="text_en")
    if draft.codes == CodeKind.SHARED and not codes.SHARED_SHORTEST <= len(word) <= codes.SHARED_LONGEST:
        raise BadTerms(_("A shared code has 3 to 40 letters or figures."), field="shared_code")
    if word and codes.is_unique(word):
        raise BadTerms(_("This word looks like a unique code. Choose another."), field="shared_code")
    if draft.valid_from and draft.valid_to and draft.valid_from >= draft.valid_to:
        raise BadTerms(_("The offer would end before it begins."), field="valid_to")


def _locked(viewer: Viewer, offer_id: UUID) -> Offer:
    queries.offer_for(viewer, offer_id)
    return Offer.objects.select_for_update().get(enterprise_id=viewer.tenant, pk=offer_id)


_STEPS = {
    OfferState.LIVE: (OfferState.DRAFT, OfferState.PAUSED),
    OfferState.PAUSED: (OfferState.LIVE,),
    OfferState.ENDED: (OfferState.DRAFT, OfferState.LIVE, OfferState.PAUSED),
}
_TOLD = {OfferState.LIVE: "offer.opened", OfferState.PAUSED: "offer.paused", OfferState.ENDED: "offer.ended"}


@transaction.atomic
def turn(*, viewer: Viewer, offer_id: UUID, state: str) -> Offer:
    """Put an offer live, pause it, or end it for ever. Asked twice, it is done once.

    Raises:
        NotPossible: It is in no state for that.
    """
    viewer.require("offers.write")
    offer, wanted = _locked(viewer, offer_id), OfferState(state)
    if offer.state == wanted:
        return offer
    if offer.state not in _STEPS.get(wanted, ()):
        raise NotPossible(field="state", state=OfferState(offer.state).label, wanted=wanted.label)
    if wanted == OfferState.LIVE and offer.live_at is None:
        offer.live_at = viewer.now
        _set_aside(viewer, offer, offer.in_all, offer.budget, key="live")
    if wanted == OfferState.ENDED:
        offer.ended_at = viewer.now
    offer.state = wanted
    offer.save(update_fields=["state", "live_at", "ended_at"])
    events.emit(_TOLD[wanted], payload={"offer": str(offer.pk), "name": offer.name})
    return queries.offer_for(viewer, offer_id)


def _set_aside(viewer: Viewer, offer: Offer, uses: int | None, money: Decimal | None, *, key: str) -> None:
    """Issue uses and money of an offer in the ledger, so that neither can be overspent."""
    for unit, amount in (
        (queries.uses_unit(offer.pk), Decimal(uses or 0)),
        (queries.budget_unit(offer.pk), money or ZERO),
    ):
        if amount > 0:
            ledger.issue(viewer=viewer, unit=unit, holder_id=offer.pk, amount=amount, key=f"{unit}:{key}")


@transaction.atomic
def widen(
    *,
    viewer: Viewer,
    offer_id: UUID,
    in_all: int | None = None,
    budget: Decimal | None = None,
    valid_to: datetime | None = None,
) -> Offer:
    """Allow more uses, more money or a later end of an offer that has such a limit; None leaves it.

    Raises:
        OnlyWider: It would be less than now, or there is no such limit.
    """
    viewer.require("offers.write")
    offer = _locked(viewer, offer_id)
    if offer.state == OfferState.ENDED:
        raise NotPossible(field="state", state=OfferState.ENDED.label, wanted=OfferState.LIVE.label)
    for name, wanted in (("in_all", in_all), ("budget", budget), ("valid_to", valid_to)):
        now = getattr(offer, name)
        if wanted is not None and (now is None or wanted < now):
            raise OnlyWider(field=name, now=now if now is not None else _("no limit"))
    if offer.live_at is not None:
        uses = (in_all or offer.in_all or 0) - (offer.in_all or 0)
        money = (budget or offer.budget or ZERO) - (offer.budget or ZERO)
        _set_aside(viewer, offer, uses, money, key=str(new_id()))
    offer.in_all, offer.budget = in_all or offer.in_all, budget or offer.budget
    offer.valid_to = valid_to or offer.valid_to
    offer.save(update_fields=["in_all", "budget", "valid_to"])
    return queries.offer_for(viewer, offer_id)


def close_over(*, viewer: Viewer) -> int:
    """End the offers whose time is over; how many it was."""
    over = Offer.objects.filter(
        enterprise_id=viewer.tenant, state__in=(OfferState.LIVE, OfferState.PAUSED), valid_to__lte=viewer.now
    )
    ids = list(over.values_list("pk", flat=True))
    for offer_id in ids:
        turn(viewer=viewer, offer_id=offer_id, state=OfferState.ENDED)
    return len(ids)


@transaction.atomic
def grant(
    *,
    viewer: Viewer,
    offer_id: UUID,
    customer_ids: Sequence[UUID],
    key: str,
    valid_until: datetime | None = None,
) -> Mapping[UUID, str]:
    """Give each of these customers a code of their own; what each has by this key, by root.

    Asked again under the same key, a customer keeps the code that they were given, also after a merge. Who holds as
    many codes of the offer as one person may use is left out. Where one word serves for all, it is everybody's answer.

    Raises:
        NotLive: The offer is not live.
    """
    viewer.require("offers.write")
    offer = queries.offer_for(viewer, offer_id)
    _refuse_still(offer)
    roots = sorted(set(queries.roots_of(viewer, customer_ids).values()))
    if queries.shared(offer):
        return {root: codes.shown(offer.shared_code or "") for root in roots}
    answer: dict[UUID, str] = {}
    for start in range(0, len(roots), BATCH):
        answer |= _grant(viewer, offer, roots[start : start + BATCH], key, valid_until)
    return answer


def _refuse_still(offer: Offer) -> None:
    if offer.state != OfferState.LIVE:
        raise NotLive(state=OfferState(offer.state).label)


def _grant(
    viewer: Viewer, offer: Offer, roots: Sequence[UUID], key: str, valid_until: datetime | None
) -> dict[UUID, str]:
    held: dict[UUID, int] = {}
    answer: dict[UUID, str] = {}
    for root_id, granted_by, code in queries.coupons_of(viewer, offer.pk, roots):
        held[root_id] = held.get(root_id, 0) + 1
        if granted_by == key:
            answer.setdefault(root_id, code)
    most = offer.per_person
    lacking = [root for root in roots if root not in answer and (most is None or held.get(root, 0) < most)]
    ids = {id_of(offer.pk, "coupon", key, root): root for root in lacking}
    _make(viewer, offer, ids, key, _until(viewer, offer, valid_until))
    rows = Coupon.objects.filter(enterprise_id=viewer.tenant, pk__among=list(ids)).values_list("pk", "code")
    answer |= {ids[id_]: code for id_, code in rows}
    return {root: codes.shown(code) for root, code in answer.items()}


@transaction.atomic
def print_codes(
    *, viewer: Viewer, offer_id: UUID, count: int, key: str, valid_until: datetime | None = None
) -> list[str]:
    """Codes for whoever brings them, to be printed or handed out; the same key gives the same ones.

    Raises:
        NotLive: The offer is not live.
        BadTerms: The offer has one word for all, or so many are not made at once.
    """
    viewer.require("offers.write")
    offer = queries.offer_for(viewer, offer_id)
    _refuse_still(offer)
    if queries.shared(offer):
        raise BadTerms(_("This offer has one word for all; there is nothing to print."), field="count")
    if not 0 < count <= MOST_PRINTED:
        raise BadTerms(_("Between 1 and 100,000 codes are made at once."), field="count")
    made: list[str] = []
    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        ids: dict[UUID, UUID | None] = {id_of(offer.pk, "coupon", key, number): None for number in numbers}
        _make(viewer, offer, ids, key, _until(viewer, offer, valid_until))
        rows = Coupon.objects.filter(enterprise_id=viewer.tenant, pk__among=list(ids))
        by_id = dict(rows.values_list("pk", "code"))
        made += [codes.shown(by_id[id_]) for id_ in ids]
    return made


def _until(viewer: Viewer, offer: Offer, asked: datetime | None) -> datetime | None:
    """When a code that is given now ends: the earliest of what was asked, the offer's end and its days."""
    ends = [asked, offer.valid_to]
    if offer.days_valid:
        ends.append(viewer.now + timedelta(days=offer.days_valid))
    return min((end for end in ends if end), default=None)


def _make(
    viewer: Viewer, offer: Offer, owners: Mapping[UUID, UUID | None], key: str, valid_until: datetime | None
) -> None:
    """Write the codes that are not there yet, one use of each into the ledger, and tell it."""
    drawn = dict(zip(owners, codes.drawn(len(owners)), strict=True))
    Coupon.objects.bulk_create(
        (
            Coupon(
                id=id_,
                enterprise_id=viewer.tenant,
                offer_id=offer.pk,
                code=drawn[id_],
                customer_id=owner,
                grant_key=key,
                granted_at=viewer.now,
                valid_until=valid_until,
            )
            for id_, owner in owners.items()
        ),
        ignore_conflicts=True,
    )
    # Somebody else may have given some of them at this very moment: theirs are the codes that are stored.
    kept = Coupon.objects.filter(enterprise_id=viewer.tenant, pk__among=list(owners))
    new = [id_ for id_, code in kept.values_list("pk", "code") if drawn[id_] == code]
    if not new:
        return
    for start in range(0, len(new), SHEET):
        ledger.issue_many(
            viewer=viewer,
            unit=queries.coupon_unit(offer.pk),
            grants=[ledger.Grant(id_, ONE, valid_until) for id_ in new[start : start + SHEET]],
            key=f"grant:{new_id()}",
        )
    facts = {"offer": str(offer.pk), "name": offer.name}
    events.write(
        [
            events.Draft(
                GRANTED, viewer.now, {**facts, "code": drawn[id_]}, owners[id_], message_id=f"granted:{id_}"
            )
            for id_ in new
            if owners[id_]
        ],
        source_id=id_of(viewer.tenant, "source", "guanxi"),
    )
