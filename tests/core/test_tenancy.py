"""Whose rows a transaction sees."""

import pytest
from django.db import ProgrammingError, connection, transaction

from guanxi.core import events, queries, sealing, secrets
from guanxi.core.identity import new_id
from guanxi.core.models import Enterprise, Event, Store
from guanxi.core.tenancy import NoTenancy, current, tenancy
from guanxi.core.viewer import Viewer


def test_without_tenancy_every_data_table_is_denied(db: None) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        list(Store.objects.all())


def test_each_enterprise_sees_its_own_stores_only(chen: Viewer, bea: Viewer) -> None:
    with tenancy(chen):
        assert {store.code for store in queries.stores_for(chen)} == {"nanjing", "xihu"}
        with tenancy(bea):
            assert {store.code for store in Store.objects.all()} == {"mitte"}
        assert {store.code for store in Store.objects.all()} == {"nanjing", "xihu"}


def test_leaving_an_inner_tenancy_by_an_error_restores_the_outer_one(chen: Viewer, bea: Viewer) -> None:
    with tenancy(chen):
        with pytest.raises(ZeroDivisionError), tenancy(bea):
            raise ZeroDivisionError
        assert current() == chen
        assert Enterprise.objects.get().slug == "shanhang"


def test_there_is_no_current_viewer_outside_tenancy(db: None) -> None:
    with pytest.raises(NoTenancy):
        current()


def test_an_event_is_written_once_for_each_key(at_desk: Viewer) -> None:
    assert events.emit("order.placed", payload={"total": "1.00"}, key="order-1") is not None
    assert events.emit("order.placed", payload={"total": "1.00"}, key="order-1") is None
    assert Event.objects.count() == 1


def test_private_properties_are_stored_sealed_and_opened_for_the_viewer(at_desk: Viewer) -> None:
    customer = new_id()
    events.emit("track.asked", customer_id=customer, payload={"email": "ana@example.org", "page": "/tents"})
    stored = Event.objects.get()
    assert stored.payload["page"] == "/tents"
    assert "ana@" not in str(stored.payload)
    assert events.opened(at_desk, [stored]) == [{"email": "ana@example.org", "page": "/tents"}]
    sealing.forget(at_desk.tenant, [customer])
    assert events.opened(at_desk, [stored]) == [{"email": None, "page": "/tents"}]


def test_reading_private_fields_is_written_down(at_desk: Viewer) -> None:
    customer = new_id()
    key = sealing.keys_for(at_desk.tenant, [customer], create=True)[customer]
    assert sealing.reveal(at_desk, [(customer, sealing.encrypt(key, "林悦")), (customer, None)]) == [
        "林悦",
        None,
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT reader, purpose, subject_ids, fields FROM core_read")
        assert cursor.fetchall() == [(at_desk.actor, "service", [customer], ["name"])]


def test_a_secret_opens_until_it_is_revoked_and_its_table_cannot_be_read(at_desk: Viewer) -> None:
    issued = secrets.issue("api-key", enterprise_id=at_desk.tenant, scopes=["customers.read"])
    opened = secrets.open_secret("api-key", issued.text)
    assert opened is not None
    assert opened.enterprise_id == at_desk.tenant
    assert secrets.open_secret("write-key", issued.text) is None
    assert secrets.revoke(issued.secret_id)
    assert secrets.open_secret("api-key", issued.text) is None
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT * FROM core_secret")
