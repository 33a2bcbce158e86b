"""What the import pages show, from what the engine knows, and what their form says, as the engine wants it."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.core import formats
from guanxi.core.importing import queries
from guanxi.core.viewer import Viewer

STEPS = (gettext_lazy("File"), gettext_lazy("Columns"), gettext_lazy("Dry run"), gettext_lazy("Import"))
ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "gb18030",
    "big5",
    "cp1252",
    "cp1250",
    "cp1251",
    "shift_jis",
    "euc_kr",
)
DELIMITERS = ((",", ","), (";", ";"), ("\t", gettext_lazy("Tab")), ("|", "|"))
DATE_ORDERS = (
    ("YMD", gettext_lazy("2024-12-31 (year first)")),
    ("DMY", gettext_lazy("31/12/2024 (day first)")),
    ("MDY", gettext_lazy("12/31/2024 (month first)")),
)
DECIMAL_SIGNS = ((".", "1,234.56"), (",", "1.234,56"))
LOOKS = {
    "integer": gettext_lazy("whole numbers"),
    "decimal": gettext_lazy("numbers"),
    "money": gettext_lazy("amounts"),
    "date": gettext_lazy("dates"),
    "datetime": gettext_lazy("times"),
    "compact": gettext_lazy("dates or numbers"),
    "email": gettext_lazy("e-mail addresses"),
    "phone": gettext_lazy("telephone numbers"),
    "boolean": gettext_lazy("yes or no"),
    "text": gettext_lazy("text"),
    "empty": gettext_lazy("empty"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a list."""

    value: str
    label: Any
    chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A column of the file on the page of columns."""

    place: int
    heading: str
    samples: tuple[str, ...]
    looks: Any
    filled: float
    choices: list[Choice]


def labels(viewer: Viewer) -> dict[str, Any]:
    """What each target is called."""
    return {each.name: each.label for each in queries.targets_for(viewer)}


def configuration(given: QueryDict) -> dict[str, Any]:
    """The form of columns as `services.configure` wants it; another target or layout is proposed anew."""
    headings = given.getlist("heading")
    anew = given.get("deed") == "read" or _reading(given) != given.get("reading", "")
    return {
        "target": given.get("target") or None,
        "layout": {name: given.get(name, "") for name in ("encoding", "delimiter", "sheet")},
        "mapping": None if anew else dict(zip(headings, given.getlist("field"), strict=False)),
        "match": None if anew else given.getlist("match"),
        "habits": {name: given.get(name, "") for name in ("date_order", "decimal_sign", "zone")},
    }


def _reading(given: QueryDict) -> str:
    """Target and layout in one word: where they change, the columns have to be read anew."""
    return "|".join(given.get(name, "") for name in ("target", "encoding", "delimiter", "sheet"))


def page(viewer: Viewer, run: Any, given: QueryDict | None) -> dict[str, Any]:
    """Everything about one import."""
    open_ = run.state in ("received", "checked")
    return {
        "steps": STEPS,
        "now": _step(run),
        "label": labels(viewer).get(run.target, run.target),
        "form": _form(viewer, run, given) if open_ else None,
        "tallies": _tallies(run),
        "reasons": sorted(run.reasons.items(), key=lambda pair: -pair[1])[:10],
        "written": not run.dry,
        "may_undo": not run.dry
        and run.state in ("done", "stopped", "failed")
        and run.creates + run.updates > 0,
    }


def _step(run: Any) -> int:
    if run.state == "received":
        return 2
    return 3 if run.dry else 4


def _form(viewer: Viewer, run: Any, given: QueryDict | None) -> dict[str, Any]:
    sketch = queries.sketch_for(viewer, run)
    mapping = dict(run.mapping)
    match = list(run.match)
    if given is not None:
        mapping = dict(zip(given.getlist("heading"), given.getlist("field"), strict=False))
        match = given.getlist("match")
    return {
        "lines": [_line(each, sketch, mapping.get(each.column.heading, "")) for each in sketch.columns],
        "keys": [
            Choice(field.name, field.label, field.name in match)
            for field in sketch.fields
            if field.name in sketch.target.match_keys
        ],
        "targets": [Choice(each.name, each.label, each.name == run.target) for each in sketch.targets],
        "encodings": _choices([(name, name) for name in ENCODINGS], run.layout["encoding"]),
        "delimiters": _choices(DELIMITERS, run.layout["delimiter"]),
        "date_orders": _choices(DATE_ORDERS, run.habits["date_order"]),
        "decimal_signs": _choices(DECIMAL_SIGNS, run.habits["decimal_sign"]),
        "zone": run.habits["zone"],
        "reading": _reading_of(run),
        "text": run.layout["format"] == "csv",
        "workbook": run.layout["format"] == "xlsx",
    }


def _reading_of(run: Any) -> str:
    layout = run.layout
    shown = {"csv": (layout["encoding"], layout["delimiter"], ""), "xlsx": ("", "", layout["sheet"])}
    return "|".join((run.target, *shown.get(layout["format"], ("", "", ""))))


def _line(each: queries.MappedColumn, sketch: queries.Sketch, chosen: str) -> Line:
    fields = [Choice(field.name, _named(field), field.name == chosen) for field in sketch.fields]
    column = each.column
    return Line(each.place, column.heading, column.samples, LOOKS[column.looks], column.filled, fields)


def _named(field: Any) -> str:
    label = str(field.label or field.name)
    return _("{field} (needed)").format(field=label) if field.required else label


def _choices(known: Any, chosen: str) -> list[Choice]:
    found = [Choice(value, label, value == chosen) for value, label in known]
    return found if any(each.chosen for each in found) else [Choice(chosen, chosen, chosen=True), *found]


def _tallies(run: Any) -> list[dict[str, Any]]:
    """The five counts, in the words of what is or would be."""
    words = [
        (_("New"), run.creates, "jade"),
        (_("Changed"), run.updates, ""),
        (_("As before"), run.unchanged, ""),
        (_("In conflict"), run.conflicts, "amber"),
        (_("Set aside"), run.rejects, "amber"),
    ]
    return [
        {"label": label, "value": formats.number(count, 0), "tone": tone if count else ""}
        for label, count, tone in words
    ]
