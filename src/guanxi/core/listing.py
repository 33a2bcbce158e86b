"""The state of a list page, all of it in the address: columns, order, cursor, filters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise

# What the list itself writes into the address; everything else is the page's own filters.
OWN = ("cursor", "sort", "columns", "exact")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list.

    Attributes:
        sort: The order it stands for, `-` before a descending one; "" where the list cannot be ordered by it.
        always: It cannot be hidden.
        shown: It is shown unless the address says otherwise.
    """

    name: str
    label: str | Promise
    sort: str = ""
    numeric: bool = False
    always: bool = False
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Heading:
    """A column as the table shows it: with the address of its order and the way it is ordered now."""

    column: Column
    href: str
    direction: str


def _shown(columns: Iterable[Column], chosen: str) -> dict[str, bool]:
    names = set(chosen.split(",")) if chosen else None
    return {
        column.name: column.always or (column.shown if names is None else column.name in names)
        for column in columns
    }


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list page was asked for; `shows` says for each column whether it is shown."""

    name: str
    columns: tuple[Column, ...]
    given: QueryDict
    sort: str
    shows: Mapping[str, bool]
    bulk: bool

    @classmethod
    def of(
        cls, given: QueryDict, columns: Iterable[Column], *, name: str, sort: str = "", bulk: bool = False
    ) -> "Listing":
        """Read the address; an order that no column offers is as if it was not given."""
        columns = tuple(columns)
        offered = {column.sort.lstrip("-") for column in columns if column.sort}
        asked = given.get("sort", "")
        shows = MappingProxyType(_shown(columns, given.get("columns", "")))
        return cls(name, columns, given, asked if asked.lstrip("-") in offered else sort, shows, bulk)

    @property
    def cursor(self) -> str | None:
        """The place in the list, None at its beginning."""
        return self.given.get("cursor") or None

    @property
    def query(self) -> str:
        """What was searched for."""
        return self.given.get("q", "").strip()

    @property
    def exact(self) -> bool:
        """Whether the exact total was asked for."""
        return "exact" in self.given

    @property
    def headings(self) -> list[Heading]:
        """The shown columns with the address of their order."""
        return [self._heading(column) for column in self.columns if self.shows[column.name]]

    @property
    def span(self) -> int:
        """How many columns a row has, the check box included."""
        return len(self.headings) + int(self.bulk)

    @property
    def choices(self) -> list[tuple[Column, bool, str]]:
        """The columns one may show or hide, whether they are shown, and the address that turns them."""
        return [
            (
                column,
                self.shows[column.name],
                self.address(columns=",".join(self._turned(column.name)), cursor=None),
            )
            for column in self.columns
            if not column.always
        ]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What a filter form carries along: order and columns."""
        return [(name, str(self.given[name])) for name in ("sort", "columns") if self.given.get(name)]

    @property
    def filtered(self) -> bool:
        """Whether anything but the list's own state stands in the address."""
        return any(name not in OWN and value for name, value in self.given.items())

    def address(self, **changes: str | None) -> str:
        """This list with some of its state changed; None takes a name away."""
        query = dict(self.given.lists())
        for name, value in changes.items():
            query.pop(name, None)
            if value is not None:
                query[name] = [value]
        return f"?{urlencode(query, doseq=True)}"

    @property
    def start(self) -> str:
        """The address of the first page."""
        return self.address(cursor=None)

    @property
    def counted(self) -> str:
        """The address that asks for the exact total."""
        return self.address(exact="1")

    def _turned(self, name: str) -> Sequence[str]:
        return [other.name for other in self.columns if self.shows[other.name] != (other.name == name)]

    def _heading(self, column: Column) -> Heading:
        if not column.sort:
            return Heading(column, "", "")
        field = column.sort.lstrip("-")
        if self.sort.lstrip("-") != field:
            return Heading(column, self.address(sort=column.sort, cursor=None), "none")
        descending = self.sort.startswith("-")
        turned = field if descending else f"-{field}"
        return Heading(
            column, self.address(sort=turned, cursor=None), "descending" if descending else "ascending"
        )
