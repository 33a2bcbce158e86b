"""Writes of consent: what somebody permits, contacts, holds and matters."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from guanxi.consent import issuing, judging, pressure, queries, relays
from guanxi.consent.models import (
    Change,
    Contact,
    Giver,
    Hold,
    LegalBasis,
    Matter,
    Permission,
    Policy,
    Receiver,
    Verdict,
)
from guanxi.consent.policies import InForce
from guanxi.consent.words import CONTRACTUAL, RUNGS, Basis, Channel, Outcome, Purpose, Strength
from guanxi.core import events, viewers
from guanxi.core.errors import DomainError, Invalid, NotAllowed, NotFound
from guanxi.core.identity import id_of
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.people import queries as people
from guanxi.people import relations


class OnlyThePerson(DomainError):
    """Staff may lower what a person permits, never raise it."""

    code = "consent.only_the_person"
    summary = _("The customer decides this themselves at their own door; you may lower it, not raise it.")
    help = _("Ask the customer to change it under “My relations”.")


class ProofMissing(Invalid):
    """A permission that staff write down needs its proof."""

    code = "consent.proof_missing"
    summary = _("Say how the customer permitted it: where, when and in which words.")


class BadTerms(Invalid):
    """Terms that contradict themselves."""

    code = "consent.bad_terms"
    summary = _("Quiet hours need a beginning and an end that differ; the weekly number is 0 to 100.")


class NotPermitted(DomainError):
    """A contact without an allowing verdict."""

    code = "consent.not_permitted"
    summary = _("The gate did not allow this contact, or it was recorded already.")


class BadPolicy(Invalid):
    """A policy that contradicts itself."""

    code = "consent.bad_policy"
    summary = _(
        "Limit and weights are 0 to 10, the half-life 1 to 730 days, strengths 0 to 5, a weekly number 0 to 100."
    )


class PermissionOnly(Invalid):
    """A legal basis for a purpose that stands on permission alone."""

    code = "consent.permission_only"
    summary = _(
        "Only service and orders may stand on a contract or a law; for everything else the customer decides."
    )


class WordsMissing(Invalid):
    """A legal basis needs the words that say which contract or which law."""

    code = "consent.words_missing"
    summary = _("Say which contract or which law, in words that the customer will read.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What somebody permits for one purpose; with a channel only that channel's own limit counts."""

    purpose: str
    strength: int
    channel: str = ""
    quiet_from: time | None = None
    quiet_to: time | None = None
    weekly_cap: int | None = None
    paused_until: datetime | None = None
    ends_at: datetime | None = None

    def check(self) -> None:
        """Raises:
        BadTerms: The statement contradicts itself.
        """
        halves = (self.quiet_from is None) != (self.quiet_to is None)
        same = self.quiet_from is not None and self.quiet_from == self.quiet_to
        cap = self.weekly_cap is not None and not 0 <= self.weekly_cap <= 100
        known = self.purpose in Purpose.values and self.strength in Strength.values
        if halves or same or cap or not known or self.channel not in ("", *Channel.values):
            raise BadTerms(field="quiet_from" if halves or same else "weekly_cap" if cap else "purpose")


received_for_alias = relays.received_for_alias

_TERMS = tuple(field.name for field in fields(Statement) if field.name not in ("purpose", "channel"))


def words_of(strength: int) -> str:
    """The words of a rung in the language of this moment, as they are kept with a permission."""
    name, meaning = RUNGS[Strength(strength)]
    return f"{name}: {meaning}"


@transaction.atomic
def say(
    *, viewer: Viewer, enterprise_id: UUID, statements: Sequence[Statement], proof: str = "front door"
) -> bool:
    """Write down what an individual permits an enterprise, and give them a signed receipt of each change.

    What was said for their records before they claimed them gives way: the person speaks with the last word.

    Returns:
        Whether anything changed.

    Raises:
        NotAllowed: The viewer is no person.
        NotFound: They have no relation to this enterprise.
        BadTerms: A statement contradicts itself.
    """
    if viewer.person_id is None:
        raise NotAllowed
    record_ids = [
        claim.customer_id for claim in relations.claims_for(viewer) if claim.enterprise_id == enterprise_id
    ]
    if not record_ids:
        raise NotFound(field="enterprise")
    older = Permission.objects.filter(
        giver_kind=Giver.CUSTOMER, giver_id__in=record_ids, enterprise_id=enterprise_id
    )
    spoken = {(row.giver_id, row.purpose, row.channel) for row in older}
    changed = []
    for statement in statements:
        given = _keep(viewer, enterprise_id, (Giver.PERSON, viewer.person_id), statement, proof=proof)
        changed += [given] if given else []
        for giver_id, purpose, channel in spoken:
            if (purpose, channel) == (statement.purpose, statement.channel):
                _keep(viewer, enterprise_id, (Giver.CUSTOMER, giver_id), statement, proof=proof)
    if changed:
        # The enterprise's log is the enterprise's: the front door writes there as a process of its own.
        with tenancy(viewers.for_process(enterprise_id, "portal", request_id=viewer.request_id)) as portal:
            _announce(record_ids[0], changed)
            issuing.issue(viewer=portal, changes=dict.fromkeys(changed, record_ids[0]))
    return bool(changed)


def step(*, viewer: Viewer, enterprise_id: UUID, purpose: str, strength: int) -> bool:
    """Set the strength for a purpose and leave everything else as it was; whether it changed."""
    terms = queries.relation_for(viewer, enterprise_id).of(purpose).terms
    quiet = terms.quiets[0] if terms.quiets else None
    statement = Statement(
        purpose=purpose,
        strength=strength,
        quiet_from=quiet.start if quiet else None,
        quiet_to=quiet.end if quiet else None,
        weekly_cap=terms.weekly_cap,
        paused_until=terms.paused_until,
        ends_at=terms.ends_at,
    )
    return say(viewer=viewer, enterprise_id=enterprise_id, statements=[statement])


def less(*, viewer: Viewer, enterprise_id: UUID, purpose: str) -> int:
    """One rung down for a purpose; the strength that holds now."""
    lower = max(queries.relation_for(viewer, enterprise_id).of(purpose).strength - 1, Strength.NONE)
    step(viewer=viewer, enterprise_id=enterprise_id, purpose=purpose, strength=lower)
    return lower


@transaction.atomic
def note(*, viewer: Viewer, customer_id: UUID, statements: Sequence[Statement], proof: str) -> bool:
    """Write down what a customer told staff that they permit.

    Raises:
        ProofMissing: There is no proof.
        OnlyThePerson: It would raise what a person set themselves.
        BadTerms: A statement contradicts itself.
    """
    viewer.require("permissions.write")
    if not proof.strip():
        raise ProofMissing(field="proof")
    root_id, record_ids = people.whole_rows_for(viewer, customer_id)
    if relations.claimed_of(viewer, record_ids):
        _refuse_raising(viewer, record_ids, statements)
    giver = (Giver.CUSTOMER, root_id)
    kept = [_keep(viewer, viewer.tenant, giver, statement, proof=proof.strip()) for statement in statements]
    changed = [change for change in kept if change]
    if changed:
        _announce(root_id, changed)
        issuing.issue(viewer=viewer, changes=dict.fromkeys(changed, root_id))
    return bool(changed)


def _refuse_raising(viewer: Viewer, record_ids: Sequence[UUID], statements: Sequence[Statement]) -> None:
    terms = queries.terms_of(viewer.tenant, record_ids, viewer.now)
    for statement in statements:
        said = terms.get(statement.purpose)
        has = (said.on(statement.channel) if said else None) or Strength.NONE
        if statement.strength > has:
            raise OnlyThePerson(field="strength")


def _keep(
    viewer: Viewer, enterprise_id: UUID, giver: tuple[str, UUID], statement: Statement, *, proof: str
) -> Change | None:
    """Put one statement into the table and its change into the history; None where nothing differs."""
    statement.check()
    key = {
        "enterprise_id": enterprise_id,
        "giver_kind": giver[0],
        "giver_id": giver[1],
        "receiver_kind": Receiver.ENTERPRISE,
        "receiver_id": enterprise_id,
        "purpose": statement.purpose,
        "channel": statement.channel,
    }
    former = Permission.objects.select_for_update().filter(**key).first()
    terms: dict[str, Any] = {name: getattr(statement, name) for name in _TERMS}
    if former and all(getattr(former, name) == value for name, value in terms.items()):
        return None
    terms |= {"zone": viewer.zone, "words": words_of(statement.strength), "proof": proof}
    terms |= {"happened_at": viewer.now, "recorded_at": viewer.now}
    if former:
        Permission.objects.filter(pk=former.pk).update(**terms)
    else:
        Permission.objects.create(**key, **terms)
    former_strength = former.strength if former else None
    return Change.objects.create(**key, **terms, former_strength=former_strength, changed_by=viewer.actor)


def _announce(customer_id: UUID, statements: Sequence[Change]) -> None:
    for statement in statements:
        events.emit(
            "permission.changed",
            customer_id=customer_id,
            payload={
                "purpose": statement.purpose,
                "channel": statement.channel,
                "strength": int(statement.strength),
            },
        )


@transaction.atomic
def record_contact(*, viewer: Viewer, verdict: Verdict) -> Contact:
    """Write a contact into the book, under the verdict that allowed it.

    Raises:
        NotPermitted: The verdict does not allow it, or is used up.
    """
    made = record_contacts(viewer=viewer, verdicts=[verdict])
    if not made:
        raise NotPermitted
    return made[0]


@transaction.atomic
def record_contacts(*, viewer: Viewer, verdicts: Sequence[Verdict]) -> list[Contact]:
    """Write contacts into the book, each under the verdict that allowed it; those that are there already are left out.

    Raises:
        NotPermitted: A verdict allows no contact.
    """
    if any(
        one.outcome != Outcome.ALLOW or one.kind != Verdict.Kind.CONTACT or not one.channel
        for one in verdicts
    ):
        raise NotPermitted
    used = Contact.objects.filter(enterprise_id=viewer.tenant, verdict_id__in=[one.pk for one in verdicts])
    done = set(used.values_list("verdict_id", flat=True))
    policy = InForce(viewer.tenant, viewer.now).policy
    contacts = [_contact(viewer, policy, one) for one in verdicts if one.pk not in done]
    try:
        with transaction.atomic():
            Contact.objects.bulk_create(contacts, batch_size=2_000)
    except IntegrityError as error:
        raise NotPermitted from error
    drafts = [
        events.Draft(
            "contact.made",
            viewer.now,
            {"purpose": one.purpose, "channel": one.channel, "about": one.about},
            one.customer_id,
            message_id=str(one.pk),
        )
        for one in contacts
    ]
    if drafts:
        events.write(drafts, source_id=id_of(viewer.tenant, "source", "guanxi"))
    return contacts


def _contact(viewer: Viewer, policy: judging.Policy, verdict: Verdict) -> Contact:
    weighs = pressure.weight(
        verdict.channel, verdict.purpose, asked_for=verdict.asked_for or verdict.needs < Strength.INFORMED,
        weights=policy.weights,
    )  # fmt: skip
    return Contact(
        enterprise_id=viewer.tenant,
        customer_id=verdict.customer_id,
        record_ids=verdict.record_ids,
        verdict=verdict,
        direction=Contact.Direction.OUT,
        purpose=verdict.purpose,
        channel=verdict.channel,
        about=verdict.about,
        load=weighs,
        happened_at=viewer.now,
    )


@transaction.atomic
def record_answer(*, viewer: Viewer, contact: Contact, channel: str, about: str = "") -> Contact:
    """Write down that a customer answered a contact; the first answer takes half of its weight from the pressure."""
    return _respond(viewer, contact, Contact.Response.ANSWERED, channel, about)


@transaction.atomic
def record_refusal(*, viewer: Viewer, contact: Contact, channel: str, about: str = "") -> Contact:
    """Write down that a customer refused a contact (unsubscribed, complained): it weighs half as much again."""
    return _respond(viewer, contact, Contact.Response.REFUSED, channel, about)


def _respond(viewer: Viewer, contact: Contact, kind: str, channel: str, about: str) -> Contact:
    known = Contact.objects.filter(enterprise_id=viewer.tenant, answers=contact).exclude(response="").exists()
    policy = InForce(viewer.tenant, viewer.now).policy
    age = viewer.now - contact.happened_at
    return Contact.objects.create(
        enterprise_id=viewer.tenant,
        customer_id=contact.customer_id,
        record_ids=contact.record_ids,
        answers=contact,
        direction=Contact.Direction.IN,
        purpose=contact.purpose,
        channel=channel,
        about=about,
        response="" if known else kind,
        load=0.0 if known else pressure.response(contact.load, kind, age, policy.half_life),
        happened_at=viewer.now,
    )


@transaction.atomic
def place_hold(*, viewer: Viewer, customer_id: UUID, purposes: Sequence[str], why: str) -> Hold:
    """Let contact for some purposes wait until something is settled."""
    root_id = people.whole_rows_for(viewer, customer_id)[0]
    return Hold.objects.create(
        enterprise_id=viewer.tenant,
        customer_id=root_id,
        purposes=list(purposes),
        why=why,
        placed_by=viewer.actor,
        placed_at=viewer.now,
    )


@transaction.atomic
def lift_hold(*, viewer: Viewer, hold: Hold) -> bool:
    """End a hold; whether it was still there."""
    open_one = Hold.objects.filter(pk=hold.pk, lifted_at__isnull=True)
    return bool(open_one.update(lifted_at=viewer.now, lifted_by=viewer.actor))


@transaction.atomic
def open_matter(
    *, viewer: Viewer, customer_id: UUID, kind: str, about: str = "", purpose: str = Purpose.SERVICE
) -> Matter:
    """The customer has opened a matter: it may be answered until it closes."""
    root_id = people.whole_rows_for(viewer, customer_id)[0]
    return Matter.objects.create(
        enterprise_id=viewer.tenant,
        customer_id=root_id,
        purpose=purpose,
        kind=kind,
        about=about,
        opened_at=viewer.now,
    )


@transaction.atomic
def close_matter(*, viewer: Viewer, matter: Matter) -> bool:
    """The matter is settled; whether it was still open."""
    return bool(Matter.objects.filter(pk=matter.pk, closed_at__isnull=True).update(closed_at=viewer.now))


@transaction.atomic
def set_policy(*, viewer: Viewer, policy: judging.Policy) -> Policy:
    """Write down what the enterprise allows itself; it holds from the next question on.

    The weights count for contacts from now on; those in the book keep the weight that they were made with.

    Raises:
        NotAllowed: The viewer may not change the gate.
        BadPolicy: It contradicts itself.
    """
    viewer.require("gate.change")
    _check_policy(policy)
    quiet = policy.quiet
    values = {
        "pressure_limit": policy.limit,
        "half_life_days": policy.half_life,
        "weights": {
            channel: weight for channel, weight in policy.weights.items() if channel in Channel.values
        },
        "weekly_cap": policy.weekly_cap,
        "quiet_from": quiet.start if quiet else None,
        "quiet_to": quiet.end if quiet else None,
        "zone": quiet.zone if quiet else viewer.zone,
        "least": {purpose: int(strength) for purpose, strength in policy.least.items() if strength},
        "changed_by": viewer.actor,
        "changed_at": viewer.now,
    }
    if Policy.objects.filter(enterprise_id=viewer.tenant).update(**values):
        return Policy.objects.get(enterprise_id=viewer.tenant)
    return Policy.objects.create(enterprise_id=viewer.tenant, **values)


def _check_policy(policy: judging.Policy) -> None:
    """Raises:
    BadPolicy: It contradicts itself; the field says where.
    """
    least = {**policy.least}
    wrong = {
        "pressure_limit": not 0 <= policy.limit <= 10,
        "half_life_days": not 1 <= policy.half_life <= 730,
        "weights": not all(0 <= weight <= 10 for weight in policy.weights.values()),
        "weekly_cap": policy.weekly_cap is not None and not 0 <= policy.weekly_cap <= 100,
        "quiet_from": policy.quiet is not None and policy.quiet.start == policy.quiet.end,
        "least": not (
            set(least) <= set(Purpose.values) - CONTRACTUAL and set(least.values()) <= set(range(6))
        ),
    }
    for name, bad in wrong.items():
        if bad:
            raise BadPolicy(field=name)


@transaction.atomic
def state_basis(*, viewer: Viewer, purpose: str, basis: str, words: str) -> LegalBasis:
    """Say that contact for a purpose stands on a contract or a law; what was said before ends.

    Raises:
        NotAllowed: The viewer may not change the gate.
        PermissionOnly: The purpose stands on permission alone.
        WordsMissing: It does not say which contract or law.
    """
    viewer.require("gate.change")
    if purpose not in CONTRACTUAL or basis not in Basis.values:
        raise PermissionOnly(field="purpose")
    if not words.strip():
        raise WordsMissing(field="words")
    _end_basis(viewer, purpose)
    return LegalBasis.objects.create(
        enterprise_id=viewer.tenant,
        purpose=purpose,
        basis=basis,
        words=words.strip(),
        since=viewer.now,
        stated_by=viewer.actor,
        stated_at=viewer.now,
    )


@transaction.atomic
def end_basis(*, viewer: Viewer, purpose: str) -> None:
    """Contact for a purpose stands on permission again.

    Raises:
        NotAllowed: The viewer may not change the gate.
        NotFound: It stood on nothing else.
    """
    viewer.require("gate.change")
    if not _end_basis(viewer, purpose):
        raise NotFound(field="purpose")


def _end_basis(viewer: Viewer, purpose: str) -> bool:
    standing = LegalBasis.objects.filter(enterprise_id=viewer.tenant, purpose=purpose, ended_at__isnull=True)
    return bool(standing.update(ended_at=viewer.now, ended_by=viewer.actor))
