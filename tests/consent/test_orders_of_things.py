"""Whatever is granted, withdrawn, held and sent in whatever order: nobody is contacted against what stands then."""

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanxi.consent import gate, services
from guanxi.consent.models import Contact, Hold
from guanxi.consent.services import Statement
from guanxi.people import services as people
from guanxi.trials import holdout

_grants = st.tuples(st.just("say"), st.integers(0, 5))
_channels = st.tuples(st.just("channel"), st.sampled_from([0, 5]))
_others = st.sampled_from([("hold", 0), ("lift", 0)])
_sends = st.tuples(st.just("send"), st.integers(1, 5))


@dataclass
class Model:
    """What a careful clerk would remember."""

    strength: int = 0
    channel: int = 5
    held: int = 0
    contacts: list[int] = field(default_factory=list)

    def allows(self, needs):
        if min(self.strength, self.channel) < needs:
            return False
        # An answer needs a matter, and none is ever opened here; a hold stops everything else.
        return needs > 1 and not self.held


def _do(viewer, customer, model, deed, value):
    if deed == "say":
        model.strength = value
        said = [Statement(purpose="offers", strength=value)]
        services.note(viewer=viewer, customer_id=customer, statements=said, proof="test")
    elif deed == "channel":
        model.channel = value
        said = [Statement(purpose="offers", channel="email", strength=value)]
        services.note(viewer=viewer, customer_id=customer, statements=said, proof="test")
    elif deed == "hold":
        model.held += 1
        services.place_hold(viewer=viewer, customer_id=customer, purposes=["offers"], why="complaint")
    elif deed == "lift":
        model.held = 0
        for hold in Hold.objects.filter(customer_id=customer):
            services.lift_hold(viewer=viewer, hold=hold)
    else:
        _send(viewer, customer, model, value)


def _send(viewer, customer, model, needs):
    verdict = gate.ask(viewer, customer, purpose="offers", channel="email", needs=needs)
    assert (verdict.outcome == "allow") is model.allows(needs)
    if verdict.outcome == "allow":
        services.record_contact(viewer=viewer, verdict=verdict)
        model.contacts.append(needs)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(deeds=st.lists(_grants | _channels | _others | _sends | _sends, min_size=3, max_size=10))
def test_nobody_is_contacted_against_what_stands_at_that_moment(at_desk, monkeypatch, deeds):
    monkeypatch.setattr(holdout, "WITHHELD", frozenset())
    customer = people.create(viewer=at_desk, change=people.Change(label="Household"))
    model = Model()
    for deed, value in deeds:
        _do(at_desk, customer, model, deed, value)
    assert Contact.objects.filter(customer_id=customer).count() == len(model.contacts)
