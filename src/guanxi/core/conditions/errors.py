"""What can be wrong with a condition, and where in its text."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.core.errors import Invalid


class ConditionError(Invalid):
    """A condition that cannot be used; `start` and `end` say which part of its text is meant."""

    code = "condition.wrong"
    summary = _("The condition cannot be used.")

    def __init__(self, message: Any = "", *, start: int, end: int, **facts: object) -> None:
        super().__init__(message, field="condition", start=start, end=end, **facts)
        self.start = start
        self.end = end


class BadSyntax(ConditionError):
    """The text is not an expression."""

    code = "condition.syntax"
    summary = _("The condition stops making sense at position {start}: {found}.")


class UnknownAttribute(ConditionError):
    """A name that is not in the catalogue."""

    code = "condition.unknown_name"
    summary = _("Nothing is called “{name}” (position {start}). Did you mean {nearest}?")


class WrongType(ConditionError):
    """Two parts do not fit together."""

    code = "condition.wrong_type"
    summary = _("{left} and {right} cannot be combined by {operator} (position {start}).")


class NotOffered(ConditionError):
    """Something that CEL knows and that we do not offer, because the engines would not agree on it."""

    code = "condition.not_offered"
    summary = _("{what} is not offered in conditions (position {start}). {instead}")


class MayOverflow(ConditionError):
    """An arithmetic result that could leave the numbers on which all engines agree."""

    code = "condition.may_overflow"
    summary = _(
        "The result of {part} may be too large or too small (position {start}): narrow its range first."
    )


class TooLarge(ConditionError):
    """A condition longer or deeper than a person would write."""

    code = "condition.too_large"
    summary = _("The condition is too long or nested too deeply.")
