"""The desk's pages of customers: what they show, what they do, and how many queries they ask."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from guanxi.core import events
from guanxi.core.templatetags import ui
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.people import queries, services
from guanxi.people.models import Merge, Pair
from guanxi.people.services import Change
from guanxi.people.unions import Suspicion

SignIn = Callable[[Viewer], Client]
#: What a page may ask; session, sign-in and tenancy are not counted.
BUDGET = 18
_NOT_COUNTED = ("django_session", "core_account", "core_memberships", "set_config", "SAVEPOINT", "core_cache")


def make(viewer: Viewer, name: str, **identifiers: str) -> UUID:
    with tenancy(viewer):
        return services.create(viewer=viewer, change=Change(name=name), identifiers=list(identifiers.items()))


def asked(client: Client, address: str) -> list[str]:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return [one["sql"] for one in captured if not any(word in one["sql"] for word in _NOT_COUNTED)]


def text(response: Any) -> str:
    return str(response.content.decode())


def test_the_list_shows_names_and_finds_them(chen: Viewer, signed_in: SignIn) -> None:
    make(chen, "张三")
    make(chen, "Lin Yue 林悦")
    client = signed_in(chen)
    assert "林悦" in text(client.get("/desk/customers/"))
    page = text(client.get("/desk/customers/?q=zs"))
    assert "张三" in page
    assert "林悦" not in page


def test_what_stands_beside_a_name_is_said_in_the_reader_s_language(chen: Viewer, signed_in: SignIn) -> None:
    with tenancy(chen):
        services.create(viewer=chen, change=Change(kind="firm", name="Costa Books"))
    page = text(signed_in(chen).get("/desk/customers/", headers={"accept-language": "zh-hans"}))
    assert "<small>企业</small>" in page


def test_an_empty_list_says_what_to_do(chen: Viewer, signed_in: SignIn) -> None:
    client = signed_in(chen)
    assert "No customers yet" in text(client.get("/desk/customers/"))
    make(chen, "Ana")
    assert "Nobody fits" in text(client.get("/desk/customers/?q=zzz"))


def test_the_rows_alone_come_for_htmx(chen: Viewer, signed_in: SignIn) -> None:
    make(chen, "Ana")
    answer = signed_in(chen).get("/desk/customers/", headers={"HX-Request": "true", "HX-Target": "rows-more"})
    assert "<html" not in text(answer)
    assert "Ana" in text(answer)


def test_one_customer_shows_facts_and_what_happened(chen: Viewer, signed_in: SignIn, now: datetime) -> None:
    key = make(chen, "Ana Costa", email="ana@example.org")
    with tenancy(chen):
        events.emit("page.viewed", customer_id=key, payload={"path": "/trail-shoes"}, occurred_at=now)
    page = text(signed_in(chen).get(f"/desk/customers/{key}/"))
    assert "ana@example.org" in page
    assert "/trail-shoes" in page
    part = text(signed_in(chen).get(f"/desk/customers/{key}/happenings/?kind=order"))
    assert "/trail-shoes" not in part


def test_a_customer_is_made_and_changed_by_forms(chen: Viewer, signed_in: SignIn) -> None:
    client = signed_in(chen)
    said = {"kind": "person", "name": "Ana Costa", "email": "ana@example.org"}
    answer = client.post("/desk/customers/new/", said, follow=True)
    assert "Ana Costa" in text(answer)
    key = answer.redirect_chain[-1][0].rstrip("/").rsplit("/", 1)[-1]
    assert "belongs to another customer" in text(client.post("/desk/customers/new/", said))
    answer = client.post(
        f"/desk/customers/{key}/change/", {"kind": "person", "name": "Ana Silva"}, follow=True
    )
    assert "Ana Silva" in text(answer)


def test_a_merge_is_previewed_done_and_undone(chen: Viewer, signed_in: SignIn) -> None:
    ana, anna = make(chen, "Ana", email="ana@example.org"), make(chen, "Anna", phone="+351912345678")
    client = signed_in(chen)
    page = text(client.get(f"/desk/customers/{ana}/merge/?other={anna}"))
    assert "Where they disagree" in page
    client.post(f"/desk/customers/{ana}/merge/", {"other": str(anna)})
    with tenancy(chen):
        merge = Merge.objects.get()
    answer = client.get(f"/desk/customers/{anna}/")
    assert "is part of this customer now" in text(answer)
    assert "Merges" in text(client.get(f"/desk/customers/{ana}/history/"))
    client.post(f"/desk/customers/merges/{merge.pk}/undo/")
    assert "is part of this customer now" not in text(client.get(f"/desk/customers/{anna}/"))


def test_identifiers_are_added_and_taken_away(chen: Viewer, signed_in: SignIn) -> None:
    key = make(chen, "Ana")
    client = signed_in(chen)
    client.post(f"/desk/customers/{key}/identifiers/", {"kind": "card", "value": "8801 4420 11"})
    with tenancy(chen):
        (one,) = queries.whole_for(chen, key).identifiers
    assert "8801442011" in text(client.get(f"/desk/customers/{key}/identifiers/"))
    client.post(f"/desk/customers/{key}/identifiers/{one.id}/remove/")
    with tenancy(chen):
        assert queries.whole_for(chen, key).identifiers == ()


def test_the_export_holds_what_the_list_shows_and_nothing_else(
    chen: Viewer, ding: Viewer, signed_in: SignIn
) -> None:
    make(chen, "Ana Costa")
    make(chen, "=HYPERLINK(1)")
    answer = signed_in(chen).get("/desk/customers/export/?q=costa")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert "Ana Costa" in lines[1]
    everything = b"".join(signed_in(chen).get("/desk/customers/export/").streaming_content).decode()
    assert "'=HYPERLINK" in everything
    assert signed_in(ding).get("/desk/customers/export/").status_code == 403


def test_pairs_are_shown_with_reasons_and_decided(chen: Viewer, signed_in: SignIn) -> None:
    ana, anna = make(chen, "Ana"), make(chen, "Anna")
    with tenancy(chen):
        reasons = [{"field": "name", "level": "close", "weight": 6.0}]
        services.propose(viewer=chen, suspicions=[Suspicion(ana, anna, 0.97, "splink", reasons)])
        pair = Pair.objects.get()
    client = signed_in(chen)
    assert "Name: nearly the same" in text(client.get("/desk/duplicates/"))
    assert "They are one" in text(client.get(f"/desk/duplicates/{pair.pk}/"))
    client.post(f"/desk/duplicates/{pair.pk}/decide/", {"decision": "accept"})
    assert "Anna" in text(client.get("/desk/duplicates/?state=accepted"))
    client.post(f"/desk/duplicates/{pair.pk}/reopen/")
    client.post("/desk/duplicates/accept/", {"score": "0.9"})
    with tenancy(chen):
        assert queries.whole_for(chen, anna).id == queries.whole_for(chen, ana).id


def test_chosen_customers_are_looked_after(chen: Viewer, signed_in: SignIn) -> None:
    keys = [make(chen, name) for name in ("Ana", "Ben")]
    signed_in(chen).post("/desk/customers/deed/", {"deed": "take", "id": [str(key) for key in keys]})
    assert "Ben" in text(signed_in(chen).get("/desk/customers/?owner=me"))


def test_a_view_is_kept(chen: Viewer, signed_in: SignIn) -> None:
    client = signed_in(chen)
    make(chen, "Ana")
    client.post("/desk/customers/view/", {"name": "Firms I know", "query": "kind=firm&owner=me"})
    assert "Firms I know" in text(client.get("/desk/customers/"))


def test_what_a_colleague_may_not_see_is_not_there(chen: Viewer, mei: Viewer, signed_in: SignIn) -> None:
    key = make(chen, "Ana Costa")
    client = signed_in(mei)
    assert "Ana Costa" not in text(client.get("/desk/customers/"))
    assert client.get(f"/desk/customers/{key}/").status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/desk/customers/",
        "/desk/customers/?q=ana",
        "/desk/customers/?kind=person&seen=90&bought=no",
        "/desk/customers/{key}/",
        "/desk/",
    ],
)
def test_a_page_stays_within_its_queries(
    chen: Viewer, signed_in: SignIn, now: datetime, address: str
) -> None:
    key = make(chen, "Ana Costa", email="ana@example.org")
    for number in range(30):
        make(chen, f"Ana {number}")
    with tenancy(chen):
        for number in range(40):
            events.emit("page.viewed", customer_id=key, payload={"path": f"/{number}"}, occurred_at=now)
    queries_asked = asked(signed_in(chen), address.format(key=key))
    assert len(queries_asked) <= BUDGET, "\n".join(queries_asked)


def test_a_list_of_one_page_says_how_many_it_has(chen: Viewer, signed_in: SignIn) -> None:
    for number in range(3):
        make(chen, f"Kunde {number}")
    page = signed_in(chen).get("/desk/customers/?q=kunde").content.decode()
    assert '<div class="sheet-top"><span>3</span>' in page


def test_a_search_that_stopped_looking_says_that_there_are_more() -> None:
    assert ui.total_text({"count": 200, "exact": True, "more": True}) == "200 and more"
