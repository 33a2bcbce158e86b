"""Compiled queries ask what Django would ask, of other values too, and refuse what they cannot."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.test.utils import CaptureQueriesContext

from guanxi.core.compiled import NotCompilable, compiled
from guanxi.core.viewer import Viewer
from guanxi.people import services
from guanxi.people.models import Customer, Profile
from guanxi.people.services import Change


@pytest.fixture
def made(at_desk: Viewer) -> list[UUID]:
    names = ("Ana", "Ben", "Chen")
    return [
        services.create(viewer=at_desk, change=Change(name=name, label=name[0], fields={}, source_key=name))
        for name in names
    ]


@compiled
def labelled(viewer: Viewer, label: str) -> QuerySet[Customer]:
    return Customer.objects.filter(enterprise_id=viewer.tenant, label=label)


def test_models_are_those_of_django(at_desk: Viewer, made: list[UUID]) -> None:
    for label in ("A", "B", "none"):
        ours = labelled(at_desk, label).rows
        theirs = list(Customer.objects.filter(label=label))
        assert [_facts(one) for one in ours] == [_facts(one) for one in theirs]
    ours[:] = labelled(at_desk, "A").rows
    assert not ours[0]._state.adding
    assert ours[0]._state.db == "default"


def _facts(row: Customer) -> dict[str, object]:
    return {name: value for name, value in vars(row).items() if name != "_state"}


def test_models_beside_and_numbers_counted_come_along(at_desk: Viewer, made: list[UUID]) -> None:
    @compiled
    def whole(ids: list[UUID]) -> QuerySet[Customer]:
        rows = (
            Customer.objects.filter(pk__among=ids).select_related("profile", "home_store").order_by("label")
        )
        return rows.defer("grams").annotate(records=Count("pk"))

    rows = whole(made).rows
    with CaptureQueriesContext(connection) as asked:
        assert [(one.label, one.profile.events, one.home_store) for one in rows] == [
            (one.label, one.profile.events, None)
            for one in Customer.objects.filter(pk__in=made).select_related("profile").order_by("label")
        ]
        assert [one.records for one in rows] == [1, 1, 1]  # type: ignore[attr-defined]  # annotated
    assert len(asked) == 1, "only Django's own"
    assert whole(made[:1]).rows[0].pk == made[0]
    assert whole([]).rows == []


def test_rows_come_as_tuples_names_and_single_values(at_desk: Viewer, made: list[UUID]) -> None:
    @compiled
    def tuples(viewer: Viewer) -> QuerySet[Customer, tuple[str, str | None]]:
        return Customer.objects.order_by("label").values_list("label", "source_key")

    @compiled
    def flat(viewer: Viewer) -> QuerySet[Customer, str]:
        return Customer.objects.order_by("label").values_list("label", flat=True)

    assert tuples(at_desk).rows == [("A", "Ana"), ("B", "Ben"), ("C", "Chen")]
    assert flat(at_desk).rows == ["A", "B", "C"]
    assert flat(at_desk).first == "A"


def test_kinds_of_values_read_as_django_reads_them(at_desk: Viewer, made: list[UUID]) -> None:
    names = (
        "customer_id",
        "spent",
        "events",
        "last_seen_at",
        "customer__fields",
        "customer__created_at",
        "is_root",
    )

    def profiles(since: datetime) -> QuerySet[Profile, tuple[object, ...]]:
        return Profile.objects.filter(customer__created_at__gte=since).order_by("pk").values_list(*names)

    since = at_desk.now - timedelta(days=1)
    assert compiled(profiles)(since).rows == list(profiles(since))


def test_what_is_there_and_what_is_not_are_shapes_of_their_own(at_desk: Viewer, made: list[UUID]) -> None:
    @dataclass(frozen=True)
    class Wanted:
        label: str = ""
        key: str | None = None
        word: str = field(default="", metadata={"shape": True})

    @compiled
    def fitting(wanted: Wanted, *, limit: int) -> QuerySet[Customer, str]:
        rows = Customer.objects.order_by("label")
        if wanted.label:
            rows = rows.filter(label=wanted.label)
        if wanted.key is not None:
            rows = rows.filter(source_key=wanted.key)
        if wanted.word == "nobody":
            rows = rows.none()
        return rows.values_list("label", flat=True)[:limit]

    assert fitting(Wanted(), limit=2).rows == ["A", "B"]
    assert fitting(Wanted(), limit=3).rows == ["A", "B", "C"]
    assert fitting(Wanted(label="B"), limit=3).rows == ["B"]
    assert fitting(Wanted(label="C"), limit=3).rows == ["C"]
    assert fitting(Wanted(key="Ana"), limit=3).rows == ["A"]
    assert fitting(Wanted(key=""), limit=3).rows == []
    assert fitting(Wanted(word="nobody"), limit=3).rows == []


def test_the_purpose_of_a_viewer_is_no_mere_value(at_desk: Viewer, made: list[UUID]) -> None:
    """Whoever reads for offers is refused what they may not see, also after somebody read for service."""

    @compiled
    def seen(viewer: Viewer) -> QuerySet[Customer]:
        from guanxi.core import visibility  # noqa: PLC0415

        return visibility.visible(viewer, Customer.objects.all())

    assert len(seen(at_desk).rows) == 3
    assert seen(at_desk.for_purpose("offers")).rows == []
    assert len(seen(at_desk).rows) == 3


def test_a_question_waits_for_the_next_that_somebody_waits_for(at_desk: Viewer, made: list[UUID]) -> None:
    first, second = labelled(at_desk, "A"), labelled(at_desk, "B")
    assert (second.rows[0].label, first.rows[0].label) == ("B", "A")


class Colour(Enum):
    RED = "red"


def calculates(viewer: Viewer, at: datetime) -> QuerySet[Customer]:
    return Customer.objects.filter(created_at__gte=at - timedelta(days=1))


def decides(viewer: Viewer, label: str) -> QuerySet[Customer]:
    return (
        Customer.objects.filter(label=label) if label == "A" else Customer.objects.filter(Q(source_key=label))
    )


@pytest.mark.parametrize("build", [calculates, decides])
def test_what_cannot_be_compiled_says_so_at_once(
    at_desk: Viewer, build: Callable[[Viewer, object], QuerySet[Customer]]
) -> None:
    with pytest.raises(NotCompilable, match=build.__name__):
        compiled(build)(at_desk, at_desk.now if build is calculates else "A")


def test_a_query_is_neither_value_nor_shape(at_desk: Viewer) -> None:
    @compiled
    def within(rows: object, colour: Colour) -> QuerySet[Customer]:
        raise AssertionError("never built")

    with pytest.raises(NotCompilable, match="QuerySet"):
        within(Customer.objects.filter(pk=uuid4()), Colour.RED)
