"""A list pages to its end by cursor, forwards and backwards."""

from uuid import UUID

import pytest

from guanxi.core import paging
from guanxi.core.identity import id_of
from guanxi.core.models import ApiKey, Staff, Store
from guanxi.core.viewer import Viewer

ORDER = ("name", "id")


@pytest.fixture
def stores(at_desk: Viewer) -> list[UUID]:
    made = Store.objects.bulk_create(
        Store(id=id_of(at_desk.tenant, n), enterprise_id=at_desk.tenant, name=f"Branch {n % 3}", code=f"b{n}")
        for n in range(23)
    )
    return [store.pk for store in made]


def walk(order: tuple[str, ...], size: int) -> list[list[UUID]]:
    pages, cursor = [], None
    while True:
        page = paging.page(Store.objects.all(), order=order, cursor=cursor, size=size)
        pages.append([store.pk for store in page])
        cursor = page.next
        if cursor is None:
            return pages


@pytest.mark.parametrize("order", [("name", "id"), ("-name", "id"), ("-id",)])
@pytest.mark.parametrize("size", [1, 4, 25, 100])
def test_every_row_stands_on_exactly_one_page(stores: list[UUID], order: tuple[str, ...], size: int) -> None:
    walked = [pk for page in walk(order, size) for pk in page]
    assert walked == list(Store.objects.order_by(*order).values_list("pk", flat=True))


def test_going_back_shows_the_page_before(stores: list[UUID]) -> None:
    first = paging.page(Store.objects.all(), order=ORDER, size=5)
    second = paging.page(Store.objects.all(), order=ORDER, cursor=first.next, size=5)
    again = paging.page(Store.objects.all(), order=ORDER, cursor=second.previous, size=5)
    assert [store.pk for store in again] == [store.pk for store in first]
    assert first.previous is None
    assert again.previous is None


def test_rows_without_a_value_come_last_and_are_reached(at_desk: Viewer) -> None:
    member = Staff.objects.first()
    assert member is not None
    ApiKey.objects.bulk_create(
        ApiKey(
            enterprise_id=at_desk.tenant,
            name=f"key {n}",
            secret_id=id_of("secret", n),
            hint="gxa_",
            expires_at=at_desk.now if n % 2 else None,
        )
        for n in range(9)
    )
    seen, cursor = [], None
    for _ in range(5):
        page = paging.page(ApiKey.objects.all(), order=("-expires_at", "id"), cursor=cursor, size=2)
        seen += [key.expires_at for key in page]
        cursor = page.next
    assert seen == [at_desk.now] * 4 + [None] * 5
    assert cursor is None


@pytest.mark.parametrize("cursor", ["rubbish", "eyJhIjoxfQ:1abc:xyz"])
def test_a_cursor_that_we_did_not_sign_is_refused(stores: list[UUID], cursor: str) -> None:
    with pytest.raises(paging.BadCursor):
        paging.page(Store.objects.all(), order=ORDER, cursor=cursor, size=5)


def test_a_cursor_of_another_order_is_refused(stores: list[UUID]) -> None:
    first = paging.page(Store.objects.all(), order=ORDER, size=5)
    with pytest.raises(paging.BadCursor):
        paging.page(Store.objects.all(), order=("-id",), cursor=first.next, size=5)


def test_the_estimate_is_near_the_truth_without_counting(stores: list[UUID]) -> None:
    assert paging.estimate(Store.objects.all()) >= 1
