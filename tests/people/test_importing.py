"""Rows of files become customers."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from guanxi.core.importing.targets import Outcome, Row
from guanxi.core.viewer import Viewer
from guanxi.people import importing, listing, queries, records, services, wishes
from guanxi.people.models import Customer, Identifier, Pair
from guanxi.people.services import Change


def bring(viewer: Viewer, *rows: dict[str, Any], dry: bool = False) -> list[Outcome]:
    numbered = [Row(number, values) for number, values in enumerate(rows, start=2)]
    return importing.apply(viewer, importing.prepare(viewer)(numbered), run_id=uuid4(), dry=dry)


def actions(outcomes: list[Outcome]) -> list[str]:
    return [str(one.action) for one in outcomes]


ANA = {"source_key": "1", "name": "Ana Costa", "email": "ana@example.org"}
BEN = {"source_key": "2", "name": "Ben Weiß", "phone": "+49 30 901820"}


def test_new_rows_are_made_and_the_same_rows_again_change_nothing(at_desk: Viewer) -> None:
    assert actions(bring(at_desk, ANA, BEN)) == ["create", "create"]
    assert actions(bring(at_desk, ANA, BEN)) == ["unchanged", "unchanged"]
    assert Customer.objects.count() == 2
    found = listing.customers_for(at_desk, listing.Criteria(text="costa"))
    assert queries.whole_for(at_desk, found.get().pk).facts["name"].source == "import"


def test_a_dry_run_counts_and_writes_nothing(at_desk: Viewer) -> None:
    assert actions(bring(at_desk, ANA, BEN, dry=True)) == ["create", "create"]
    assert not Customer.objects.exists()


def test_a_changed_row_changes_the_customer_and_what_it_is_found_by(at_desk: Viewer) -> None:
    bring(at_desk, ANA)
    (outcome,) = bring(at_desk, {**ANA, "name": "Ana Silva", "phone": "+351912345678"})
    assert outcome.action == "update"
    whole = queries.whole_for(at_desk, outcome.target_id or uuid4())
    assert whole.name == "Ana Silva"
    assert {one.kind for one in whole.identifiers} == {"email", "phone"}
    assert not queries.search(at_desk, "costa").ids


def test_undoing_takes_back_what_was_made_and_what_was_changed(at_desk: Viewer) -> None:
    bring(at_desk, ANA)
    outcomes = bring(at_desk, {**ANA, "name": "Ana Silva", "phone": "+351912345678"}, BEN)
    assert actions(importing.undo(at_desk, outcomes[::-1])) == ["undone", "undone"]
    whole = queries.whole_for(at_desk, Customer.objects.get().pk)
    assert whole.name == "Ana Costa"
    assert [one.kind for one in whole.identifiers] == ["email"]
    assert queries.search(at_desk, "costa").ids == (whole.id,)


def test_what_was_changed_since_is_not_taken_back(at_desk: Viewer) -> None:
    bring(at_desk, ANA)
    outcomes = bring(at_desk, {**ANA, "name": "Ana Silva"})
    key = Customer.objects.get().pk
    services.update(viewer=at_desk, customer_id=key, change=Change(name="Ana Lima"), source="call")
    assert actions(importing.undo(at_desk, outcomes)) == ["refused"]
    assert queries.whole_for(at_desk, key).name == "Ana Lima"


def test_rows_of_one_batch_that_mean_one_customer_become_one(at_desk: Viewer) -> None:
    outcomes = bring(at_desk, ANA, {"source_key": "1", "phone": "+351912345678"}, ANA)
    assert actions(outcomes) == ["create", "update", "unchanged"]
    assert Identifier.objects.count() == 2
    assert Customer.objects.count() == 1


def test_a_shared_telephone_does_not_make_a_family_one_customer(at_desk: Viewer) -> None:
    (outcome,) = bring(at_desk, {**ANA, "phone": "+351912345678"})[:1]
    (other,) = bring(at_desk, {"source_key": "9", "name": "Rui Costa", "phone": "+351912345678"})
    assert other.action == "create"
    assert other.reason
    pair = Pair.objects.get()
    assert {pair.left_id, pair.right_id} == {outcome.target_id, other.target_id}


def test_identifiers_of_two_customers_are_a_conflict_and_nothing_is_written(at_desk: Viewer) -> None:
    bring(at_desk, ANA, BEN)
    (outcome,) = bring(at_desk, {"name": "Somebody", "email": "ana@example.org", "phone": "+49 30 901820"})
    assert outcome.action == "conflict"
    assert Customer.objects.count() == 2


def test_a_row_without_a_key_is_matched_by_its_address(at_desk: Viewer) -> None:
    bring(at_desk, ANA)
    (outcome,) = bring(at_desk, {"email": "ANA@example.org", "label": "Ana from the fair"})
    assert outcome.action == "update"
    assert Customer.objects.get().label == "Ana from the fair"


def test_junk_is_left_out_with_its_reason_and_the_customer_comes_in(at_desk: Viewer) -> None:
    good, bad = bring(at_desk, {**ANA, "phone": "0000"}, {"email": "test@test"})
    assert (good.action, bad.action) == ("create", "reject")
    assert good.reason
    assert bad.reason
    assert Identifier.objects.count() == 1


def test_own_fields_and_stores_are_filled(at_desk: Viewer) -> None:
    services.define_field(
        viewer=at_desk, name="income", label="Income", type="choice", choices=["low", "high"]
    )
    assert [one.name for one in importing.fields(at_desk)] == ["fields.income"]
    (_outcome, bad) = bring(
        at_desk, {"source_key": "1", "label": "Household 1", "fields.income": "LOW", "store": "nanjing"},
        {"source_key": "2", "fields.income": "middling"},
    )  # fmt: skip
    row = Customer.objects.get()
    assert (row.fields, row.home_store is not None, bad.action) == ({"income": "low"}, True, "reject")


@pytest.mark.parametrize(
    ("given", "name"),
    [({"family_name": "张", "given_name": "三"}, "张三"), ({"family_name": "Costa", "given_name": "Ana"}, "Ana Costa"),
     ({"name": "  Ana   Costa "}, "Ana Costa"), ({"family_name": "Costa"}, "Costa"), ({}, None)],
)  # fmt: skip
def test_names_are_put_together_in_the_order_of_their_culture(
    given: dict[str, str], name: str | None
) -> None:
    assert wishes.composed(given) == name


def test_what_the_database_refuses_of_new_records_is_told_in_the_words_of_django(at_desk: Viewer) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        records.write(at_desk.tenant, [records.Draft(kind="robot")], source="import", now=at_desk.now)
    assert not Customer.objects.exists()
