"""Chart data as a page carries them: JSON for the drawing, rows for the table beside it. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from guanxi.core import formats

# What could end the element or begin another one, written so that it is still JSON.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}

Chart = Mapping[str, Any]


class _Encoder(DjangoJSONEncoder):
    def default(self, o: Any) -> Any:
        return float(o) if isinstance(o, Decimal) else super().default(o)


def element(chart: Chart) -> SafeString:
    """The JSON element that the drawing reads."""
    text = json.dumps(chart, cls=_Encoder, ensure_ascii=False).translate(_ESCAPES)
    return format_html(
        '<script type="application/json" id="chart-{}">{}</script>', chart["id"], mark_safe(text)
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of the table, with where its bar leads."""

    value: str
    href: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: what stands below the axis, and a figure for each series."""

    x: str
    cells: tuple[Cell, ...]


def _shown(value: Any, chart: Chart) -> str:
    match chart.get("format"):
        case "money":
            return formats.money(value, chart.get("currency", ""), whole=True)
        case "percent":
            return formats.percent(value, 1)
        case _:
            return formats.number(value)


def _points(series: Mapping[str, Any]) -> list[Any]:
    return [point[1] for point in series["points"]] if "points" in series else list(series["values"])


def _cells(chart: Chart, series: Sequence[Mapping[str, Any]], index: int) -> Iterator[Cell]:
    for one in series:
        values, links = _points(one), one.get("links") or ()
        value = values[index] if index < len(values) else None
        yield Cell(_shown(value, chart), (links[index] or "") if index < len(links) else "")


def rows(chart: Chart) -> list[Row]:
    """The table of a chart of bars or lines."""
    series = chart["series"]
    axis = chart.get("x")
    if axis is None:
        style = formats.percent if chart.get("x_format") == "percent" else formats.number
        axis = [style(point[0]) for point in series[0]["points"]]
    return [Row(str(label), tuple(_cells(chart, series, index))) for index, label in enumerate(axis)]


def heat_rows(chart: Chart) -> list[dict[str, str]]:
    """The table of a heat grid: a row for each cell."""
    return [
        {
            "x": str(chart["x"][cell[0]]),
            "y": str(chart["y"][cell[1]]),
            "value": _shown(cell[2], chart),
            "href": (cell[3] or "") if len(cell) > 3 else "",
        }
        for cell in chart["cells"]
    ]
