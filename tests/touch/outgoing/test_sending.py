"""From a posting to a mail server and back: once each, as the permission of the moment allows."""

import threading

import pytest
from django.db import DatabaseError, transaction

from guanxi.consent import services as consent
from guanxi.consent.models import Contact, Verdict
from guanxi.consent.services import Statement
from guanxi.core.models import Event
from guanxi.core.tenancy import tenancy
from guanxi.people import services as people
from guanxi.touch.models import Attempt, Outbox, Waiting


def states():
    return sorted(Outbox.objects.values_list("state", "reason"))


def test_an_allowed_message_arrives_with_its_names_its_headers_and_a_contact_in_the_book(
    chen, person, post, connect, sink, send
):
    ana = person("Ana Reis", email="ana@mail.example")
    connect(sink.settings())
    assert post(ana, facts={ana: {"code": "TRAIL-7"}}).queued == 1
    send()
    (mail,) = sink.mails
    message = mail.message
    assert (mail.recipients, message["To"]) == (["ana@mail.example"], "ana@mail.example")
    assert message["Subject"] == "Ana Reis，您好"
    assert "TRAIL-7" in message.get_body(("plain",)).get_content()
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.sender.startswith("bounces+")
    with tenancy(chen):
        assert states() == [("sent", "")]
        assert Contact.objects.get().verdict_id == Outbox.objects.get().verdict_id
        assert Attempt.objects.get().outcome == "sent"
        types = set(Event.objects.filter(customer_id=ana).values_list("type", flat=True))
    assert {"contact.made", "message.sent"} <= types


def test_the_same_message_on_the_same_occasion_is_posted_once(person, post, connect, sink, send):
    ana = person()
    connect(sink.settings())
    assert post(ana, ana).queued == 1
    send()
    again = post(ana)
    send()
    assert (again.queued, again.known, len(sink.mails)) == (0, 1, 1)


def test_who_is_not_contacted_is_counted_under_a_reason(chen, person, post):
    with tenancy(chen):
        nobody = people.create(viewer=chen, change=people.Change(label="No address"))
    posted = post(nobody, person(strength=None), person(strength=1), person())
    assert (posted.queued, posted.refused) == (
        1,
        {"no_address": 1, "no_permission": 1, "strength_too_low": 1},
    )


def test_a_permission_withdrawn_between_planning_and_sending_stops_it(
    chen, person, post, connect, sink, send
):
    ana = person()
    connect(sink.settings())
    post(ana)
    with tenancy(chen):
        consent.note(
            viewer=chen, customer_id=ana, statements=[Statement(purpose="offers", strength=0)], proof="phone"
        )
    send()
    with tenancy(chen):
        assert states() == [("stopped", "strength_too_low")]
    assert not sink.mails


def test_quiet_hours_that_begin_meanwhile_send_it_back_to_wait(chen, person, post, connect, sink, send):
    ana = person()
    connect(sink.settings())
    post(ana)
    local = chen.now.astimezone(chen.timezone).time()
    with tenancy(chen):
        quiet = Statement(
            purpose="offers", strength=3, quiet_from=local.replace(hour=local.hour - 1),
            quiet_to=local.replace(hour=local.hour + 1),
        )  # fmt: skip
        consent.note(viewer=chen, customer_id=ana, statements=[quiet], proof="phone")
    send()
    with tenancy(chen):
        assert not Outbox.objects.exists()
        assert Waiting.objects.get().reason == "quiet_hours"
        consent.note(
            viewer=chen, customer_id=ana, statements=[Statement(purpose="offers", strength=3)], proof="phone"
        )
        Waiting.objects.update(due_at=chen.now)
    send()
    send()
    assert len(sink.mails) == 1


def test_what_waits_and_is_refused_in_the_end_ends_with_its_reason(chen, person, post, connect, sink, send):
    ana = person(paused_until=chen.now.replace(year=2027))
    connect(sink.settings())
    assert post(ana).deferred == 1
    with tenancy(chen):
        consent.note(
            viewer=chen, customer_id=ana, statements=[Statement(purpose="offers", strength=0)], proof="phone"
        )
        Waiting.objects.update(due_at=chen.now)
    send()
    with tenancy(chen):
        assert Waiting.objects.get().reason == "strength_too_low"
        assert not Outbox.objects.exists()


def test_the_database_refuses_a_row_without_an_allowing_verdict_of_its_own(chen, person, post):
    ana, tom = person(), person("Tom")
    post(ana)
    post(person(strength=1), tom, occasion="other")
    with tenancy(chen):
        denying = Verdict.objects.filter(outcome="deny").first()
        foreign = Outbox.objects.get(customer_id=tom).verdict_id
        for verdict_id in (denying.pk, foreign):
            with pytest.raises(DatabaseError, match="no verdict"), transaction.atomic():
                Outbox.objects.filter(customer_id=ana).update(verdict_id=verdict_id)
        row = Outbox.objects.get(customer_id=ana)
        Outbox.objects.filter(pk=row.pk).delete()
        row.verdict_id = denying.pk
        with pytest.raises(DatabaseError, match="no verdict"), transaction.atomic():
            row.save(force_insert=True)


def test_a_weekly_number_holds_when_two_workers_send_at_once(
    chen, person, post, connect, sink, send, tmp_path
):
    people_ = [person(f"P{number}", weekly_cap=1) for number in range(4)]
    connect(sink.settings())
    for occasion in ("one", "two", "three"):
        post(*people_, occasion=occasion)
    workers = [threading.Thread(target=send) for _number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    send()
    assert len(sink.mails) == len(people_)
    with tenancy(chen):
        assert Contact.objects.count() == len(people_)
        assert Waiting.objects.filter(reason="weekly_cap").count() == 2 * len(people_)


def test_merging_leaves_one_of_two_pending_messages(chen, person, post, connect, sink, send):
    ana, other = person("Ana"), person("Ana R.")
    connect(sink.settings())
    post(ana, other)
    with tenancy(chen):
        people.merge(viewer=chen, kept_id=ana, absorbed_id=other)
    send()
    with tenancy(chen):
        assert states() == [("sent", ""), ("stopped", "merged")]
    assert len(sink.mails) == 1
    assert post(other).known == 1


def test_an_address_that_is_refused_for_good_is_not_written_to_again(chen, person, post, connect, sink, send):
    ana = person(email="ghost@mail.example")
    sink.refuses = {"ghost@mail.example": "550 5.1.1 nobody here"}
    connect(sink.settings())
    post(ana, person("Tom"))
    send()
    with tenancy(chen):
        assert states() == [("failed", "rejected"), ("sent", "")]
    assert post(ana, occasion="later").refused == {"undeliverable": 1}


def test_a_mail_that_is_put_off_is_tried_again_later(chen, person, post, connect, sink, send):
    ana = person(email="slow@mail.example")
    sink.refuses = {"slow@mail.example": "451 4.7.1 greylisted"}
    connect(sink.settings())
    post(ana)
    send()
    with tenancy(chen):
        row = Outbox.objects.get()
        assert (row.state, row.reason, row.attempts) == ("queued", "later", 1)
        Outbox.objects.update(due_at=chen.now)
    sink.refuses = {}
    send()
    with tenancy(chen):
        assert states() == [("sent", "")]


def test_a_mail_that_was_taken_without_an_answer_is_not_sent_again(chen, person, post, connect, sink, send):
    sink.silent = True
    connect(sink.settings(timeout=1))
    post(person())
    send()
    sink.silent = False
    send()
    with tenancy(chen):
        assert states() == [("unknown", "")]
        assert Contact.objects.count() == 1
    assert len(sink.mails) == 1
