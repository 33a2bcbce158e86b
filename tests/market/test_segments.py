"""Segments are exact whatever happens in whatever order, and tell once who came and who left."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanxi.core.models import Event
from guanxi.core.tenancy import tenancy
from guanxi.market.models import Standing
from guanxi.market.segments import refreshing
from guanxi.people import services as people
from guanxi.people import unions
from tests.market import world


def moves(viewer):
    """What was told of coming and going, in order."""
    rows = Event.objects.filter(enterprise_id=viewer.tenant, type__startswith="segment.").order_by("seq")
    return [(event.type, event.payload["name"], event.customer_id) for event in rows]


def test_a_segment_is_filled_and_follows_what_happens(at_desk):
    one, other = world.customer(at_desk, 1), world.customer(at_desk, 2)
    world.happened(at_desk, one, "order.placed", days_ago=1)
    world.define(at_desk, {"Often": world.CONDITIONS["Often"]})
    refreshing.refresh(at_desk)
    assert world.members(at_desk) == {}
    world.happened(at_desk, one, "order.placed", days_ago=2)
    world.happened(at_desk, other, "order.placed", days_ago=2)
    refreshing.refresh(at_desk)
    assert (world.members(at_desk), moves(at_desk)) == ({"Often": {one}}, [("segment.entered", "Often", one)])
    assert Standing.objects.get().size == 1


def test_time_alone_moves_customers_and_is_told_once(at_desk):
    one = world.customer(at_desk, 1)
    world.define(at_desk, {"Often": world.CONDITIONS["Often"], "Quiet": world.CONDITIONS["Quiet"]})
    refreshing.refresh(at_desk)
    for days_ago in (28, 3):
        world.happened(at_desk, one, "order.placed", days_ago=days_ago)
    first = refreshing.refresh(at_desk)
    assert (world.members(at_desk), first.next_due is not None) == ({"Often": {one}}, True)
    then = world.later(at_desk, days=7, microseconds=1)
    with tenancy(then):
        for _again in range(3):
            refreshing.refresh(then)
    assert world.members(at_desk) == {"Quiet": {one}}
    assert moves(at_desk) == [
        ("segment.entered", "Often", one),
        ("segment.left", "Often", one),
        ("segment.entered", "Quiet", one),
    ]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("customer")),
        st.tuples(
            st.just("event"),
            st.integers(0, 5),
            st.sampled_from(["order.placed", "order.placed", "page.viewed"]),
            st.sampled_from([0, 0, 1, 6, 7, 19, 29, 30, 45]),
            st.sampled_from(["5.00", "12.50", "30.00"]),
            st.sampled_from(["s1", "s2"]),
        ),
        st.tuples(st.just("merge"), st.integers(0, 5), st.integers(0, 5)),
        st.tuples(st.just("undo")),
        st.tuples(st.just("befriend"), st.integers(0, 5)),
        st.tuples(st.just("time"), st.sampled_from([1, 13, 24, 72, 24 * 8, 24 * 25])),
        st.tuples(st.just("refresh")),
    ),
    min_size=4,
    max_size=22,
)


class Play:
    """Does what a step says, and knows what it has made."""

    def __init__(self, viewer):
        self.viewer, self.made, self.merges = viewer, [], []
        self.friends = world.define(viewer)

    def do(self, step):
        with tenancy(self.viewer):
            getattr(self, step[0])(*step[1:])

    def customer(self):
        self.made.append(world.customer(self.viewer, len(self.made)))

    def _one(self, number):
        return self.made[number % len(self.made)] if self.made else None

    def event(self, number, type_, days_ago, total, store):
        if self.made:
            world.happened(self.viewer, self._one(number), type_, days_ago, total=total, store=store)

    def merge(self, one, other):
        if not self.made:
            return
        try:
            made = people.merge(viewer=self.viewer, kept_id=self._one(one), absorbed_id=self._one(other))
            self.merges.append(made.pk)
        except unions.SameCustomer:
            pass

    def undo(self):
        if self.merges:
            people.undo(viewer=self.viewer, merge_id=self.merges.pop())

    def befriend(self, number):
        if self.made:
            world.befriend(self.viewer, self.friends, self._one(number))

    def time(self, hours):
        self.viewer = world.later(self.viewer, hours=hours)

    def refresh(self):
        refreshing.refresh(self.viewer)


@pytest.mark.slow
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_segments_are_exact_after_any_order_of_events_merges_and_time(chen, steps):
    with tenancy(chen):
        before = transaction.savepoint()
        play = Play(chen)
        for step in [("customer",), ("customer",), *steps, ("refresh",)]:
            play.do(step)
        with tenancy(play.viewer):
            kept = world.members(play.viewer)
            assert kept == world.oracle(play.viewer)
            refreshing.recount(play.viewer, lay=True)
            assert world.members(play.viewer) == kept
        transaction.savepoint_rollback(before)
