"""The four registries: how packages take part in each other without importing each other."""

from collections.abc import Sequence

import pytest
from django.db.models import Q

from guanxi.core import bus, events, schemas, slots, visibility
from guanxi.core.models import Event, Reaction, Store
from guanxi.core.resolve import resolve
from guanxi.core.schemas import EventSchema
from guanxi.core.viewer import Viewer


@pytest.fixture
def folded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The types that reached a fold of `kettle.*`, registered for one test."""
    seen: list[str] = []

    def note(batch: Sequence[Event]) -> None:
        seen.extend(event.type for event in batch)

    monkeypatch.setattr(bus, "_folds", [*bus.folds()])
    bus.fold("kettle.*", note)
    return seen


def test_a_fold_sees_events_of_its_types_once_in_order(at_desk: Viewer, folded: list[str]) -> None:
    drafts = [
        events.Draft(type_, at_desk.now, message_id=str(n))
        for n, type_ in enumerate(["kettle.filled", "lamp.lit", "kettle.boiled", "kettle.boiled"])
    ]
    drafts[3].message_id = "2"
    events.write(drafts, source_id=at_desk.tenant)
    events.write(drafts, source_id=at_desk.tenant)
    assert folded == ["kettle.filled", "kettle.boiled"]


def test_a_reaction_is_a_row_in_the_writers_transaction(
    at_desk: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus, "_reactions", {})
    bus.react("kettle.boiled", "test.pour", print)
    events.emit("kettle.boiled")
    events.emit("kettle.filled")
    assert [(row.subscriber, row.attempts) for row in Reaction.objects.all()] == [("test.pour", 0)]


def test_two_reactions_cannot_share_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus, "_reactions", {})
    bus.react("kettle.boiled", "test.pour", print)
    with pytest.raises(ValueError, match=r"test\.pour"):
        bus.react("lamp.lit", "test.pour", print)


def test_slots_are_filled_in_order_and_skip_what_has_nothing_to_show(
    chen: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "_slots", type(slots._slots)(dict))
    slots.register("shelf", name="b.second", query=lambda viewer, subject: {"of": subject}, order=20)
    slots.register("shelf", name="a.first", query=lambda viewer, subject: {"by": viewer.role}, order=10)
    slots.register("shelf", name="c.empty", query=lambda viewer, subject: None, order=5)
    assert [(shown.filling.name, dict(shown.variables)) for shown in slots.shown("shelf", chen, "cup")] == [
        ("a.first", {"by": "owner"}),
        ("b.second", {"of": "cup"}),
    ]


def test_every_contributed_predicate_and_mask_counts(
    at_desk: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visibility, "_predicates", type(visibility._predicates)(list))
    monkeypatch.setattr(visibility, "_masks", type(visibility._masks)(list))
    visibility.contribute("core.Store", predicate=lambda viewer: Q(code__startswith="n"))
    visibility.contribute(
        "core.Store", predicate=lambda viewer: None, mask=lambda viewer: frozenset({"zone"})
    )
    assert [store.code for store in visibility.visible(at_desk, Store.objects.all())] == ["nanjing"]
    assert visibility.masked(at_desk, "core.Store") == {"zone"}


def test_an_older_event_is_read_in_the_newest_shape() -> None:
    schema = EventSchema(
        "kettle.boiled",
        version=3,
        upcasters={1: lambda old: {**old, "degrees": 100}, 2: lambda old: {**old, "scale": "celsius"}},
    )
    assert schema.lifted(1, {"litres": 2}) == {"litres": 2, "degrees": 100, "scale": "celsius"}
    assert schema.lifted(3, {"litres": 2}) == {"litres": 2}


def test_a_type_that_nobody_registered_seals_what_usually_names_somebody() -> None:
    assert {"email", "phone", "name"} <= set(schemas.schema_of("track.never_heard_of").private)


@pytest.mark.parametrize("name", ["json", "json:", "json:nothing", "no.such.module:thing"])
def test_a_name_that_leads_nowhere_is_said_to(name: str) -> None:
    with pytest.raises(LookupError):
        resolve(name)
