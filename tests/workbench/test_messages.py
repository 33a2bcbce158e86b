"""Messages and channels at the desk."""

import pytest

from guanxi.core.tenancy import tenancy
from guanxi.people import services as people
from guanxi.touch.models import Account, Outbox
from guanxi.touch.outgoing import queries, services

TEXTS = {"en": {"subject": "Hello {{ name | friend }}", "body": "Your order is ready."}}


@pytest.fixture
def posted(chen):
    """A message to Ana that waits to be sent, and its template."""
    with tenancy(chen):
        ana = people.create(
            viewer=chen, change=people.Change(name="Ana Reis"), identifiers=[("email", "ana@mail.example")]
        )
        template = services.save_template(viewer=chen, name="Ready", texts=TEXTS)
        services.post(
            viewer=chen, template_id=template.pk, customer_ids=[ana], channel="email", purpose="orders", needs=0,
            occasion="7", about="Order 7",
        )  # fmt: skip
        return ana, template, Outbox.objects.get().pk


def test_every_page_of_messages_and_channels_shows(chen, posted, signed_in):
    ana, template, message = posted
    desk = signed_in(chen)
    for address, words in (
        ("/desk/messages/", "Ana Reis"), (f"/desk/messages/{message}/", "Order 7"),
        ("/desk/messages/?state=sent", "No message fits"), ("/desk/messages/templates/", "Ready"),
        (f"/desk/messages/templates/{template.pk}/?customer={ana}", "Hello Ana Reis"),
        ("/desk/messages/templates/new/", "A new template"), ("/desk/channels/", "Not set up"),
        ("/desk/channels/email/", "Mail server"), ("/desk/channels/sms/?way=webhook", "Idempotency-Key"),
        (f"/desk/customers/{ana}/", "Ready"),
    ):  # fmt: skip
        page = desk.get(address)
        assert (address, page.status_code) == (address, 200)
        assert words in page.content.decode()


def test_the_preview_is_shut_in(chen, posted, signed_in):
    _ana, template, _message = posted
    page = signed_in(chen).get(f"/desk/messages/templates/{template.pk}/preview/en/")
    assert "sandbox" in page["Content-Security-Policy"]
    assert "Your order is ready." in page.content.decode()


def test_a_template_with_a_bad_link_is_not_saved(chen, posted, signed_in):
    _ana, template, _message = posted
    given = {"name": "Ready", "subject_en": "Hi", "body_en": "[x](javascript:alert(1)) [y](ftp://x)"}
    page = signed_in(chen).post(f"/desk/messages/templates/{template.pk}/", given)
    assert page.status_code == 200
    with tenancy(chen):
        assert queries.newest_of(chen, template.pk).number == 1


def test_a_message_is_taken_back(chen, posted, signed_in):
    _ana, _template, message = posted
    signed_in(chen).post(f"/desk/messages/{message}/cancel/")
    with tenancy(chen):
        assert Outbox.objects.get().state == "stopped"


def test_a_channel_is_set_up_paused_and_keeps_its_secret(chen, signed_in, db):
    desk = signed_in(chen)
    given = {
        "way": "smtp", "host": "mx.example", "port": 587, "security": "starttls", "user": "u",
        "password": "hidden-word",
        "from_name": "Shop", "from_address": "a@shop.example", "mailbox_port": 993, "mailbox_security": "tls",
        "timeout": 20, "per_minute": 600,
    }  # fmt: skip
    assert desk.post("/desk/channels/email/", given).status_code == 302
    desk.post("/desk/channels/email/", {**given, "password": "", "host": "mx2.example"})
    desk.post("/desk/channels/email/pause/", {"deed": "pause"})
    with tenancy(chen):
        account = Account.objects.get()
        opened = queries.settings_of(chen, account)
        assert (opened["password"], opened["host"]) == ("hidden-word", "mx2.example")
        assert account.paused_at is not None
        assert b"hidden-word" not in bytes(account.settings)
    assert "hidden-word" not in desk.get("/desk/channels/email/").content.decode()


def test_an_analyst_sees_messages_and_sets_up_nothing(chen, gao, posted, signed_in):
    desk = signed_in(gao)
    assert desk.get("/desk/messages/").status_code == 200
    assert desk.post("/desk/channels/email/pause/", {"deed": "pause"}).status_code == 403
    _ana, _template, message = posted
    assert desk.post(f"/desk/messages/{message}/cancel/").status_code == 403
