"""The state of a list stands in its address."""

from django.http import QueryDict

from guanxi.core.listing import Column, Listing

COLUMNS = (
    Column("name", "Name", always=True),
    Column("orders", "Orders", sort="-orders", numeric=True),
    Column("city", "City", shown=False),
)


def _listing(address: str) -> Listing:
    return Listing.of(QueryDict(address), COLUMNS, name="customers", sort="-seen")


def test_an_order_that_no_column_offers_is_as_if_not_given() -> None:
    assert _listing("sort=secret").sort == "-seen"


def test_the_order_of_a_column_turns_when_it_is_asked_again() -> None:
    assert _listing("sort=-orders").headings[1].href == "?sort=orders"


def test_the_address_says_which_columns_are_shown() -> None:
    assert dict(_listing("columns=city").shows) == {"name": True, "orders": False, "city": True}


def test_another_order_begins_at_the_first_page() -> None:
    assert "cursor" not in _listing("cursor=abc").headings[1].href
