"""What is held about somebody, as a table that any spreadsheet reads: one line for each value."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

_BEGINS_A_FORMULA = tuple("=+-@\t\r")


def as_csv(held: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Lines of table, number of the row, field and value; nested values as JSON."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["table", "row", "field", "value"])
    for table, rows in held.items():
        for number, row in enumerate(rows, start=1):
            writer.writerows([table, number, field, _cell(value)] for field, value in row.items())
    # The mark by which spreadsheets read it as UTF-8.
    return "\ufeff" + out.getvalue()


def _cell(value: Any) -> object:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
    return f"'{text}" if isinstance(text, str) and text.startswith(_BEGINS_A_FORMULA) else text
