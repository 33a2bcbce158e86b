"""Orders by the API: once per key, exact money, told to the log, kept apart by enterprise."""

from decimal import Decimal

from guanxi.core.identity import id_of
from guanxi.core.models import Event
from guanxi.core.tenancy import tenancy
from guanxi.sales.models import Line, Order, Product

ORDER = {
    "source_key": "S-1001",
    "placed_at": "2026-11-01T10:00:00+08:00",
    "store": "nanjing",
    "lines": [
        {"product_key": "boot-1", "product_name": "Trekking boot", "amount": "899.00", "cost": "400.00"},
        {"product_key": "sock-2", "amount": "59.80", "quantity": "2", "discount": "9.90", "cost": "20.10"},
    ],
}


def kinds(viewer):
    with tenancy(viewer):
        return list(
            Event.objects.filter(type__startswith="order.").order_by("seq").values_list("type", flat=True)
        )


def test_an_order_is_kept_with_its_lines_and_sums(till, chen):
    answer = till.post("orders", ORDER)
    assert answer.status_code == 201
    said = answer.said
    assert (said["total"], said["discount"], said["cost"], said["line_count"]) == (
        "958.80",
        "9.90",
        "420.10",
        2,
    )
    assert (said["currency"], said["store"], said["state"]) == ("CNY", "nanjing", "completed")
    assert [line["product_key"] for line in said["lines"]] == ["boot-1", "sock-2"]
    assert said["placed_at"] == "2026-11-01T02:00:00Z"
    assert kinds(chen) == ["order.placed"]


def test_an_order_told_twice_is_stored_once(till, chen):
    first, second = till.post("orders", ORDER), till.post("orders", ORDER)
    assert (first.said["id"], first.said["lines"]) == (second.said["id"], second.said["lines"])
    assert kinds(chen) == ["order.placed"]


def test_the_same_key_with_another_content_is_refused(till, chen):
    till.post("orders", ORDER)
    other = till.post("orders", {**ORDER, "lines": ORDER["lines"][:1]})
    assert (other.status_code, other.said["code"]) == (409, "sales.order_exists")
    assert kinds(chen) == ["order.placed"]


def test_what_was_paid_besides_the_lines_is_kept(till):
    said = till.post("orders", {**ORDER, "total": "968.80"}).said
    assert (said["total"], said["extra"]) == ("968.80", "10.00")


def test_a_replaced_order_has_the_new_lines_alone(till, chen):
    made = till.post("orders", ORDER).said
    changed = till.ask("PUT", f"orders/{made['id']}", {**ORDER, "lines": ORDER["lines"][1:]})
    assert (changed.said["total"], changed.said["line_count"], len(changed.said["lines"])) == ("59.80", 1, 1)
    with tenancy(chen):
        counts = Event.objects.get(type="order.changed").payload["counts"]
    assert (counts["orders"], counts["spent"]) == (0, "-899.00")


def test_a_cancelled_order_counts_for_nothing_and_stays(till, chen):
    made = till.post("orders", ORDER).said
    answers = [till.post(f"orders/{made['id']}/cancel") for _ in range(2)]
    assert [answer.said["state"] for answer in answers] == ["cancelled", "cancelled"]
    assert kinds(chen) == ["order.placed", "order.voided"]
    with tenancy(chen):
        counts = Event.objects.get(type="order.voided").payload["counts"]
    assert (counts["orders"], counts["spent"]) == (-1, "-958.80")
    refused = till.ask("PUT", f"orders/{made['id']}", ORDER)
    assert (refused.status_code, refused.said["code"]) == (409, "sales.order_cancelled")


def test_no_more_goes_back_than_was_paid(till):
    made = till.post("orders", ORDER).said
    path = f"orders/{made['id']}/returns"
    assert till.post(path, {"amount": "900.00"}).status_code == 201
    refused = till.post(path, {"amount": "58.81"})
    assert (refused.status_code, refused.said["code"]) == (409, "sales.too_much_returned")
    assert "58.80" in refused.said["detail"]
    rest = till.post(path, {})
    assert rest.said["amount"] == "58.80"
    assert till.get(f"orders/{made['id']}").said["state"] == "refunded"
    assert len(till.get(path).said["items"]) == 2


def test_a_return_with_a_key_counts_once(till):
    made = till.post("orders", ORDER).said
    path = f"orders/{made['id']}/returns"
    ids = {till.post(path, {"amount": "1.00", "key": "r-1"}).said["id"] for _ in range(2)}
    assert len(ids) == 1
    assert till.get(f"orders/{made['id']}").said["refunded"] == "1.00"


def test_costs_are_not_for_everybody(till, machine, chen):
    made = till.post("orders", ORDER).said
    clerk = machine(chen, ["orders.read", "orders.write"])
    read = clerk.get(f"orders/{made['id']}").said
    assert (read["cost"], {line["cost"] for line in read["lines"]}) == (None, {None})


def test_an_order_of_another_enterprise_is_not_found_and_not_changed(till, machine, bea, chen):
    made = till.post("orders", ORDER).said
    stranger = machine(bea)
    for method, path, body in (
        ("GET", "", None),
        ("PUT", "", ORDER),
        ("POST", "/cancel", None),
        ("GET", "/returns", None),
        ("POST", "/returns", {}),
    ):
        assert stranger.ask(method, f"orders/{made['id']}{path}", body).status_code == 404
    assert stranger.get("orders").said["items"] == []
    assert till.get(f"orders/{made['id']}").said == made


def test_a_customer_of_another_enterprise_cannot_be_named(till, machine, bea):
    stranger = machine(bea)
    unknown = str(id_of("nobody"))
    answer = stranger.post("orders", {**ORDER, "store": "", "customer_id": unknown})
    assert answer.status_code == 404
    assert stranger.get("orders").said["items"] == []


def test_unknown_stores_and_customers_are_named_in_the_refusal(till):
    store = till.post("orders", {**ORDER, "store": "moon"})
    customer = till.post("orders", {**ORDER, "customer_key": "nobody"})
    assert [(each.status_code, each.said["field"]) for each in (store, customer)] == [
        (409, "store"),
        (409, "customer_key"),
    ]


def test_money_is_exact_in_the_database(till, chen):
    till.post("orders", {**ORDER, "lines": [{"product_key": "x", "amount": "0.10"}] * 3})
    with tenancy(chen):
        assert Order.objects.get().total == Decimal("0.30")
        assert Line.objects.count() == 3
        assert Product.objects.count() == 1
