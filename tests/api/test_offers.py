"""Tills and shops make offers, give codes, check, reserve, redeem and release them."""

from tests.machine import Machine

OFFER = {"name": "Autumn", "benefit": "percent", "value": "10", "per_person": 2, "budget": "100"}
LINES = [{"product_key": "boot-1", "amount": "200.00"}]


def live(till: Machine, **facts: object) -> str:
    made = till.post("offers", {**OFFER, **facts})
    assert made.status_code == 201
    assert till.post(f"offers/{made.said['id']}/turn", {"state": "live"}).said["state"] == "live"
    return str(made.said["id"])


def code(till: Machine, offer: str) -> tuple[str, str]:
    ana = till.post("customers", {"name": "Ana"}).said["id"]
    given = till.post(f"offers/{offer}/codes", {"key": "k", "customer_ids": [ana]}).said["items"]
    assert given[0]["customer_id"] == ana
    return ana, given[0]["code"]


def test_an_offer_is_made_read_and_listed(till: Machine) -> None:
    id_ = live(till)
    assert till.get(f"offers/{id_}").said["sentence"].startswith("10 % off")
    assert [one["id"] for one in till.get("offers?state=live&q=autumn").said["items"]] == [id_]
    refused = till.ask("PUT", f"offers/{id_}", OFFER)
    assert (refused.status_code, refused.said["code"]) == (409, "offer.terms_fixed")
    assert till.post(f"offers/{id_}/widen", {"budget": "120"}).said["budget"] == "120.00"


def test_a_code_goes_from_check_to_order_and_back(till: Machine) -> None:
    offer = live(till)
    ana, text = code(till, offer)
    basket = {"codes": [text, "SUMMER"], "lines": LINES, "customer_id": ana}
    checked = till.post("coupons/check", basket).said
    assert (checked["before"], checked["discount"], checked["total"]) == ("200.00", "20.00", "180.00")
    assert checked["refused"][0]["reason"] == "unknown"
    assert set(checked["refused"][0]["words"]) == {"en", "zh-hans"}
    held = till.post("coupons/reserve", {**basket, "minutes": 5}).said
    again = till.post("coupons/reserve", basket).said
    assert (again["reservation_id"], again["refused"][0]["reason"]) == (None, "reserved")
    order = {"reservation_id": held["reservation_id"], "order_key": "S-1"}
    for _ in range(2):
        (use,) = till.post("coupons/redeem", order).said["items"]
        assert (use["state"], use["amount"], use["code"]) == ("redeemed", "20.00", text)
    assert till.get(f"offers/{offer}/codes").said["items"][0]["state"] == "used"
    assert till.get(f"offers/{offer}/numbers").said["budget"]["spent"] == "20.0000"
    refused = till.post("coupons/release", {"reservation_id": held["reservation_id"]})
    assert (refused.status_code, refused.said["code"]) == (409, "coupon.redeemed")
    (back,) = till.post("coupons/release", {"order_key": "S-1"}).said["items"]
    assert (back["state"], back["given_back"]) == ("rolled_back", "20.00")


def test_one_breath_uses_a_code_and_says_why_it_cannot(till: Machine) -> None:
    live(till, codes="shared", shared_code="SPRING", per_person=None)
    asked = {"order_key": "S-1", "basket": {"codes": ["spring"], "lines": LINES}}
    assert till.post("coupons/redeem", asked).said["items"][0]["state"] == "redeemed"
    other = {**asked, "order_key": "S-2", "basket": {"codes": ["sprig"], "lines": LINES}}
    refused = till.post("coupons/redeem", other)
    assert (refused.status_code, refused.said["detail"]) == (409, "There is no such code.")
    assert till.post("coupons/redeem", {"order_key": "S-3"}).said["code"] == "coupon.nothing_named"


def test_the_same_idempotency_key_reserves_once(till: Machine) -> None:
    live(till, codes="shared", shared_code="SPRING", per_person=None)
    basket = {"codes": ["spring"], "lines": LINES}
    headers = {"Idempotency-Key": "till-3-0001"}
    first, second = (till.post("coupons/reserve", basket, **headers).said for _ in range(2))
    assert first["reservation_id"] == second["reservation_id"]


def test_codes_are_printed_for_whoever_brings_them(till: Machine) -> None:
    offer = live(till, per_person=None)
    first, second = (till.post(f"offers/{offer}/codes", {"key": "flyer", "count": 3}).said for _ in range(2))
    assert first == second
    assert len({one["code"] for one in first["items"]}) == 3


def test_a_key_without_the_right_uses_nothing(machine, chen) -> None:
    reader = machine(chen, ["offers.read"])
    assert reader.post("coupons/reserve", {"codes": ["spring"]}).status_code == 403
    assert reader.post("offers", OFFER).status_code == 403
    assert reader.post("coupons/check", {"codes": ["spring"]}).status_code == 200
