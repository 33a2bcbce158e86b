"""Ana says it once for everybody, and her browser says it for her."""

import re

import pytest

from guanxi.consent import queries, services
from guanxi.consent.services import Statement
from guanxi.core.tenancy import tenancy
from guanxi.people import services as people


@pytest.fixture
def hers(chen, ana):
    with tenancy(chen):
        people.create(
            viewer=chen, change=people.Change(name="Ana Silva"), identifiers=[("email", "ana@example.org")]
        )
    with tenancy(ana):
        people.claim(viewer=ana, kind="email", value="ana@example.org", proved_by="sign-in")
        services.say(
            viewer=ana, enterprise_id=chen.tenant, statements=[Statement(purpose="offers", strength=4)]
        )


def strength(ana, enterprise):
    with tenancy(ana):
        return queries.relation_for(ana, enterprise).of("offers").strength


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_ana_lowers_offers_for_everybody(ana, hers, signed_in, shanhang):
    phone = signed_in(ana)
    answer = phone.post("/me/permissions/lower/", {"purpose": "offers", "at_most": "1"}, follow=True)
    assert "1 enterprise knows it" in text(answer)
    assert strength(ana, shanhang) == 1


def test_anas_browser_objects_and_she_is_told(ana, hers, signed_in, shanhang):
    phone = signed_in(ana)
    told = text(phone.get("/me/", headers={"sec-gpc": "1"}))
    assert "no longer chooses news and offers by your data" in told
    assert strength(ana, shanhang) == 2
    assert "Your browser’s wish is heeded." in text(phone.get("/me/permissions/"))
    # The signal has gone: nothing is raised.
    phone.get("/me/")
    assert strength(ana, shanhang) == 2


@pytest.mark.parametrize(
    ("page", "given"),
    [
        ("quiet", {"start": "21:00"}),
        ("close", {}),
        ("lower", {"purpose": "x", "at_most": "9"}),
        ("pause", {"until": "x"}),
    ],
)
def test_what_cannot_be_meant_is_sent_back_and_nothing_changes(ana, hers, signed_in, shanhang, page, given):
    assert signed_in(ana).post(f"/me/permissions/{page}/", given).status_code == 422
    assert strength(ana, shanhang) == 4


def test_the_desk_heeds_no_signal_of_its_staff(chen, ana, hers, signed_in, shanhang):
    signed_in(chen).get("/desk/", headers={"sec-gpc": "1"})
    assert strength(ana, shanhang) == 4
