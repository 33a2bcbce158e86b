"""A test message to oneself: it goes to the address of whoever is signed in, to no customer, and so by no gate."""

from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.core.errors import DomainError, NotFound
from guanxi.core.identity import new_id
from guanxi.core.viewer import Viewer
from guanxi.touch import channels
from guanxi.touch.channels import Down, Later, Parcel, Refused, Unsure
from guanxi.touch.outgoing import letters, queries
from guanxi.touch.outgoing.letters import Text


class NotReached(DomainError):
    """The provider did not take the test message."""

    code = "touch.not_reached"
    summary = gettext_lazy("The mail server did not take it: {said}")
    help = gettext_lazy("Look at server, port, encryption, user and sender.")


def send_to_myself(*, viewer: Viewer, template_id: UUID | None, address: str) -> None:
    """Send a template, or a few words, by e-mail to one's own address.

    Raises:
        NotFound: The channel is not set up.
        NotReached: The mail server did not take it; says what it said.
    """
    viewer.require("messages.write" if template_id else "channels.manage")
    account = queries.account_for(viewer, "email")
    if account is None or not address:
        raise NotFound(field="channel")
    text = _text(viewer, template_id)
    parcel = Parcel(
        key=new_id(), enterprise_id=viewer.tenant, message_id=new_id(), customer_id=new_id(),
        enterprise=queries.house_of(viewer), to=address, text=text, leave=letters.leave_address("preview"),
    )  # fmt: skip
    try:
        session = channels.adapter_of(account.adapter).open(queries.settings_of(viewer, account))
        try:
            session.send(parcel, lambda: None)
        finally:
            session.close()
    except (Down, Later, Refused, Unsure) as error:
        raise NotReached(said=str(error)) from error


def _text(viewer: Viewer, template_id: UUID | None) -> Text:
    if template_id is None:
        house = queries.house_of(viewer)
        words = _("This channel works.")
        return letters.text_of(
            {viewer.language: {"subject": words, "body": words}}, {"enterprise": house, "name": ""},
            language=viewer.language, version_id=new_id(), leave=letters.leave_address("preview"), notice=True,
        )  # fmt: skip
    return queries.preview_for(viewer, queries.newest_version_for(viewer, template_id), None, viewer.language)
