"""An alias names its leak; a report counts once, lowers standing and raises the price; nobody writes standing."""

import pytest
from django.db import ProgrammingError

from guanxi.consent import gate, own, relays, services
from guanxi.consent.models import Alias, Report, Standing
from guanxi.consent.services import Statement, received_for_alias
from guanxi.core.errors import NotFound
from guanxi.core.models import Event
from guanxi.core.tenancy import tenancy
from guanxi.people import services as people
from guanxi.trials import holdout


@pytest.fixture
def hers(chen, ana, monkeypatch):
    """Ana's record at Shanhang, which she has claimed and by which she permits offers."""
    monkeypatch.setattr(holdout, "WITHHELD", frozenset())
    with tenancy(chen):
        key = people.create(
            viewer=chen, change=people.Change(name="Ana Silva"), identifiers=[("email", "ana@example.org")]
        )
    with tenancy(ana):
        people.claim(viewer=ana, kind="email", value="ana@example.org", proved_by="sign-in")
        services.say(
            viewer=ana, enterprise_id=chen.tenant, statements=[Statement(purpose="offers", strength=3)]
        )
    return key


@pytest.fixture
def alias(ana, hers, shanhang):
    """An address of hers for Shanhang alone: its id and its text."""
    with tenancy(ana):
        return relays.make_alias(viewer=ana, enterprise_id=shanhang, kind="email")


def contacted(chen, customer):
    with tenancy(chen):
        verdict = gate.ask(chen, customer, purpose="offers", channel="email", needs=2, about="Autumn")
        return services.record_contact(viewer=chen, verdict=verdict)


def given(ana):
    with tenancy(ana):
        (one,) = own.aliases_for(ana)
        return one


def test_an_address_that_is_none_is_told_and_nothing_kept(alias):
    assert not received_for_alias(address="somebody@else.example", sender="a@b.example").known


def test_the_first_who_writes_is_the_one_it_was_given_to_and_another_names_the_leak(ana, alias, chen):
    _id, address = alias
    first = received_for_alias(address=f"Ana <{address.upper()}>", sender="Shop <news@shop.example>")
    assert (first.deliver, first.outcome, first.person_id) == (True, "delivered", ana.person_id)
    other = received_for_alias(address=address, sender="win@spam.example")
    assert (other.deliver, other.outcome, other.enterprise_id) == (False, "leak", chen.tenant)
    assert [leak.domain for leak in given(ana).leaks] == ["spam.example"]
    with tenancy(chen):
        assert Event.objects.get(type="alias.leaked").payload == {"kind": "email", "domain": "spam.example"}


def test_domains_that_the_enterprise_names_are_its_own_and_their_subdomains(chen, alias):
    with tenancy(chen):
        assert relays.name_sender(viewer=chen, domain="Shanhang.example")
    _id, address = alias
    assert received_for_alias(address=address, sender="a@mail.shanhang.example").deliver
    assert not received_for_alias(address=address, sender="a@notshanhang.example").deliver


def test_the_person_may_say_that_it_is_them(ana, alias):
    id_, address = alias
    received_for_alias(address=address, sender="a@shop.example")
    received_for_alias(address=address, sender="a@agency.example")
    with tenancy(ana):
        relays.accept_sender(viewer=ana, alias_id=id_, domain="agency.example")
    assert given(ana).leaks == ()
    assert received_for_alias(address=address, sender="b@agency.example").deliver


def test_an_alias_that_is_switched_off_passes_nothing_on_and_still_names_a_leak(ana, alias):
    id_, address = alias
    received_for_alias(address=address, sender="a@shop.example")
    with tenancy(ana):
        assert relays.close_alias(viewer=ana, alias_id=id_)
        assert not relays.close_alias(viewer=ana, alias_id=id_)
    assert received_for_alias(address=address, sender="a@shop.example").outcome == "closed"
    assert received_for_alias(address=address, sender="a@spam.example").outcome == "leak"


def test_nobody_else_sees_or_changes_an_alias(ana, tom, chen, alias, shanhang):
    id_, _address = alias
    with tenancy(tom):
        assert not Alias.objects.exists()
        with pytest.raises(NotFound):
            relays.close_alias(viewer=tom, alias_id=id_)
        with pytest.raises(NotFound):
            relays.make_alias(viewer=tom, enterprise_id=shanhang, kind="email")
    with pytest.raises(ProgrammingError), tenancy(chen):
        Alias.objects.update(closed_at=chen.now)
    assert given(ana).alias.closed_at is None


@pytest.mark.parametrize("domain", ["", "shop", "a b.example", "-.-", "x" * 254 + ".example"])
def test_what_is_no_domain_is_refused(at_desk, domain):
    with pytest.raises(relays.BadDomain):
        relays.name_sender(viewer=at_desk, domain=domain)


def test_a_report_counts_once_and_is_told_to_the_enterprise(chen, ana, hers):
    contact = contacted(chen, hers)
    with tenancy(ana):
        relays.report(viewer=ana, contact_id=contact.pk, why="unwanted")
        with pytest.raises(relays.ReportedAlready):
            relays.report(viewer=ana, contact_id=contact.pk, why="too_often")
        assert own.reported_of(ana) == {contact.pk}
    with tenancy(chen):
        assert Report.objects.count() == 1
        assert Event.objects.get(type="contact.reported").payload["why"] == "unwanted"


def test_another_person_cannot_report_it_nor_staff_at_all(chen, tom, hers):
    contact = contacted(chen, hers)
    with tenancy(tom), pytest.raises(NotFound):
        relays.report(viewer=tom, contact_id=contact.pk, why="unwanted")
    with pytest.raises(ProgrammingError), tenancy(chen):
        Report.objects.create(
            enterprise_id=chen.tenant,
            customer_id=hers,
            person_id=chen.staff_id,
            why="unwanted",
            reported_at=chen.now,
        )


def test_standing_is_counted_by_the_database_and_seen_by_everybody(chen, ana, tom, hers, alias, shanhang):
    contact = contacted(chen, hers)
    with tenancy(ana):
        relays.report(viewer=ana, contact_id=contact.pk, why="unwanted")
    received_for_alias(address=alias[1], sender="a@shop.example")
    received_for_alias(address=alias[1], sender="a@spam.example")
    with tenancy(chen):
        matter = services.open_matter(viewer=chen, customer_id=hers, kind="question")
        services.close_matter(viewer=chen, matter=matter)
        relays.count_standing(viewer=chen)
        relays.count_standing(viewer=chen)
        counts = own.counts_for(chen)
        assert (counts.contacts, counts.asked, counts.reports, counts.leaks) == (1, 1, 1, 1)
        assert (counts.matters, counts.matters_kept, counts.contacted, counts.pressed) == (1, 1, 1, 0)
        assert own.surcharge_of(chen) > 0
    with tenancy(tom):
        assert not own.standings_of([shanhang])[shanhang].known
        assert Standing.objects.count() == 1


def test_nobody_writes_standing(chen):
    with tenancy(chen):
        relays.count_standing(viewer=chen)
    with pytest.raises(ProgrammingError), tenancy(chen):
        Standing.objects.update(reports=0)
    with pytest.raises(ProgrammingError), tenancy(chen):
        Standing.objects.all().delete()
