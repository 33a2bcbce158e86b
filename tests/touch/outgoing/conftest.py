"""Customers who may be written to, a template, a mail server, and a sender without a worker around it."""

import threading

import pytest

from guanxi.consent import services as consent
from guanxi.consent.services import Statement
from guanxi.core import viewers
from guanxi.core.identity import id_of
from guanxi.core.tenancy import tenancy
from guanxi.people import services as people
from guanxi.touch.outgoing import sender as senders
from guanxi.touch.outgoing import services
from guanxi.touch.testing import MailSink
from guanxi.trials import holdout

TEXTS = {
    "en": {
        "subject": "Hello {{ name | friend }}",
        "body": "# New trails\n\nDear {{ name | friend }},\n\n[Look](https://shop.example/{{ code | all }})",
    },
    "zh-hans": {"subject": "{{ name | 朋友 }}，您好", "body": "新的路线：{{ code | 全部 }}"},
}


@pytest.fixture
def chen(fresh_database):
    """Chen on a database in which commits are real: the sender works in threads of its own."""
    return viewers.for_staff(id_of("account", "chen@shanhang.example"), id_of("enterprise", "shanhang"))


@pytest.fixture
def person(chen):
    """Makes a customer with an address who permits what is said, and is not in the hold-out."""

    def make(name="Ana Reis", *, strength=3, purpose="offers", email="", facts=None, **terms):
        with tenancy(chen):
            for _number in range(40):
                key = people.create(viewer=chen, change=people.Change(name=name))
                if not holdout.held_out(chen.tenant, key, holdout.period_of(chen.now)):
                    break
            address = email or f"{key.hex}@mail.example"
            people.add_identifier(viewer=chen, customer_id=key, kind="email", value=address)
            if strength is not None:
                said = Statement(purpose=purpose, strength=strength, **terms)
                consent.note(viewer=chen, customer_id=key, statements=[said], proof="till")
            return key

    return make


@pytest.fixture
def autumn(chen):
    with tenancy(chen):
        return services.save_template(viewer=chen, name="Autumn trails", texts=TEXTS)


@pytest.fixture
def post(chen, autumn):
    """Posts an offer as Chen."""

    def post(*customers, **more):
        given = {
            "template_id": autumn.pk, "customer_ids": customers, "channel": "email", "purpose": "offers", "needs": 3,
            "occasion": "autumn", "about": "Autumn trails", **more,
        }  # fmt: skip
        with tenancy(chen):
            return services.post(viewer=chen, **given)

    return post


@pytest.fixture
def sink():
    with MailSink() as listening:
        yield listening


@pytest.fixture
def connect(chen):
    """Sets a channel up."""

    def connect(settings, *, channel="email", adapter="smtp", viewer=chen):
        with tenancy(viewer):
            return services.set_up(
                viewer=viewer, channel=channel, adapter=adapter, settings=settings, per_minute=600_000
            )

    return connect


@pytest.fixture
def send(tmp_path):
    """Sends what is due and returns when it is done."""

    def send():
        with senders.Sender(tmp_path, threading.Event()) as sender:
            return sender.until_done()

    return send
