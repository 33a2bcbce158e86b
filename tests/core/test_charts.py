"""Chart data become JSON that cannot end its element, and a table of the same figures."""

from decimal import Decimal

from guanxi.core import charts

BARS = {
    "id": "value", "type": "bar", "x": ["0–10", "</script>"],
    "series": [{"name": "Customers", "values": [Decimal("3"), None], "links": ["/desk/customers/", None]}],
}  # fmt: skip


def test_a_chart_cannot_end_its_element() -> None:
    assert "</script>" not in charts.element(BARS).removesuffix("</script>")


def test_the_table_says_what_the_bars_say() -> None:
    first, second = charts.rows(BARS)
    assert (first.x, first.cells[0].value, first.cells[0].href) == ("0–10", "3", "/desk/customers/")
    assert second.cells[0].value == "–"
