"""Names of sources become types of ours; no source can speak in the name of a package."""

import pytest

from guanxi.touch import naming


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Order Completed", "order.completed"),
        ("order_completed", "order.completed"),
        ("orderCompleted", "order.completed"),
        ("order.completed", "order.completed"),
        ("Product List Viewed", "product_list.viewed"),
        ("Product Added to Wishlist", "product.added_to_wishlist"),
        ("Signed Up", "track.signed_up"),
        ("浏览 商品", "track.浏览_商品"),
        ("permission.granted", "track.permission_granted"),
        ("!!!", "track.unnamed"),
    ],
)
def test_a_tracked_name_becomes_a_type(name: str, expected: str) -> None:
    assert naming.event_type("track", name) == expected


@pytest.mark.parametrize(("kind", "expected"), [("identify", "customer.identified"), ("page", "page.viewed")])
def test_the_other_kinds_have_types_of_their_own(kind: str, expected: str) -> None:
    assert naming.event_type(kind, "whatever") == expected
