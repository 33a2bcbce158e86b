"""Reads of the outgoing half: templates, messages and how far they have come, channels and how they are doing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import QuerySet

from guanxi.consent.models import Verdict
from guanxi.consent.words import Channel, Reason
from guanxi.core import sealing
from guanxi.core.errors import NotFound
from guanxi.core.models import Enterprise
from guanxi.core.viewer import Viewer
from guanxi.people import queries as people
from guanxi.touch import channels
from guanxi.touch.models import Account, Attempt, Health, Letter, Message, Outbox, Template, Version, Waiting
from guanxi.touch.outgoing import letters, recipients, tokens
from guanxi.touch.outgoing.letters import Text
from guanxi.touch.outgoing.words import Ending, State

# Where nothing is set up yet: what a channel reaches people by.
_REACHES = {Channel.EMAIL: "email", Channel.SMS: "phone", Channel.PHONE: "phone"}
#: What stands in a preview where a message brings a fact of its own.
EXAMPLE = "…"


def templates_for(viewer: Viewer) -> QuerySet[Template]:
    """The templates that are offered."""
    viewer.require("messages.read")
    return Template.objects.filter(enterprise_id=viewer.tenant, retired_at__isnull=True)


def template_for(viewer: Viewer, template_id: UUID) -> Template:
    """One template, retired or not.

    Raises:
        NotFound: There is none.
    """
    viewer.require("messages.read")
    template = Template.objects.filter(enterprise_id=viewer.tenant, pk=template_id).first()
    if template is None:
        raise NotFound(field="template")
    return template


def newest_of(viewer: Viewer, template_id: UUID) -> Version | None:
    """What a template says now."""
    return versions_for(viewer, template_id).first()


def newest_version_for(viewer: Viewer, template_id: UUID) -> Version:
    """What a template says now.

    Raises:
        NotFound: There is no such template.
    """
    version = newest_of(viewer, template_for(viewer, template_id).pk)
    if version is None:
        raise NotFound(field="template")
    return version


def versions_for(viewer: Viewer, template_id: UUID) -> QuerySet[Version]:
    """All that a template has said, the newest first."""
    return Version.objects.filter(enterprise_id=viewer.tenant, template_id=template_id).order_by("-number")


def house_of(viewer: Viewer) -> str:
    """What the enterprise is called."""
    return Enterprise.objects.values_list("name", flat=True).get(pk=viewer.tenant)


def preview_for(viewer: Viewer, version: Version, customer_id: UUID | None, language: str) -> Text:
    """A version as a customer would read it; without one, as nobody in particular.

    Raises:
        NotFound: There is no such customer, or the viewer may not see them.
    """
    name = ""
    if customer_id:
        root_id, _records = people.whole_rows_for(viewer, customer_id)
        found = recipients.recipients(viewer, [root_id], "")
        name = found[root_id].name if root_id in found else ""
    names = letters.names_in(version.texts)
    facts = dict.fromkeys(names, EXAMPLE) | {"name": name, "enterprise": house_of(viewer)}
    return letters.text_of(
        version.texts, facts, language=language, version_id=version.pk, leave=letters.leave_address("preview")
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A message in a list, with how far it has come."""

    message: Message
    template: str
    customer: str
    outbox: Outbox | None
    waiting: Waiting | None

    @property
    def state(self) -> str:
        """Its state as a word of ours: a state of the outbox, `waiting` or `refused`."""
        if self.outbox:
            return self.outbox.state
        return "waiting" if self.waiting and self.waiting.ended_at is None else "refused"

    @property
    def reason(self) -> str:
        """Why it stands so, in words."""
        code = self.outbox.reason if self.outbox else self.waiting.reason if self.waiting else ""
        if code in Ending.values:
            return str(Ending(code).label)
        return str(Reason(code).label) if code in Reason.values else code


def messages_for(
    viewer: Viewer, *, state: str = "", channel: str = "", record_ids: Sequence[UUID] = ()
) -> QuerySet[Message]:
    """Messages in a state, by a channel, to the records of one customer."""
    viewer.require("messages.read")
    found = Message.objects.filter(enterprise_id=viewer.tenant).select_related("outbox", "waiting")
    if state in State.values:
        found = found.filter(outbox__state=state)
    elif state == "waiting":
        found = found.filter(waiting__ended_at__isnull=True, outbox__isnull=True, waiting__isnull=False)
    elif state == "refused":
        found = found.filter(waiting__ended_at__isnull=False, outbox__isnull=True)
    if channel:
        found = found.filter(channel=channel)
    if record_ids:
        found = found.filter(customer_id__among=list(record_ids))
    return found


def message_for(viewer: Viewer, message_id: UUID) -> Message:
    """One message.

    Raises:
        NotFound: There is none, or the viewer may not see its customer.
    """
    message = messages_for(viewer).filter(pk=message_id).first()
    if message is None:
        raise NotFound(field="message")
    people.whole_rows_for(viewer, message.customer_id)
    return message


def lines(viewer: Viewer, messages: Sequence[Message]) -> list[Line]:
    """Messages as a list shows them, names and templates by one question each."""
    names = dict(
        Template.objects.filter(
            enterprise_id=viewer.tenant, pk__in={message.template_id for message in messages}
        ).values_list("pk", "name")
    )
    called = people.titles_for(viewer, {message.customer_id for message in messages})
    return [
        Line(
            message,
            names.get(message.template_id, ""),
            called.get(message.customer_id, "–"),
            getattr(message, "outbox", None),
            getattr(message, "waiting", None),
        )
        for message in messages
    ]


@dataclass(frozen=True, slots=True)
class Whole:
    """A message with all that belongs to it."""

    line: Line
    verdict: Verdict | None
    attempts: list[Attempt]
    repeatable: bool
    token: str


def whole_for(viewer: Viewer, message_id: UUID) -> Whole:
    """A message with its verdict and its attempts.

    Raises:
        NotFound: There is none, or the viewer may not see its customer.
    """
    message = message_for(viewer, message_id)
    line = lines(viewer, [message])[0]
    verdict = (
        Verdict.objects.filter(enterprise_id=viewer.tenant, pk=line.outbox.verdict_id).first()
        if line.outbox
        else None
    )
    attempts = Attempt.objects.filter(enterprise_id=viewer.tenant, message_id=message_id).order_by("pk")
    account = account_for(viewer, message.channel)
    repeatable = bool(account and channels.adapter_of(account.adapter).repeatable)
    return Whole(line, verdict, list(attempts), repeatable, tokens.token_of(viewer.tenant, message_id))


def account_for(viewer: Viewer, channel: str) -> Account | None:
    """How a channel reaches people; None where it is not set up."""
    return Account.objects.filter(enterprise_id=viewer.tenant, channel=channel).first()


def settings_of(viewer: Viewer, account: Account) -> Mapping[str, Any]:
    """The settings of a channel, opened."""
    key = sealing.keys_for(viewer.tenant, [account.pk]).get(account.pk)
    opened: Mapping[str, Any] = (
        msgspec.json.decode(sealing.decrypt(key, bytes(account.settings))) if key and account.settings else {}
    )
    return opened


def reaches_by(viewer: Viewer, channel: str) -> str:
    """The kind of identifier that a channel needs; "" where it needs none."""
    account = account_for(viewer, channel)
    if account is None:
        return _REACHES.get(Channel(channel), "")
    return channels.adapter_of(account.adapter).reaches.get(channel, "")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a channel stands now."""

    channel: Channel
    account: Account | None
    health: Health | None
    queued: int
    unknown: int
    waiting: int
    lag_seconds: float
    resting: bool

    @property
    def state(self) -> str:
        """`missing`, `paused`, `resting` (the breaker is open), `well`."""
        if self.account is None:
            return "missing"
        if self.account.paused_at:
            return "paused"
        return "resting" if self.resting else "well"

    @property
    def way(self) -> Any:
        """The name of its adapter."""
        return channels.adapter_of(self.account.adapter).label if self.account else ""


_STANDING = """
SELECT channel, count(*) FILTER (WHERE state = 'queued'), count(*) FILTER (WHERE state = 'unknown'),
       coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE state = 'queued')), 0)
FROM touch_outbox WHERE enterprise_id = %s AND state IN ('queued', 'unknown') GROUP BY channel
"""
_ROOM = """
SELECT m.channel, count(*) FROM touch_waiting w JOIN touch_message m
  ON m.enterprise_id = w.enterprise_id AND m.id = w.message_id
WHERE w.enterprise_id = %s AND w.ended_at IS NULL GROUP BY m.channel
"""
_HEALTH = "SELECT channel, open_until > now() FROM touch_health WHERE enterprise_id = %s"


def standings_for(viewer: Viewer) -> list[Standing]:
    """Every channel and how it stands."""
    viewer.require("messages.read")
    accounts = {one.channel: one for one in Account.objects.filter(enterprise_id=viewer.tenant)}
    health = {one.channel: one for one in Health.objects.filter(enterprise_id=viewer.tenant)}
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [viewer.tenant])
        counts = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(_ROOM, [viewer.tenant])
        room = dict(cursor.fetchall())
        cursor.execute(_HEALTH, [viewer.tenant])
        resting = dict(cursor.fetchall())
    found = []
    for channel in Channel:
        queued, unknown, lag = counts.get(channel, (0, 0, 0))
        found.append(
            Standing(
                channel, accounts.get(channel), health.get(channel), queued=queued, unknown=unknown,
                waiting=room.get(channel, 0), lag_seconds=max(0.0, float(lag)), resting=bool(resting.get(channel)),
            )
        )  # fmt: skip
    return found


def standing_for(viewer: Viewer, channel: str) -> Standing:
    """How one channel stands.

    Raises:
        NotFound: There is no such channel.
    """
    for standing in standings_for(viewer):
        if standing.channel == channel:
            return standing
    raise NotFound(field="channel")


def letters_for(viewer: Viewer) -> QuerySet[Letter]:
    """The messages at a person's own door, the newest first."""
    return Letter.objects.select_related("enterprise").order_by("-arrived_at", "-pk")


@dataclass(frozen=True, slots=True)
class Opened:
    """A letter as the person reads it."""

    letter: Letter
    subject: str
    body: str


def opened(viewer: Viewer, found: Sequence[Letter]) -> list[Opened]:
    """Letters in plain text, for the person to whom they were written."""
    texts: dict[UUID, tuple[str, str]] = {}
    for enterprise_id in {letter.enterprise_id for letter in found}:
        mine = [letter for letter in found if letter.enterprise_id == enterprise_id]
        sealed = [(one.customer_id, one.subject) for one in mine] + [
            (one.customer_id, one.body) for one in mine
        ]
        read = sealing.reveal(viewer, sealed, fields=("letter",), enterprise_id=enterprise_id)
        for place, one in enumerate(mine):
            texts[one.pk] = (read[place] or "–", read[len(mine) + place] or "")
    return [Opened(letter, *texts[letter.pk]) for letter in found]
