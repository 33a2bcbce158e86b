"""The rail, the switch of enterprises and the command palette: what packages registered, made ready to be shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from guanxi.core import slots
from guanxi.core.viewer import Viewer
from guanxi.core.viewers import Membership

Words = str | Promise
# The order and the words of the rail's groups; daily work has no heading.
GROUPS: dict[str, Words] = {"": "", "Grow": _("Grow"), "Understand": _("Understand"), "Places": _("Places")}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the rail."""

    label: Words
    href: str
    count: int | None
    key: str
    here: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of the rail under one heading."""

    heading: Words
    entries: list[Entry]


def navigation(viewer: Viewer, path: str) -> list[Group]:
    """The rail for a viewer at an address."""
    lines = [shown.variables for shown in slots.shown("desk.navigation", viewer)]
    here = _longest(
        path, (str(line["href"]) for line in lines if path == line["href"] or not line.get("exact"))
    )
    grouped: dict[str, list[Entry]] = {name: [] for name in GROUPS}
    for line in lines:
        entry = Entry(
            line["label"], line["href"], line.get("count"), line.get("key", ""), line["href"] == here
        )
        grouped.setdefault(str(line.get("group", "")), []).append(entry)
    return [Group(GROUPS.get(name, name), entries) for name, entries in grouped.items() if entries]


def _longest(path: str, addresses: Iterable[str]) -> str:
    return max((address for address in addresses if path.startswith(address)), key=len, default="")


@dataclass(frozen=True, slots=True)
class Workplace:
    """An enterprise that the account works for."""

    enterprise_id: UUID
    name: str
    here: bool


def workplaces(memberships: Iterable[Membership], viewer: Viewer) -> list[Workplace]:
    """The enterprises between which an account may switch, the present one first."""
    places = [
        Workplace(place.enterprise_id, place.name, place.enterprise_id == viewer.enterprise_id)
        for place in memberships
    ]
    return sorted(places, key=lambda place: not place.here)


@dataclass(frozen=True, slots=True)
class Found:
    """What the command palette offers under one heading."""

    heading: Words
    entries: list[Mapping[str, Any]]


def palette(viewer: Viewer, text: str) -> list[Found]:
    """Pages and whatever packages find for a text."""
    wanted = text.casefold()
    pages: list[Mapping[str, Any]] = [
        {"label": entry.label, "href": entry.href, "hint": f"g {entry.key}" if entry.key else ""}
        for group in navigation(viewer, "")
        for entry in group.entries
        if wanted in str(entry.label).casefold()
    ]
    found = [Found(_("Pages"), pages)] if pages else []
    for shown in slots.shown("palette", viewer, text):
        if entries := list(shown.variables.get("entries", ())):
            found.append(Found(shown.variables.get("title", ""), entries))
    # What was searched for comes before pages that merely hold the letters.
    return found[1:] + found[:1] if wanted and pages else found
