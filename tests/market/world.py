"""A small market for tests: segments of every kind, and an oracle that knows no SQL of ours."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from django.db.models import F

from guanxi.core import conditions as conditions_of
from guanxi.core import events
from guanxi.core.conditions import asking
from guanxi.core.identity import id_of
from guanxi.core.models import Event
from guanxi.market.models import CustomerList, ListEntry, Membership, Segment, StateSince
from guanxi.market.segments import place, services, vocabulary
from guanxi.people import services as people
from guanxi.people.models import Customer, Profile

CONDITIONS = {
    "Often": 'events("order.placed", days(30)) >= 2',
    "Exactly one": 'events("order.placed", days(30)) == 1',
    "Quiet": "now - events.last_at > days(10)",
    "Spent": 'total("order.placed", days(60)) >= 25.00 && !(events("page.viewed") > 3)',
    "In town": 'events("order.placed", days(20), event.store == "s1" && event.total >= 10) + 0 > 0',
    "Never": 'events("page.viewed", days(7)) == 0 && customer.identified',
    "Friends": 'in_list("friends") || in_segment("Often")',
    "Half": 'bucket("spring", 2) == 0 && in_segment("Friends")',
    "Loyal": "held(orders.count >= 2, days(5))",
    "Long quiet": "held(now - events.last_at > days(3), days(4)) && !in_segment('Half')",
}


def customer(viewer, number):
    change = people.Change(name=f"Customer {number}", source_key=f"c{number}")
    return people.create(viewer=viewer, change=change)


def happened(viewer, customer_id, type_, days_ago=0, **payload):
    """An event of the house: what happened so many days before now."""
    if type_ == "order.placed":
        payload = {"total": "10.00", "store": "s1", **payload}
        payload["counts"] = {"orders": 1, "spent": payload["total"]}
    draft = events.Draft(type_, viewer.now - timedelta(days=days_ago), payload, customer_id)
    return events.write([draft], source_id=id_of(viewer.tenant, "source", "guanxi"))


def define(viewer, conditions=CONDITIONS):
    """Segments of these conditions, and the list that they name."""
    friends = CustomerList.objects.create(enterprise_id=viewer.tenant, name="friends", created_at=viewer.now)
    for name, text in conditions.items():
        Segment.objects.create(enterprise_id=viewer.tenant, name=name, condition=text)
    return friends


def befriend(viewer, friends, customer_id):
    services.add_to_list(viewer=viewer, list_id=friends.pk, customer_ids=[customer_id])


def later(viewer, **by):
    """The same viewer when time has moved on."""
    return replace(viewer, now=viewer.now + timedelta(**by))


def members(viewer):
    """Who is in which segment, as it is kept."""
    rows = Membership.objects.filter(enterprise_id=viewer.tenant).values_list("segment__name", "customer_id")
    found = {}
    for name, customer_id in rows:
        found.setdefault(name, set()).add(customer_id)
    return found


def oracle(viewer):
    """Who should be in which segment, by the Python predicate over facts gathered one by one."""
    names = vocabulary.names_for(viewer)
    words = vocabulary.vocabulary_for(viewer, names)
    found = {}
    for root in Customer.objects.filter(enterprise_id=viewer.tenant, root_id=F("pk")):
        facts = _facts(viewer, root)
        for segment in Segment.objects.filter(enterprise_id=viewer.tenant, retired_at=None).order_by(
            "created_at", "pk"
        ):
            condition = conditions_of.parse(segment.condition, words)
            for node in condition.asked:
                facts[node.key] = _answer(viewer, root, node, found)
            if condition.selects(facts, now=viewer.now):
                found.setdefault(segment.name, set()).add(root.pk)
    return found


def _records(root):
    return list(Customer.objects.filter(root_id=root.pk).values_list("pk", flat=True))


def _facts(viewer, root):
    profiles = list(Profile.objects.filter(root_id=root.pk))
    seen = [profile.last_seen_at for profile in profiles if profile.last_seen_at]
    return {
        "customer.identified": any(
            Customer.objects.filter(root_id=root.pk).values_list("identified", flat=True)
        ),
        "events.last_at": max(seen) if seen else None,
        "orders.count": sum(profile.orders for profile in profiles),
    }


def _answer(viewer, root, node, found):
    match node.function:
        case "in_segment":
            return root.pk in found.get(node.subject, set())
        case "in_list":
            return ListEntry.objects.filter(list__name=node.subject, customer_id__in=_records(root)).exists()
        case "bucket":
            return asking.bucket(node.subject, root.pk, node.parts)
        case "since":
            row = StateSince.objects.filter(state=place.state_key(node.subject), customer_id=root.pk).first()
            return row and row.since
        case _:
            rows = list(Event.objects.filter(customer_id__in=_records(root), type=node.subject))
            first = 0 if node.days is None else place.day_of(viewer.now, viewer.zone) - node.days + 1
            rows = [row for row in rows if place.day_of(row.occurred_at, viewer.zone) >= first]
            rows = [row for row in rows if all(_carries(row.payload, where) for where in node.where)]
            if node.function == "events":
                return len(rows)
            return sum((Decimal(row.payload["total"]) for row in rows), Decimal(0))


def _carries(payload, where):
    value = payload.get(where.name)
    if value is None:
        return False
    if where.operator == ">=":
        return Decimal(value) >= where.value
    return value == where.value
