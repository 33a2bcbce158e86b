"""What is packed before anybody looked comes in as if it had been decided row by row."""

import pickle
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from guanxi.core import sealing
from guanxi.core.importing.targets import Outcome, Row
from guanxi.core.viewer import Viewer
from guanxi.people import importing, queries, records
from guanxi.people.models import Customer, Identifier
from guanxi.people.sheaves import Sheaf

ANA = {"source_key": "1", "name": "Ana Costa", "email": "ana@example.org"}
BEN = {"source_key": "2", "name": "Ben Weiß", "phone": "+49 30 901820", "store": "nowhere"}
EVA = {"source_key": "3", "name": "Eva Lind", "email": "eva@example.org"}


def numbered(*rows: dict[str, Any]) -> list[Row]:
    return [Row(number, values, ("source_key",)) for number, values in enumerate(rows, start=2)]


def bound(viewer: Viewer, *rows: dict[str, Any]) -> Sheaf:
    """A sheaf as it comes out of another process."""
    sheaf = importing.prepare(viewer)(numbered(*rows))
    opened = pickle.loads(pickle.dumps(sheaf))
    assert isinstance(opened, Sheaf)
    return opened


def bring(viewer: Viewer, rows: Any) -> list[Outcome]:
    return importing.apply(viewer, rows, run_id=uuid4(), dry=False)


def told(outcomes: list[Outcome]) -> list[tuple[int, str, str]]:
    return [(one.number, str(one.action), one.reason) for one in outcomes]


def test_a_sheaf_gives_its_rows_back_and_can_be_cut(at_desk: Viewer) -> None:
    rows = numbered(ANA, BEN, EVA)
    sheaf = bound(at_desk, ANA, BEN, EVA)
    assert (len(sheaf), sheaf[0], list(sheaf[1:])) == (3, rows[0], rows[1:])


def test_only_rows_that_share_nothing_are_packed(at_desk: Viewer) -> None:
    sheaf = bound(at_desk, ANA, {**BEN, "email": ANA["email"]}, EVA, {"email": "not an address"})
    assert sheaf.parcel.places == [2]


@pytest.mark.parametrize("known", [[], [ANA], [EVA, ANA], [{"name": "Other", "email": "eva@example.org"}]])
def test_packed_or_decided_one_by_one_a_batch_ends_the_same(
    at_desk: Viewer, known: list[dict[str, Any]]
) -> None:
    ends = []
    for pack in (bound, lambda _viewer, *rows: numbered(*rows)):
        with transaction.atomic():
            if known:
                bring(at_desk, numbered(*known))
            outcomes = bring(at_desk, pack(at_desk, ANA, BEN, EVA, {**ANA, "email": "a@example.org"}, {}))
            names = {
                key: queries.whole_for(at_desk, id_).name
                for key, id_ in Customer.objects.values_list("source_key", "id")
            }
            ends.append((told(outcomes), names, Identifier.objects.count()))
            transaction.set_rollback(True)
    assert ends[0] == ends[1]


def test_an_identifier_taken_since_it_was_looked_up_stays_where_it_is(
    at_desk: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheaf = bound(at_desk, ANA, EVA)
    bring(at_desk, numbered({"name": "Other", "email": "eva@example.org"}))
    # As for a batch that looked before the other one wrote.
    monkeypatch.setattr(records, "known", lambda _tenant, _parcel: set())
    assert told(bring(at_desk, sheaf)) == [
        (2, "create", ""),
        (3, "create", "an identifier was taken meanwhile"),
    ]
    assert Identifier.objects.filter(kind="email").count() == 2


def test_an_id_that_is_in_use_is_not_given_twice(at_desk: Viewer) -> None:
    (first,) = bring(at_desk, bound(at_desk, ANA))
    Customer.objects.filter(pk__in=[first.target_id]).update(source_key="changed")
    Identifier.objects.all().delete()
    (second,) = bring(at_desk, bound(at_desk, ANA))
    assert (second.action, second.target_id != first.target_id) == ("create", True)


def test_each_record_is_sealed_with_a_key_of_its_own(at_desk: Viewer) -> None:
    outcomes = bring(at_desk, bound(at_desk, ANA, EVA))
    ids = [one.target_id for one in outcomes if one.target_id]
    keys = sealing.keys_for(at_desk.tenant, ids)
    rows = Customer.objects.in_bulk(ids)
    names = [sealing.decrypt(keys[id_], bytes(rows[id_].name or b"")) for id_ in ids]
    assert (names, len(set(keys.values()))) == (["Ana Costa", "Eva Lind"], 2)


def test_a_root_must_be_a_record_of_the_enterprise(at_desk: Viewer) -> None:
    (ana,) = bring(at_desk, bound(at_desk, ANA))
    with pytest.raises(IntegrityError):
        point_at_nobody(ana)


@transaction.atomic
def point_at_nobody(outcome: Outcome) -> None:
    Customer.objects.filter(pk__in=[outcome.target_id]).update(root_id=uuid4())
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
