"""Whatever happens in whatever order, crashes and two workers at once included: no contact that is forbidden at that
moment, and no refusal without a reason. The clerk below knows the rules only by what they mean."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from guanxi.consent import gate, services
from guanxi.consent.models import Contact, Hold, Verdict
from guanxi.consent.services import Statement
from guanxi.core import viewers
from guanxi.core.identity import id_of
from guanxi.core.tenancy import tenancy
from guanxi.people import services as people

# A Friday; on the Sunday after it Berlin turns its clocks back.
BEGUN = datetime(2026, 10, 23, 6, 0, tzinfo=UTC)
# The hold-out does not apply to it: who is left alone is another test's.
PURPOSE = "research"
_quiets = st.sampled_from([None, None, (time(21), time(8)), (time(2), time(3)), (time(12), time(14))])
_zones = st.sampled_from(["Europe/Berlin", "Asia/Shanghai", "America/New_York"])


class Crashed(Exception):
    """The process died before its transaction was committed."""


@dataclass
class Record:
    """What the clerk remembers of one record."""

    strength: int | None = None
    quiet: tuple | None = None
    zone: str = "UTC"
    cap: int | None = None
    email: int = 5
    held: int = 0
    contacts: list = field(default_factory=list)

    def quiet_at(self, now):
        if not self.quiet or self.strength is None:
            return False
        (start, end), clock = self.quiet, now.astimezone(ZoneInfo(self.zone)).time()
        return start <= clock < end if start < end else clock >= start or clock < end


class AnyOrder(RuleBasedStateMachine):
    """Two records of one enterprise, which may be one customer."""

    def __init__(self):
        super().__init__()
        self.now = BEGUN
        self.merge = None
        account = id_of("account", "chen@shanhang.example")
        self.chen = viewers.for_staff(account, id_of("enterprise", "shanhang"))
        with self.acting() as viewer:
            self.ids = [people.create(viewer=viewer, change=people.Change(label=f"R{n}")) for n in range(2)]
        self.records = [Record(), Record()]

    @contextmanager
    def acting(self, zone="UTC", crashes=False) -> Iterator:
        """One transaction of one process, committed unless it crashes."""
        with suppress(Crashed), tenancy(replace(self.chen, now=self.now, zone=zone)) as viewer:
            yield viewer
            if crashes:
                raise Crashed

    def whole(self, place):
        return self.records if self.merge else [self.records[place]]

    def root(self, place):
        return 0 if self.merge else place

    def forbids(self, place, needs):
        """Why it may not be sent now, in the clerk's words; empty where it may."""
        whole = self.whole(place)
        said = [one for one in whole if one.strength is not None]
        has = min((min(one.strength, one.email) for one in said), default=0)
        caps = [one.cap for one in said if one.cap is not None]
        sent = [moment for one in whole for moment in one.contacts]
        week = [moment for moment in sent if moment > self.now - timedelta(days=7)]
        load = sum(0.25 * 2 ** (-((self.now - moment) / timedelta(days=45))) for moment in sent)
        bears = 0.5 + 4 * has / 5 / (4 + 0.1 * len(sent))
        reasons = {
            "strength": has < needs,
            "hold": any(one.held for one in whole),
            "quiet": any(one.quiet_at(self.now) for one in whole),
            "cap": bool(caps) and len(week) >= min(caps),
            "pressure": load + 0.25 > bears + 1e-5,
        }
        return ", ".join(reason for reason, holds in reasons.items() if holds)

    @rule(place=st.integers(0, 1), strength=st.integers(0, 5), quiet=_quiets, zone=_zones,
          cap=st.sampled_from([None, 1, 2]), crashes=st.booleans())  # fmt: skip
    def says(self, place, strength, quiet, zone, cap, crashes):
        start, end = quiet or (None, None)
        said = Statement(purpose=PURPOSE, strength=strength, quiet_from=start, quiet_to=end, weekly_cap=cap)
        with self.acting(zone, crashes) as viewer:
            changed = services.note(
                viewer=viewer, customer_id=self.ids[place], statements=[said], proof="at the till"
            )
        record = self.records[self.root(place)]
        if changed and not crashes:
            record.strength, record.quiet, record.zone, record.cap = strength, quiet, zone, cap

    @rule(place=st.integers(0, 1), strength=st.sampled_from([0, 2, 5]))
    def limits_the_channel(self, place, strength):
        said = Statement(purpose=PURPOSE, channel="email", strength=strength)
        with self.acting() as viewer:
            services.note(viewer=viewer, customer_id=self.ids[place], statements=[said], proof="at the till")
        self.records[self.root(place)].email = strength

    @rule(place=st.integers(0, 1))
    def complains(self, place):
        with self.acting() as viewer:
            services.place_hold(
                viewer=viewer, customer_id=self.ids[place], purposes=[PURPOSE], why="Complaint"
            )
        self.records[self.root(place)].held += 1

    @rule()
    def is_settled(self):
        with self.acting() as viewer:
            for hold in Hold.objects.filter(customer_id__in=self.ids, lifted_at=None):
                services.lift_hold(viewer=viewer, hold=hold)
        for record in self.records:
            record.held = 0

    @rule(hours=st.sampled_from([1, 5, 11, 24, 49, 170]))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)

    @precondition(lambda self: not self.merge)
    @rule(crashes=st.booleans())
    def turn_out_to_be_one(self, crashes):
        with self.acting(crashes=crashes) as viewer:
            merge = people.merge(viewer=viewer, kept_id=self.ids[0], absorbed_id=self.ids[1], reason="same")
        self.merge = None if crashes else merge

    @precondition(lambda self: self.merge)
    @rule()
    def turn_out_to_be_two(self):
        with self.acting() as viewer:
            people.undo(viewer=viewer, merge_id=getattr(self.merge, "pk", self.merge))
        self.merge = None

    @rule(place=st.integers(0, 1), needs=st.integers(2, 5), crashes=st.booleans())
    def is_sent_to(self, place, needs, crashes):
        with self.acting(crashes=crashes) as viewer:
            verdict = gate.ask(viewer, self.ids[place], purpose=PURPOSE, channel="email", needs=needs)
            self.check(verdict, self.forbids(place, needs))
            if verdict.outcome == "allow":
                services.record_contact(viewer=viewer, verdict=verdict)
        if verdict.outcome == "allow" and not crashes:
            self.records[self.root(place)].contacts.append(self.now)

    def check(self, verdict, forbidden):
        assert (verdict.outcome == "allow") is (not forbidden), (verdict.reason, verdict.facts, forbidden)
        assert verdict.reason
        assert (verdict.outcome == "defer") is (verdict.until is not None)
        assert verdict.until is None or verdict.until > self.now

    @rule(place=st.integers(0, 1))
    def two_workers_send_at_once(self, place):
        with self.acting() as viewer:
            verdict = gate.ask(viewer, self.ids[place], purpose=PURPOSE, channel="email", needs=2)
        self.check(verdict, self.forbids(place, 2))
        together, made = Barrier(2), []

        def send():
            try:
                together.wait(5)
                with tenancy(replace(self.chen, now=self.now)) as worker, suppress(services.NotPermitted):
                    made.append(services.record_contact(viewer=worker, verdict=verdict))
            finally:
                connection.close()

        workers = [Thread(target=send) for _both in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(20)
        assert len(made) == (verdict.outcome == "allow")
        self.records[self.root(place)].contacts += [self.now] * len(made)

    @invariant()
    def every_contact_stands_under_its_own_allowing_verdict(self):
        with self.acting():
            contacts = list(Contact.objects.filter(customer_id__in=self.ids).select_related("verdict"))
            assert len(contacts) == sum(len(one.contacts) for one in self.records)
            assert {one.verdict.outcome for one in contacts} <= {"allow"}
            assert not Verdict.objects.filter(customer_id__in=self.ids, reason="").exists()


@pytest.mark.slow
def test_no_order_of_things_gets_past_the_gate(fresh_database):
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=8, stateful_step_count=15, deadline=None, phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
