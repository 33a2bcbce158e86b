"""Messages over the API: templates, posting to one customer, and how far a message has come."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from guanxi.api.permissions import Channel, Purpose, Strength
from guanxi.api.shell import ApiRequest, In, Out, Page, Paging, Query, Router, page
from guanxi.api.types import Flag, Id, LongText, Moment, Text
from guanxi.touch.outgoing import queries, services

router = Router(reads="messages.read", writes="messages.write", tags=["Messages"])

Language = Literal["en", "zh-hans"]
State = Literal[
    "queued", "sending", "sent", "bounced", "complained", "failed", "unknown", "stopped", "waiting", "refused"
]


class TextIn(In):
    """What a template says in one language: Markdown, with places like `{{ name }}`."""

    subject: Annotated[Text, Field(min_length=1, max_length=200)]
    body: Annotated[LongText, Field(min_length=1, max_length=20_000)]


class TemplateIn(In):
    """A template, or a new version of the one that has this name."""

    name: Annotated[Text, Field(min_length=1, max_length=100)]
    en: TextIn | None = None
    zh_hans: TextIn | None = None


class TemplateOut(Out):
    """A text that is sent to many. `version` counts up; what was sent keeps its own."""

    id: Id
    name: str
    version: int
    texts: dict[str, dict[str, str]]
    created_at: Moment


class MessageIn(In):
    """A message to one customer. The same template on the same `occasion` is sent to them once."""

    template_id: Id
    customer_id: Id
    channel: Channel
    purpose: Purpose
    needs: Strength = 2
    occasion: Annotated[Text, Field(min_length=1, max_length=200)]
    about: Annotated[Text, Field(max_length=200)] = ""
    asked_for: Flag = False
    facts: Annotated[
        dict[Annotated[Text, Field(max_length=40)], Annotated[Text, Field(max_length=500)]],
        Field(max_length=50),
    ] = {}
    not_before: Moment | None = None


class PostedOut(Out):
    """What became of it: `queued`, `deferred` by the gate, `refused` with the reason, or `known` before."""

    outcome: Literal["queued", "deferred", "refused", "known"]
    reason: str


class MessageOut(Out):
    """A message and how far it has come. `unknown`: handed over, no answer noted; not sent again by itself."""

    id: Id
    template_id: Id
    customer_id: Id
    channel: Channel
    purpose: Purpose
    occasion: str
    about: str
    state: State
    reason: str
    posted_at: Moment


class MessageFilter(Paging):
    """Which messages."""

    state: State | None = None
    channel: Channel | None = None


@router.get("/templates", response=Page[TemplateOut])
def list_templates(request: ApiRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the templates, the newest first."""

    def present(rows: list[Any]) -> list[Any]:
        return [_template(template, queries.newest_of(request.viewer, template.pk)) for template in rows]

    found = queries.templates_for(request.viewer)
    return page(request, found, paging, order=("-created_at", "-id"), present=present)


@router.post("/templates", response={201: TemplateOut})
def write_template(request: ApiRequest, body: TemplateIn) -> object:
    """Write a template, or a new version of the one that has this name."""
    given = {"en": body.en, "zh-hans": body.zh_hans}
    texts = {language: text.model_dump() for language, text in given.items() if text}
    known = queries.templates_for(request.viewer).filter(name=body.name).first()
    template = services.save_template(
        viewer=request.viewer, name=body.name, texts=texts, template_id=known.pk if known else None
    )
    return _template(template, queries.newest_of(request.viewer, template.pk))


@router.post("/messages", response={201: PostedOut})
def post_message(request: ApiRequest, body: MessageIn) -> object:
    """Have a message said to one customer, once on this occasion, where the gate allows it."""
    facts = {body.customer_id: body.facts} if body.facts else None
    given = body.model_dump(exclude={"customer_id", "facts"})
    posted = services.post(viewer=request.viewer, customer_ids=[body.customer_id], facts=facts, **given)
    reason = next(iter(posted.refused), "")
    outcome = (
        "queued" if posted.queued else "deferred" if posted.deferred else "refused" if reason else "known"
    )
    return {"outcome": outcome, "reason": reason}


@router.get("/messages", response=Page[MessageOut])
def list_messages(request: ApiRequest, asked: Query[MessageFilter]) -> dict[str, Any]:
    """List the messages, the newest first."""
    found = queries.messages_for(request.viewer, state=asked.state or "", channel=asked.channel or "")

    def present(rows: list[Any]) -> list[Any]:
        return [_message(line) for line in queries.lines(request.viewer, rows)]

    return page(request, found, asked, order=("-posted_at", "-id"), present=present)


@router.get("/messages/{message_id}", response=MessageOut)
def read_message(request: ApiRequest, message_id: Id) -> object:
    """Read one message and how far it has come."""
    return _message(queries.whole_for(request.viewer, message_id).line)


@router.post("/messages/{message_id}/cancel", response=MessageOut)
def cancel_message(request: ApiRequest, message_id: Id) -> object:
    """Take back a message that has not left."""
    services.cancel(viewer=request.viewer, message_id=message_id)
    return read_message(request, message_id)


def _template(template: Any, version: Any) -> Mapping[str, Any]:
    return {
        "id": template.pk, "name": template.name, "version": version.number if version else 0,
        "texts": version.texts if version else {}, "created_at": template.created_at,
    }  # fmt: skip


def _message(line: queries.Line) -> Mapping[str, Any]:
    message = line.message
    code = line.outbox.reason if line.outbox else line.waiting.reason if line.waiting else ""
    return {
        "id": message.pk, "template_id": message.template_id, "customer_id": message.customer_id,
        "channel": message.channel, "purpose": message.purpose, "occasion": message.occasion, "about": message.about,
        "state": line.state, "reason": code, "posted_at": message.posted_at,
    }  # fmt: skip
