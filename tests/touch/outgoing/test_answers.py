"""What comes back: one click, four ways to lower, bounces and complaints."""

import pytest
from django.test import Client

from guanxi.consent import gate
from guanxi.core.tenancy import tenancy
from guanxi.touch.models import Message, Outbox, Undeliverable
from guanxi.touch.outgoing import answers, tokens


@pytest.fixture
def sent(chen, person, post, connect, sink, send):
    """A mail that has arrived, with its customer."""
    ana = person(email="ana@mail.example")
    connect(sink.settings())
    post(ana)
    send()
    return ana, sink.mails[0]


def ask(chen, customer, channel="email"):
    with tenancy(chen):
        return gate.ask(chen, customer, purpose="offers", channel=channel, needs=3).reason


def path_of(mail):
    return "/u/" + mail.message["List-Unsubscribe"].strip("<>").partition("/u/")[2]


def test_one_click_closes_the_channel_for_the_purpose_and_keeps_the_relation(chen, sent):
    ana, mail = sent
    answer = Client(enforce_csrf_checks=True).post(path_of(mail), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert (ask(chen, ana), ask(chen, ana, "phone")) == ("channel_not_permitted", "permitted")


def test_looking_at_the_page_changes_nothing(chen, sent):
    ana, mail = sent
    page = Client().get(path_of(mail)).content.decode()
    assert "Ana" not in page
    assert ask(chen, ana) == "permitted"


@pytest.mark.parametrize(
    ("choice", "reason"), [("less", "weekly_cap"), ("pause", "paused"), ("stop", "strength_too_low")]
)
def test_the_page_lowers_as_it_was_chosen(chen, sent, choice, reason):
    ana, mail = sent
    Client().post(path_of(mail), {"choice": choice})
    assert ask(chen, ana) == reason


def test_a_token_that_was_changed_opens_nothing(chen, sent):
    ana, mail = sent
    path = path_of(mail)
    forged = path[:10] + ("A" if path[10] != "A" else "B") + path[11:]
    assert Client().post(forged).status_code == 404
    assert tokens.read("nonsense") is None
    assert ask(chen, ana) == "permitted"


def report(mail, kind):
    inner = f"Message-ID: {mail.message['Message-ID']}\r\nSubject: x\r\n\r\n"
    parts = {
        "delivery-status": "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; ana@mail.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n",
        "feedback-report": "Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n"
        "User-Agent: Mailbox/1\r\nVersion: 1\r\n",
    }
    return (
        f"From: mx@mx.example\r\nTo: {mail.sender}\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\n{parts[kind]}\r\n--b\r\n"
        f"Content-Type: message/rfc822\r\n\r\n{inner}\r\n--b--\r\n"
    ).encode()


def test_a_bounce_for_good_marks_the_address_once(chen, sent, post):
    ana, mail = sent
    raw = report(mail, "delivery-status")
    with tenancy(chen):
        assert answers.take_report(viewer=chen, raw=raw).hard
        assert answers.take_report(viewer=chen, raw=raw) is None
        assert Outbox.objects.get().state == "bounced"
        assert Undeliverable.objects.get().code == "5.1.1"
    assert post(ana, occasion="next").refused == {"undeliverable": 1}


def test_a_complaint_lowers_the_permission(chen, sent):
    ana, mail = sent
    with tenancy(chen):
        assert answers.take_report(viewer=chen, raw=report(mail, "feedback-report")).kind == "complained"
        assert Outbox.objects.get().state == "complained"
    assert ask(chen, ana) == "channel_not_permitted"


def test_a_report_about_a_message_of_nobody_changes_nothing(chen, sent):
    _ana, mail = sent
    raw = report(mail, "delivery-status").replace(mail.sender[8:40].encode(), b"0" * 32)
    raw = raw.replace(mail.message["Message-ID"][1:33].encode(), b"0" * 32)
    with tenancy(chen):
        assert answers.take_report(viewer=chen, raw=raw) is None
        assert Outbox.objects.get().state == "sent"
        assert Message.objects.count() == 1
