"""The pages of offers."""

import re
from decimal import Decimal

import pytest

from guanxi.core.tenancy import tenancy
from guanxi.market.models import CouponUse, Offer
from guanxi.market.offers import redeeming, services
from guanxi.people import services as people
from tests.market.shop import asked, code_for, customer, make


@pytest.fixture
def offer(chen):
    with tenancy(chen):
        made = make(chen, name="Autumn boots", budget=Decimal(500), text_en="Ten off for you")
        ana = customer(chen, "Ana Lopes")
        made.code, made.ana = code_for(chen, made, ana), ana
        return made


def test_an_offer_is_made_put_live_and_ended_by_hand(chen, signed_in):
    client = signed_in(chen)
    filled = {
        "name": "Autumn", "kind": "coupon", "benefit": "percent", "value": "10", "codes": "shared",
        "shared_code": "Autumn 10", "categories": "Boots, Socks，Tents", "valid_to": "2026-12-31",
        "stores": ["nanjing"],
    }  # fmt: skip
    made = client.post("/desk/offers/new/", filled)
    assert made.status_code == 302
    page = client.get(made.url).content.decode()
    assert "on Boots, Socks, Tents" in page
    assert "AUTUMN10" in page
    client.post(f"{made.url}turn/", {"state": "live"})
    client.post(f"{made.url}turn/", {"state": "ended"})
    with tenancy(chen):
        stored = Offer.objects.get()
    assert (stored.state, stored.valid_to.isoformat()) == ("ended", "2026-12-31T16:00:00+00:00")


def test_a_form_that_makes_no_offer_says_where(chen, signed_in):
    page = signed_in(chen).post(
        "/desk/offers/new/", {"name": "x", "kind": "coupon", "benefit": "amount", "codes": "unique"}
    )
    assert "The amount off is above zero." in page.content.decode()


def test_a_draft_shows_what_it_says_and_is_changed(chen, signed_in):
    with tenancy(chen):
        draft = make(chen, live=False, products=["boot-1"], valid_to=chen.now)
    client = signed_in(chen)
    form = client.get(f"/desk/offers/{draft.pk}/change/").content.decode()
    assert 'value="boot-1"' in form
    assert 'value="2026-11-20"' in form


def test_the_list_and_the_offer_show_numbers_that_add_up(chen, signed_in, offer):
    with tenancy(chen):
        redeeming.redeem_now(viewer=chen, asked=asked(offer.code), order_key="S-1001")
    client = signed_in(chen)
    assert "Autumn boots" in client.get("/desk/offers/?state=live&q=boots").content.decode()
    assert "Autumn boots" not in client.get("/desk/offers/?state=ended").content.decode()
    page = client.get(f"/desk/offers/{offer.pk}/?amount=200").content.decode()
    assert "S-1001" in page
    assert "Ana Lopes" in page
    assert "<b>¥180.00</b> instead of ¥200.00" in page


def test_a_code_is_checked_and_redeemed_at_the_till(ding, chen, signed_in, offer):
    client = signed_in(ding)
    page = client.post(
        "/desk/offers/check/", {"code": offer.code.lower(), "amount": "200", "store": "nanjing"}
    )
    assert "Valid" in page.content.decode()
    filled = {"code": offer.code, "amount": "200", "order": "S-7"}
    assert "Redeemed" in client.post("/desk/offers/check/", filled).content.decode()
    assert (
        "This code was used already."
        in client.post("/desk/offers/check/", {**filled, "order": "S-8"}).content.decode()
    )
    with tenancy(chen):
        assert CouponUse.objects.get().order_key == "S-7"


def test_who_may_not_sell_sees_no_button_to_redeem(gao, signed_in, offer):
    page = signed_in(gao).post("/desk/offers/check/", {"code": offer.code, "amount": "200"}).content.decode()
    assert "Valid" in page
    assert "Redeem it" not in page
    assert signed_in(gao).get("/desk/offers/new/").status_code == 403


def test_codes_are_printed_as_a_file(chen, signed_in, offer):
    answer = signed_in(chen).post(f"/desk/offers/{offer.pk}/print/", {"count": 3, "key": "flyer"})
    text = b"".join(answer.streaming_content).decode()
    assert len(text.split()) == 4


def test_the_customers_page_shows_what_they_have(chen, signed_in, offer):
    page = signed_in(chen).get(f"/desk/customers/{offer.ana}/").content.decode()
    assert offer.code in page
    assert "10 % off" in page


def test_an_offer_of_another_enterprise_is_not_found(bea, signed_in, offer):
    client = signed_in(bea)
    assert client.get(f"/desk/offers/{offer.pk}/").status_code == 404
    assert client.post(f"/desk/offers/{offer.pk}/turn/", {"state": "ended"}).status_code == 404


def test_a_list_of_offers_costs_the_same_whatever_its_length(chen, signed_in, django_assert_max_num_queries):
    with tenancy(chen):
        for number in range(12):
            make(chen, name=f"Offer {number}", in_all=5)
    client = signed_in(chen)
    client.get("/desk/offers/")
    with django_assert_max_num_queries(14):
        client.get("/desk/offers/")


def test_codes_and_uses_page_to_their_end(chen, signed_in, offer):
    with tenancy(chen):
        services.print_codes(viewer=chen, offer_id=offer.pk, count=120, key="flyer")
        redeeming.redeem_now(viewer=chen, asked=asked(offer.code), order_key="S-1001")
    client, query, seen = signed_in(chen), "", set()
    for _ in range(3):
        page = client.get(f"/desk/offers/{offer.pk}/codes/{query}").content.decode()
        seen |= set(re.findall(r"<code[^>]*>([0-9A-Z-]{14})</code>", page))
        further = re.search(r'hx-get="([^"]*cursor=[^"]*)"', page)
        query = further[1].replace("&amp;", "&") if further else query
    assert len(seen) == 121
    assert "S-1001" in client.get(f"/desk/offers/{offer.pk}/uses/").content.decode()


def test_a_person_sees_at_their_door_what_they_have_there(chen, ana, signed_in):
    with tenancy(chen):
        record = people.create(
            viewer=chen, change=people.Change(name="Ana"), identifiers=[("email", "ana@example.org")]
        )
        code = code_for(chen, make(chen, text_en="Ten off for you", budget=Decimal(500)), record)
    client = signed_in(ana)
    client.get("/me/")
    page = client.get(f"/me/relations/{chen.enterprise_id}/held/").content.decode()
    assert "What I have there" in page
    assert code in page
    assert "¥500" not in page
    assert "500.00" not in page
