"""The pages of orders."""

from datetime import timedelta
from decimal import Decimal

import pytest

from guanxi.core.tenancy import tenancy
from guanxi.sales import services
from guanxi.sales.services import LineDraft, OrderDraft


@pytest.fixture
def order(chen):
    with tenancy(chen):
        line = LineDraft("boot-1", Decimal("899.00"), product_name="Trekking boot", cost=Decimal("400.00"))
        return services.place_order(
            viewer=chen,
            draft=OrderDraft("S-1001", chen.now - timedelta(hours=1), [line], store_code="nanjing"),
        )


def test_the_list_shows_orders_and_finds_them_by_key(chen, signed_in, order):
    client = signed_in(chen)
    page = client.get("/desk/orders/").content.decode()
    assert "S-1001" in page
    assert "S-1001" in client.get("/desk/orders/?q=S-10&days=7&state=completed").content.decode()
    assert "S-1001" not in client.get("/desk/orders/?q=T-").content.decode()


def test_an_order_shows_its_lines_and_for_leaders_its_margin(chen, ding, signed_in, order):
    page = signed_in(chen).get(f"/desk/orders/{order.pk}/").content.decode()
    assert "Trekking boot" in page
    assert "CN¥499.00" in page or "¥499.00" in page


def test_an_order_outside_ones_reach_is_not_found(mei, signed_in, order):
    assert signed_in(mei).get(f"/desk/orders/{order.pk}/").status_code == 404


def test_an_order_of_another_enterprise_is_not_found(bea, signed_in, order):
    client = signed_in(bea)
    assert client.get(f"/desk/orders/{order.pk}/").status_code == 404
    assert client.post(f"/desk/orders/{order.pk}/cancel/").status_code == 404
    assert "S-1001" not in client.get("/desk/orders/").content.decode()


def test_money_goes_back_and_the_order_is_cancelled_by_hand(chen, signed_in, order):
    client = signed_in(chen)
    client.post(f"/desk/orders/{order.pk}/return/", {"amount": "99.00", "reason": "scratched"})
    page = client.get(f"/desk/orders/{order.pk}/").content.decode()
    assert "scratched" in page
    client.post(f"/desk/orders/{order.pk}/cancel/")
    assert "Cancelled" in client.get(f"/desk/orders/{order.pk}/").content.decode()


def test_the_export_holds_what_the_list_shows(chen, signed_in, order):
    answer = signed_in(chen).get("/desk/orders/export/")
    text = b"".join(answer.streaming_content).decode()
    assert answer["Content-Disposition"] == 'attachment; filename="orders.csv"'
    assert text.startswith("\ufeffId,Order,")
    assert "S-1001" in text
    assert "899.00" in text


def test_today_tells_how_the_last_days_went(chen, signed_in, order):
    assert "Orders of the last 7 days" in signed_in(chen).get("/desk/").content.decode()


def test_both_languages(chen, signed_in, order):
    client = signed_in(chen)
    page = client.get(f"/desk/orders/{order.pk}/", headers={"accept-language": "zh-hans"}).content.decode()
    assert "毛利" in page
