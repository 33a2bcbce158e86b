"""The pages of segments: without script, by forms alone."""

import pytest

from guanxi.core.tenancy import tenancy
from guanxi.market.models import CustomerList, ListEntry, Segment
from guanxi.market.segments import refreshing
from tests.market import world

OFTEN = 'events("order.placed", days(30)) >= 2'


@pytest.fixture
def buyers(chen):
    """Two customers, one of whom has bought twice."""
    with tenancy(chen):
        one, other = world.customer(chen, 1), world.customer(chen, 2)
        for days_ago in (1, 2):
            world.happened(chen, one, "order.placed", days_ago=days_ago)
        refreshing.refresh(chen)
    return one, other


@pytest.fixture
def often(chen, buyers):
    """A segment with one of them in it."""
    with tenancy(chen):
        segment = Segment.objects.create(enterprise_id=chen.tenant, name="Often", condition=OFTEN)
        refreshing.refresh(chen)
    return segment


def text_of(response):
    return " ".join(response.content.decode().split())


def test_a_segment_is_clicked_together_counted_and_saved(signed_in, chen, buyers):
    client = signed_in(chen)
    assert "at: 0" not in text_of(client.get("/desk/segments/new/"))
    fields = {
        "mode": "tree", "name": "Often", "at": ["0:group", "0.0:row"], "0.every": "1", "0.0.what": "events",
        "0.0.type": "order.placed", "0.0.days": "30", "0.0.operator": ">=", "0.0.value": "2",
    }  # fmt: skip
    counted = text_of(client.post("/desk/segments/new/", {**fields, "do": "count"}))
    assert ("of 2" in counted, "events(&quot;order.placed&quot;, days(30)) &gt;= 2" in counted) == (
        True,
        True,
    )
    more = text_of(client.post("/desk/segments/new/", {**fields, "do": "row:0"}))
    assert 'value="0.1:row"' in more
    saved = client.post("/desk/segments/new/", {**fields, "do": "save"})
    with tenancy(chen):
        segment = Segment.objects.get()
        assert (saved.url, segment.condition) == (f"/desk/segments/{segment.pk}/", OFTEN)


def test_a_written_condition_is_refused_with_its_place(signed_in, chen):
    fields = {"mode": "text", "name": "Wrong", "condition": "orders.coutn > 3", "do": "save"}
    shown = text_of(signed_in(chen).post("/desk/segments/new/", fields))
    assert "<mark>orders.coutn</mark> &gt; 3" in shown
    with tenancy(chen):
        assert not Segment.objects.exists()


def test_a_text_opens_in_the_builder_and_one_it_cannot_say_stays_text(signed_in, chen, buyers):
    client = signed_in(chen)
    opened = text_of(client.post("/desk/segments/new/", {"mode": "text", "condition": OFTEN, "do": "tree"}))
    assert 'value="0.0:row"' in opened
    kept = text_of(
        client.post(
            "/desk/segments/new/", {"mode": "text", "condition": "orders.count + 1 > 2", "do": "tree"}
        )
    )
    assert ("more than can be clicked together" in kept, "orders.count + 1 &gt; 2" in kept) == (True, True)


def test_one_segment_shows_size_reach_why_and_its_customers(signed_in, chen, buyers, often):
    client, (one, other) = signed_in(chen), buyers
    page = text_of(client.get(f"/desk/segments/{often.pk}/"))
    assert "Used by" in page
    assert "E-mail" in text_of(client.get("/desk/segments/reach/", {"condition": OFTEN}))
    why = text_of(client.get(f"/desk/segments/{often.pk}/why/", {"id": other}))
    assert ("is not in it" in why, "days(30)" in why) == (True, True)
    assert "is in it" in text_of(client.get(f"/desk/segments/{often.pk}/why/", {"customer": "c1"}))
    listed = text_of(client.get("/desk/customers/", {"segment": often.pk}))
    assert (f"/desk/customers/{one}/" in listed, f"/desk/customers/{other}/" in listed) == (True, False)
    assert "Often" in text_of(client.get(f"/desk/customers/{one}/"))


def test_a_segment_is_frozen_retired_and_used_again(signed_in, chen, often):
    client = signed_in(chen)
    client.post(f"/desk/segments/{often.pk}/snapshot/")
    client.post(f"/desk/segments/{often.pk}/retire/")
    with tenancy(chen):
        assert (ListEntry.objects.count(), CustomerList.objects.get().segment_id) == (1, often.pk)
        assert Segment.objects.get().retired_at is not None
    assert "nobody is in it" in text_of(client.get(f"/desk/segments/{often.pk}/"))
    client.post(f"/desk/segments/{often.pk}/restore/")
    assert "Often" in text_of(client.get("/desk/segments/"))


def test_a_list_takes_keys_and_says_which_nobody_has(signed_in, chen, buyers):
    shown = text_of(signed_in(chen).post("/desk/segments/lists/", {"name": "Friends", "keys": "c1\nc9"}))
    assert "Nobody has these: c9" in shown
    with tenancy(chen):
        assert ListEntry.objects.get().customer_id == buyers[0]


def test_who_may_only_read_changes_nothing(signed_in, mei, chen, often):
    assert signed_in(mei).post(f"/desk/segments/{often.pk}/retire/").status_code == 403
    with tenancy(chen):
        assert Segment.objects.get().retired_at is None
