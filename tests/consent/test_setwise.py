"""Random worlds: asked one by one, together, or as a plan, the gate gives everybody the same answer."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from guanxi.consent import gate, judging, services
from guanxi.consent.judging import Quiet
from guanxi.consent.models import Contact, Permission, Pressure, Verdict
from guanxi.consent.services import Statement
from guanxi.core.models import Event
from guanxi.core.tenancy import tenancy
from guanxi.people import services as people
from guanxi.trials import holdout
from guanxi.trials.models import HoldOut

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
_statements = st.builds(
    Statement,
    purpose=st.sampled_from(["offers", "offers", "orders"]),
    strength=st.sampled_from([0, 2, 3, 3, 4, 5]),
    channel=st.sampled_from(["", "", "", "email"]),
    quiet_from=st.sampled_from([None, None, None, time(16), time(21)]),
    quiet_to=st.just(time(18, 30)),
    weekly_cap=st.sampled_from([None, None, 0, 1, 2]),
    paused_until=st.sampled_from([None, None, None, NOW + timedelta(days=1), NOW - timedelta(days=1)]),
    ends_at=st.sampled_from([None, None, None, NOW + timedelta(days=1), NOW - timedelta(days=1)]),
).map(lambda one: one if one.quiet_from else Statement(**{**_fields(one), "quiet_to": None}))
_customers = st.fixed_dictionaries(
    {
        "said": st.lists(_statements, max_size=3),
        "contacts": st.lists(st.sampled_from([0, 1, 5, 6, 40]), max_size=4),
        "held": st.sampled_from([False, False, False, True]),
        "matter": st.booleans(),
        "merged": st.booleans(),
    }
)
_policies = st.builds(
    judging.Policy,
    limit=st.sampled_from([0.0, 0.1, 0.5]),
    half_life=st.sampled_from([7.0, 45.0]),
    weekly_cap=st.sampled_from([None, None, 1, 3]),
    quiet=st.sampled_from([None, Quiet(time(8), time(10), "UTC")]),
    least=st.sampled_from([{}, {"offers": 3}]),
)
_wishes = st.fixed_dictionaries(
    {
        "purpose": st.sampled_from(["offers", "offers", "offers", "orders"]),
        "channel": st.sampled_from(["email", "email", "post"]),
        "needs": st.sampled_from([0, 1, 2, 2, 3]),
        "asked_for": st.sampled_from([False, False, True]),
    }
)


def _fields(one):
    return {name: getattr(one, name) for name in Statement.__dataclass_fields__}


def _settle(viewer, facts, former):
    customer = people.create(viewer=viewer, change=people.Change(label="Household"))
    for statement in facts["said"]:
        services.note(viewer=viewer, customer_id=customer, statements=[statement], proof="drawn")
    for days in facts["contacts"]:
        _book(viewer, customer, days)
    if facts["held"]:
        services.place_hold(viewer=viewer, customer_id=customer, purposes=["offers"], why="Complaint")
    if facts["matter"]:
        services.open_matter(viewer=viewer, customer_id=customer, kind="question")
    if facts["merged"] and former:
        people.merge(viewer=viewer, kept_id=former, absorbed_id=customer, reason="drawn")
        return former
    return customer


def _book(viewer, customer, days):
    """A contact of some days ago, under a verdict that allowed it."""
    then = NOW - timedelta(days=days)
    verdict = Verdict.objects.create(
        enterprise_id=viewer.tenant, customer_id=customer, record_ids=[customer], kind="contact", purpose="offers",
        channel="email", needs=2, outcome="allow", reason="permitted", asked_by="drawn", asked_at=then,
    )  # fmt: skip
    return Contact.objects.create(
        enterprise_id=viewer.tenant, customer_id=customer, record_ids=[customer], verdict=verdict, direction="out",
        purpose="offers", channel="email", load=0.25, happened_at=then,
    )  # fmt: skip


def _candidates(ids):
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS gate_candidate")
        cursor.execute("CREATE TEMP TABLE gate_candidate (root_id uuid PRIMARY KEY) ON COMMIT DROP")
        cursor.executemany("INSERT INTO gate_candidate VALUES (%s)", [[one] for one in ids])


def planned(viewer, ids, **wish):
    """What `judge_many` answers, and how it counts."""
    _candidates(ids)
    counts = gate.judge_many(viewer, **wish)
    with connection.cursor() as cursor:
        cursor.execute("SELECT root_id, outcome, reason, until FROM gate_answer")
        return {row[0]: row[1:] for row in cursor.fetchall()}, counts


def answers(verdicts):
    return {key: (one.outcome, one.reason, one.until) for key, one in verdicts.items()}


def _undo(savepoint):
    transaction.savepoint_rollback(savepoint)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(world=st.lists(_customers, min_size=4, max_size=8), policy=st.none() | _policies, wish=_wishes)
def test_one_by_one_together_and_as_a_plan_are_the_same(at_desk, world, policy, wish):
    savepoint = transaction.savepoint()
    roots = []
    for facts in world:
        roots.append(_settle(at_desk, facts, roots[-1] if roots else None))
    roots = list(dict.fromkeys(roots))
    if policy:
        services.set_policy(viewer=at_desk, policy=policy)
    plan, counts = planned(at_desk, roots, **wish)
    together = answers(gate.ask_many(at_desk, roots, **wish))
    single = answers({root: gate.ask(at_desk, root, **wish) for root in roots})
    assert plan == together == single
    assert sum(counts.values()) == len(roots)
    _undo(savepoint)


def test_a_verdict_is_written_for_each_root_and_an_event_for_each_refusal(at_desk):
    first, second, third = (
        people.create(viewer=at_desk, change=people.Change(label=f"Household {number}"))
        for number in range(3)
    )
    people.merge(viewer=at_desk, kept_id=first, absorbed_id=second, reason="same")
    found = gate.ask_many(
        at_desk, [first, second, third], purpose="offers", channel="email", needs=3, about="Trails"
    )
    assert found[first].pk == found[second].pk != found[third].pk
    assert Verdict.objects.count() == 2
    assert Event.objects.filter(type="contact.refused").count() == 2
    assert set(found[first].record_ids) == {first, second}


def test_a_plan_leaves_no_trace_and_asking_records_who_is_left_alone(at_desk):
    period = holdout.period_of(at_desk.now)
    ids = [people.create(viewer=at_desk, change=people.Change(label=str(number))) for number in range(60)]
    left = {key for key in ids if holdout.held_out(at_desk.tenant, key, period)}
    for key in ids:
        services.note(
            viewer=at_desk, customer_id=key, statements=[Statement(purpose="offers", strength=3)], proof="x"
        )
    wish = {"purpose": "offers", "channel": "email", "needs": 3}
    plan, counts = planned(at_desk, ids, **wish)
    assert {key for key, answer in plan.items() if answer[1] == "left_alone"} == left
    assert counts["allow", "permitted"] == len(ids) - len(left)
    assert not Verdict.objects.exists()
    assert not HoldOut.objects.exists()
    gate.ask_many(at_desk, ids, **wish)
    assert set(HoldOut.objects.values_list("customer_id", flat=True)) == left


def test_the_vectorised_hold_out_is_the_same_function(at_desk):
    keys = [str(people.create(viewer=at_desk, change=people.Change(label=str(n)))) for n in range(5)]
    names = [f"{key[:-4]}{n:04d}" for key in keys for n in range(400)]
    left = set(holdout.held_out_among(at_desk.tenant, (name.encode() for name in names), "2026H2"))
    assert left == {name.encode() for name in names if holdout.held_out(at_desk.tenant, name, "2026H2")}
    assert 0.02 < len(left) / len(names) < 0.09


def test_a_customer_of_another_enterprise_gets_no_answer(at_desk, bea):
    ours = people.create(viewer=at_desk, change=people.Change(label="Ours"))
    with tenancy(bea):
        wish = {"purpose": "offers", "channel": "email", "needs": 3}
        assert gate.ask_many(bea, [ours], **wish) == {}
        plan, counts = planned(bea, [ours], **wish)
    assert (plan, dict(counts)) == ({}, {})


def test_what_others_did_counts_for_a_person_as_one_number(at_desk, bea, ana):
    ours = people.create(
        viewer=at_desk, change=people.Change(label="Ana"), identifiers=[("email", "ana@example.org")]
    )
    with tenancy(bea):
        theirs = people.create(
            viewer=bea, change=people.Change(label="Ana"), identifiers=[("email", "ana@example.org")]
        )
        for days in range(8):
            _book(bea, theirs, days)
    with tenancy(ana):
        people.claim(viewer=ana, kind="email", value="ana@example.org", proved_by="email")
        for enterprise_id in (at_desk.tenant, bea.tenant):
            services.say(
                viewer=ana,
                enterprise_id=enterprise_id,
                statements=[Statement(purpose="research", strength=3)],
            )
    wish = {"purpose": "research", "channel": "email", "needs": 3}
    assert not Pressure.objects.filter(customer_id=ours).exists()
    verdict = gate.ask(at_desk, ours, **wish)
    assert (verdict.outcome, verdict.reason) == ("defer", "contact_pressure")
    assert verdict.facts["load"] > 1.1
    assert answers(gate.ask_many(at_desk, [ours], **wish)) == planned(at_desk, [ours], **wish)[0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM consent_elsewhere(%s, %s)", [[bea.staff_id], NOW])
        assert cursor.fetchone() == (0,)
    assert Permission.objects.filter(enterprise_id=bea.tenant).count() == 0
