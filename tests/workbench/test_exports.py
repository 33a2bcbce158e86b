"""A list as a file goes to its end, and holds nothing that a spreadsheet would run."""

from decimal import Decimal

import pytest

from guanxi.core import tenancy
from guanxi.core.errors import NotAllowed
from guanxi.core.viewer import Viewer
from guanxi.workbench import exports

PAGES = {None: ([["=1+1", Decimal(-5)]], "second"), "second": ([["", None]], None)}


def test_every_page_is_read_for_the_export_and_formulas_are_made_harmless(chen: Viewer) -> None:
    purposes = []

    def page(cursor: str | None) -> tuple[list[exports.Row], str | None]:
        purposes.append(tenancy.current().purpose)
        return PAGES[cursor]

    answer = exports.download(chen, "all", ["Name", "Sum"], page)
    assert b"".join(answer.streaming_content).decode() == "\ufeffName,Sum\r\n'=1+1,-5\r\n,\r\n"
    assert purposes == ["export"] * 2


def test_who_may_not_export_gets_no_file(ding: Viewer) -> None:
    with pytest.raises(NotAllowed):
        exports.download(ding, "all", [], lambda _cursor: ([], None))
