"""What is said to all at once, and what a browser says for its person: it lowers, and never raises."""

import pytest

from guanxi.consent import everywhere, own, queries, services
from guanxi.consent.services import Statement
from guanxi.core.tenancy import tenancy
from guanxi.people import services as people


@pytest.fixture
def known(chen, bea, ana):
    """Ana has claimed a record at Shanhang and one at Beilin; both may know her, Beilin by phone too."""
    for viewer in (chen, bea):
        with tenancy(viewer):
            people.create(
                viewer=viewer, change=people.Change(name="Ana"), identifiers=[("email", "ana@example.org")]
            )
    with tenancy(ana):
        people.claim(viewer=ana, kind="email", value="ana@example.org", proved_by="sign-in")
        for viewer, strength in ((chen, 4), (bea, 2)):
            said = [Statement(purpose="offers", strength=strength), Statement(purpose="research", strength=3)]
            services.say(viewer=ana, enterprise_id=viewer.tenant, statements=said)
        yield ana


def strengths(ana, purpose):
    return sorted(relation.of(purpose).strength for relation in queries.relations_for(ana))


def test_less_from_everybody_lowers_who_is_above_and_raises_nobody(known):
    assert everywhere.lower(viewer=known, purposes=["offers"], at_most=3) == 1
    assert strengths(known, "offers") == [2, 3]
    assert strengths(known, "research") == [3, 3]
    assert everywhere.lower(viewer=known, purposes=["offers"], at_most=5) == 0


def test_a_pause_quiet_hours_and_a_closed_way_hold_everywhere_and_change_no_strength(known, now):
    assert everywhere.pause(viewer=known, until=now) == 2
    assert everywhere.be_quiet(viewer=known, start=now.time(), end=now.replace(hour=20).time()) == 2
    assert everywhere.close(viewer=known, channels=["phone"]) == 2
    for relation in queries.relations_for(known):
        offers = relation.of("offers")
        assert offers.terms.paused_until == now
        assert offers.terms.quiets
        assert list(offers.closed_channels) == ["phone"]
    assert strengths(known, "offers") == [2, 4]
    assert everywhere.pause(viewer=known, until=None) == 2


def test_the_browsers_signal_lowers_once_and_the_persons_own_word_stands_afterwards(known, shanhang):
    assert [relation.enterprise.pk for relation in everywhere.heed(viewer=known)] == [shanhang]
    assert strengths(known, "offers") == [2, 2]
    # It is about being chosen by one's data for what one did not ask for: research she was asked about stays.
    assert strengths(known, "research") == [3, 3]
    services.step(viewer=known, enterprise_id=shanhang, purpose="offers", strength=3)
    assert everywhere.heed(viewer=known) == []
    assert strengths(known, "offers") == [2, 3]


def test_the_signal_is_kept_as_a_change_with_its_receipt(known, shanhang):
    everywhere.heed(viewer=known)
    newest = own.opened(known, own.receipts_for(known).filter(enterprise_id=shanhang).order_by("-pk")[:1])[0]
    assert (newest.shown.proof, newest.shown.strength, newest.shown.former) == ("Sec-GPC: 1", 2, 4)
    assert everywhere.signals_for(known)[shanhang].lowered == ["offers"]
