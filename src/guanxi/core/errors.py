"""The base of every error that a user may cause, and how it speaks."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """Something that was asked for cannot be done.

    Pages and the API turn it into a page or a problem+json once, at the border. A subclass states `code` (stable, for
    machines), `status` (HTTP) and `help` (what to do); the message says what happened, in the user's language.

    Args:
        message: What happened; the class's `summary` when left out. `{name}` is filled from `facts`.
        field: The field of the input that is at fault, where there is one.
        facts: Values that the message names, kept for machines.
    """

    code: ClassVar[str] = "core.refused"
    status: ClassVar[int] = 409
    summary: ClassVar[Any] = _("This cannot be done.")
    help: ClassVar[Any] = ""

    def __init__(self, message: Any = "", *, field: str | None = None, **facts: object) -> None:
        self.message = message or self.summary
        self.field = field
        self.facts = facts
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message).format(**self.facts) if self.facts else str(self.message)


class NotFound(DomainError):
    """There is no such thing, or the viewer may not know that there is."""

    code = "core.not_found"
    status = 404
    summary = _("There is nothing here, or you may not see it.")


class NotAllowed(DomainError):
    """The viewer's role does not hold the right that this needs."""

    code = "core.not_allowed"
    status = 403
    summary = _("Your role does not allow this.")
    help = _("Ask an owner of the enterprise to do it or to change your role.")


class Invalid(DomainError):
    """A value is not acceptable; `field` names it."""

    code = "core.invalid"
    status = 422
    summary = _("A value is not acceptable.")
