"""What the lake takes from each package: declared in the package's `extract.py`, registered by its `wiring.py`.

Light on purpose: every process loads the declarations, only the analysing process copies rows (`mining.lake`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# Whole numbers and text only, so that every engine reads the same: money in minor units, days as days since 1970-01-01
# in the enterprise's zone, moments as microseconds since then.
LakeType = Literal["string", "int32", "int64", "double", "bool"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the lake.

    Attributes:
        expression: What PostgreSQL gives, in SQL over the extract's source; `%(zone)s` is the enterprise's time zone.
        type: What the lake keeps.
    """

    expression: str
    type: LakeType = "string"


@dataclass(frozen=True, slots=True)
class Extract:
    """A table of the lake.

    Attributes:
        name: As measures call it.
        source: The FROM clause; its rows are already limited to the tenant by row security.
        tenant: The column of the tenant, so that indexes that begin with it serve.
        columns: What is taken; never a private field.
        month: SQL of the moment by which rows are cut into files of a month; "" keeps all in one file.
        newest: SQL of what grows when a row is added or changed, so that changed months are noticed.
        sums: Columns (whole numbers) whose sums must agree between source and lake.
    """

    name: str
    source: str
    tenant: str
    columns: Mapping[str, Column]
    month: str = ""
    newest: str = ""
    sums: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        """Refuse what could not be checked later."""
        wrong = [one for one in self.sums if self.columns[one].type not in ("int32", "int64")]
        if wrong:
            raise ValueError(
                f"Only whole numbers have sums that every engine agrees on: {wrong} of {self.name}."
            )


_extracts: dict[str, Extract] = {}


def register(*extracts: Extract) -> None:
    """Have the lake take these tables; registering a name again replaces it."""
    _extracts.update({extract.name: extract for extract in extracts})


def registered() -> dict[str, Extract]:
    """All tables of the lake by name."""
    return dict(sorted(_extracts.items()))


def get(name: str) -> Extract:
    """The table of the lake of this name.

    Raises:
        KeyError: Nobody registered one.
    """
    return _extracts[name]


def cents(expression: str) -> Column:
    """Money as whole minor units."""
    return Column(f"({expression} * 100)::bigint", "int64")


def day(expression: str) -> Column:
    """The day of a moment in the enterprise's zone, counted from 1970-01-01."""
    return Column(f"(({expression} AT TIME ZONE %(zone)s)::date - DATE '1970-01-01')", "int32")


def month(expression: str) -> Column:
    """The month of a moment in the enterprise's zone, as year * 12 + month - 1."""
    local = f"{expression} AT TIME ZONE %(zone)s"
    return Column(f"(extract(year FROM {local}) * 12 + extract(month FROM {local}) - 1)::int", "int32")


def moment(expression: str) -> Column:
    """A moment in microseconds since 1970-01-01 UTC."""
    return Column(f"(extract(epoch FROM {expression}) * 1000000)::bigint", "int64")
