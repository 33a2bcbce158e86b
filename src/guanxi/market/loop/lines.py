"""Of what the loop report is made: parts of lines; a line is a figure with its words, or says that nothing is known."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

TITLES = {
    "came_in": gettext_lazy("What came in"),
    "who": gettext_lazy("Who they are"),
    "worth": gettext_lazy("What they are worth, and why"),
    "slipping": gettext_lazy("Who is slipping"),
    "tried": gettext_lazy("What was tried"),
    "did": gettext_lazy("What it did"),
    "refused": gettext_lazy("What the gate refused"),
    "next": gettext_lazy("What to try next, and how many people are needed to know"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that the report says.

    Attributes:
        name: For machines, unique in its part.
        value: As the reader's language writes it; "" where the label is a sentence of its own.
        figure: The plain number behind it.
        note: What belongs to it.
        page: Where one sees more: the name of a page and its argument.
        known: False where nothing is known yet; the label then says why.
    """

    name: str
    label: str
    value: str = ""
    figure: float | None = None
    note: str = ""
    page: tuple[str, str] = ("", "")
    known: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """One heading of the report with its lines."""

    name: str
    lines: tuple[Line, ...]

    @property
    def title(self) -> str:
        """The heading."""
        return str(TITLES[self.name])


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report, as of a time of the enterprise's clock."""

    as_of: datetime
    currency: str
    parts: tuple[Part, ...]

    def facts(self) -> dict[str, Any]:
        """The report for machines."""
        parts = [
            {"name": one.name, "title": one.title, "lines": [asdict(line) for line in one.lines]}
            for one in self.parts
        ]
        return {"as_of": self.as_of.isoformat(), "currency": self.currency, "parts": parts}

    @classmethod
    def of(cls, facts: dict[str, Any], as_of: datetime) -> "Report":
        """The report that these facts say."""
        parts = (
            Part(one["name"], tuple(Line(**{**line, "page": tuple(line["page"])}) for line in one["lines"]))
            for one in facts["parts"]
        )
        return cls(as_of, facts["currency"], tuple(parts))


def unknown(name: str, why: str) -> Line:
    """A line that says what is not known, and why."""
    return Line(name, why, known=False)


def nothing_measured() -> Line:
    """What is said where no run of the measures has ended well."""
    return unknown("unmeasured", _("Nobody is measured yet: run the measures first."))
