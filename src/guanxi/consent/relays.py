"""Aliases: an address for one enterprise alone, what comes in for it, and the leak that it names. And reports.

The relay itself (mail servers, numbers) is not here: it calls `received_for_alias` for whatever comes in and does what
the answer says.
"""

from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from guanxi.consent.models import Alias, Arrival, Contact, Report, Sender
from guanxi.core import events, sealing, secrets, viewers
from guanxi.core.errors import DomainError, Invalid, NotAllowed, NotFound
from guanxi.core.identity import new_id
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.people import relations

_NOBODY = UUID(int=0)


class ReportedAlready(DomainError):
    """A contact counts once."""

    code = "consent.reported_already"
    summary = _("You have reported this contact already; it counts once.")


class BadDomain(Invalid):
    """A sender is named by the domain it writes from."""

    code = "consent.bad_domain"
    summary = _("Write a domain such as shop.example.")


@dataclass(frozen=True, slots=True)
class Received:
    """What a relay does with something that came in.

    Attributes:
        known: Whether the address is an alias at all.
        deliver: Whether it goes on to the person.
        outcome: `delivered`, `leak`, `closed`; "" where the address is unknown.
        person_id: To whom it goes on.
    """

    known: bool
    deliver: bool = False
    outcome: str = ""
    enterprise_id: UUID | None = None
    alias_id: UUID | None = None
    person_id: UUID | None = None


@transaction.atomic
def make_alias(*, viewer: Viewer, enterprise_id: UUID, kind: str) -> tuple[UUID, str]:
    """An address or a code of an individual's own for one enterprise; its id and its text.

    Raises:
        NotFound: They have no relation to this enterprise, or there is no such kind.
    """
    customer_id = _record_of(viewer, enterprise_id)
    if kind not in (Alias.Kind.EMAIL, Alias.Kind.CODE):
        # A number needs a pool of numbers, which comes with the relay.
        raise NotFound(field="kind")
    drawn = secrets.short_code().lower()
    text = f"{drawn}@{mail_domain()}" if kind == Alias.Kind.EMAIL else drawn
    key = sealing.keys_for(enterprise_id, [customer_id])[customer_id]
    alias = Alias.objects.create(
        id=new_id(), enterprise_id=enterprise_id, customer_id=customer_id, person_id=viewer.person_id, kind=kind,
        digest=_digest(text), value=sealing.encrypt(key, text), made_at=viewer.now,
    )  # fmt: skip
    return alias.pk, text


@transaction.atomic
def close_alias(*, viewer: Viewer, alias_id: UUID) -> bool:
    """Switch an alias off for good: nothing is passed on any more; whether it was still on.

    Raises:
        NotFound: There is no such alias of theirs.
    """
    theirs = Alias.objects.filter(pk=alias_id, person_id=viewer.person_id)
    if not theirs.exists():
        raise NotFound(field="alias")
    return bool(theirs.filter(closed_at=None).update(closed_at=viewer.now))


@transaction.atomic
def accept_sender(*, viewer: Viewer, alias_id: UUID, domain: str) -> None:
    """The individual says that a sender belongs to the enterprise: from now on it is passed on.

    Raises:
        NotFound: There is no such alias of theirs, or nothing came from there.
    """
    alias = Alias.objects.select_for_update().filter(pk=alias_id, person_id=viewer.person_id).first()
    if alias is None or not Arrival.objects.filter(alias_id=alias_id, domain=domain).exists():
        raise NotFound(field="alias")
    alias.expected = sorted({*alias.expected, domain})
    alias.save(update_fields=["expected"])


@transaction.atomic
def name_sender(*, viewer: Viewer, domain: str) -> bool:
    """Staff name a domain from which the enterprise writes; whether it is new.

    Raises:
        BadDomain: It is none.
    """
    viewer.require("settings.manage")
    text = domain.strip().lower().removeprefix("@")
    if (
        "." not in text
        or not all(part.replace("-", "").isalnum() for part in text.split("."))
        or len(text) > 253
    ):
        raise BadDomain(field="domain")
    _row, new = Sender.objects.get_or_create(
        enterprise_id=viewer.tenant, domain=text, defaults={"added_by": viewer.actor, "added_at": viewer.now}
    )
    return new


@transaction.atomic
def drop_sender(*, viewer: Viewer, sender_id: UUID) -> None:
    """The enterprise does not write from this domain any more.

    Raises:
        NotFound: It has named no such domain.
    """
    viewer.require("settings.manage")
    gone, _rows = Sender.objects.filter(enterprise_id=viewer.tenant, pk=sender_id).delete()
    if not gone:
        raise NotFound(field="sender")


def received_for_alias(*, address: str, sender: str, at: datetime | None = None) -> Received:
    """Something came in for an address: whose it is, whether it goes on, and whether it names a leak.

    It is called by whatever takes messages in, before any tenant is known; it opens the enterprise's tenancy itself.

    Args:
        address: To which it was sent: a mail address, a number, a code.
        sender: Who sent it, as the message says: `Shop <news@shop.example>`, a number.
        at: When it came; the enterprise's now where left out.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT alias, enterprise FROM consent_alias_of(%s)", [_digest(address)])
        row = cursor.fetchone()
    if row is None:
        return Received(known=False)
    viewer = viewers.for_process(row[1], "relay")
    with tenancy(viewer):
        return _received(viewer, Alias.objects.get(pk=row[0]), sender, at or viewer.now)


def _received(viewer: Viewer, alias: Alias, sender: str, at: datetime) -> Received:
    domain = domain_of(sender)
    theirs = _theirs(alias, domain)
    outcome = Arrival.Outcome.DELIVERED if theirs else Arrival.Outcome.LEAK
    if theirs and alias.closed_at:
        outcome = Arrival.Outcome.CLOSED
    key = sealing.keys_for(viewer.tenant, [alias.customer_id], create=True)[alias.customer_id]
    Arrival.objects.create(
        enterprise_id=viewer.tenant, customer_id=alias.customer_id, alias=alias, outcome=outcome, domain=domain,
        sender=sealing.encrypt(key, sender[:320]), arrived_at=at,
    )  # fmt: skip
    if outcome == Arrival.Outcome.LEAK:
        payload = {"kind": alias.kind, "domain": domain}
        events.emit(
            "alias.leaked", customer_id=alias.customer_id, payload=payload, key=f"{alias.pk}:{domain}"
        )
    deliver = outcome == Arrival.Outcome.DELIVERED
    return Received(True, deliver, outcome, viewer.tenant, alias.pk, alias.person_id)


def _theirs(alias: Alias, domain: str) -> bool:
    """Whether a sender is the enterprise to which the alias was given.

    Where the enterprise has named no domain, the first who wrote counts as theirs: nobody else had the address.
    """
    named = [*Sender.objects.filter(enterprise_id=alias.enterprise_id).values_list("domain", flat=True)]
    known = [*named, *alias.expected]
    if not known:
        first = (
            Arrival.objects.filter(alias=alias)
            .order_by("arrived_at", "pk")
            .values_list("domain", flat=True)[:1]
        )
        known = list(first) or [domain]
    return any(domain == one or domain.endswith(f".{one}") for one in known)


def domain_of(sender: str) -> str:
    """By what senders are told apart: the domain of a mail address, else the text itself in small letters."""
    address = parseaddr(sender)[1] or sender
    return address.rpartition("@")[2].strip().lower()[:253]


@transaction.atomic
def report(*, viewer: Viewer, contact_id: UUID, why: str) -> None:
    """An individual says that a contact should not have been: it lowers standing and raises what contacts cost.

    Raises:
        NotFound: It is no contact of theirs, or the reason is none.
        ReportedAlready: They have said so before.
    """
    if viewer.person_id is None:
        raise NotAllowed
    contact = (
        Contact.objects.filter(pk=contact_id, direction=Contact.Direction.OUT)
        .select_related("enterprise")
        .first()
    )
    if contact is None or why not in Report.Why.values:
        raise NotFound(field="contact")
    mine = {claim.customer_id for claim in relations.claims_for(viewer)}
    customer_id = next(record for record in contact.record_ids if record in mine)
    try:
        with transaction.atomic():
            Report.objects.create(
                enterprise_id=contact.enterprise_id, customer_id=customer_id, person_id=viewer.person_id,
                contact_id=contact.pk, why=why, reported_at=contact.enterprise.clock or viewer.now,
            )  # fmt: skip
    except IntegrityError as error:
        raise ReportedAlready from error
    with tenancy(viewers.for_process(contact.enterprise_id, "portal", request_id=viewer.request_id)):
        payload = {"why": why, "purpose": contact.purpose, "channel": contact.channel, "about": contact.about}
        events.emit("contact.reported", customer_id=customer_id, payload=payload, key=f"report:{contact.pk}")


def count_standing(*, viewer: Viewer) -> None:
    """Have the database count what the enterprise's standing is computed from, as of its now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT consent_keep_standing(%s)", [viewer.now])


def mail_domain() -> str:
    """The domain of the aliases of this installation."""
    configuration = settings.CONFIGURATION
    return configuration.mail_domain or urlsplit(configuration.address).hostname or "localhost"


def _record_of(viewer: Viewer, enterprise_id: UUID) -> UUID:
    claims = relations.claims_for(viewer)
    records = [claim.customer_id for claim in claims if claim.enterprise_id == enterprise_id]
    if not records:
        raise NotFound(field="enterprise")
    return records[0]


def _digest(address: str) -> bytes:
    # For the installation as a whole: what comes in does not say whose it is.
    return sealing.digest(_NOBODY, (parseaddr(address)[1] or address).strip().lower())
