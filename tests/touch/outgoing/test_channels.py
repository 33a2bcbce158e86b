"""Each way to carry messages keeps the contract, and a dead one slows no other."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest

from guanxi.core import viewers
from guanxi.core.identity import id_of
from guanxi.core.tenancy import tenancy
from guanxi.touch import channels
from guanxi.touch.models import Health, Letter, Outbox
from guanxi.touch.outgoing import queries
from guanxi.touch.testing import MailSink


@pytest.fixture
def http():
    """A provider that speaks HTTP; `answers` are its statuses in order, then 200."""

    class Talk(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.taken.append((self.path, dict(self.headers), msgspec.json.decode(body)))
            self.send_response(server.answers.pop(0) if server.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_words):
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Talk)
    server.taken, server.answers = [], []
    server.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_every_way_is_found_by_its_folder_and_carries_channels_of_consent():
    assert set(channels.adapters()) == {"smtp", "apprise", "webhook", "door"}
    assert {channel for way in channels.adapters().values() for channel in way.channels} == {
        "email", "sms", "phone", "chat", "messenger", "post", "display",
    }  # fmt: skip


def test_an_sms_goes_through_apprise_to_the_number(chen, person, post, connect, http, send):
    from guanxi.people import services as people  # noqa: PLC0415

    ana = person()
    with tenancy(chen):
        people.add_identifier(viewer=chen, customer_id=ana, kind="phone", value="13800138000")
    connect(
        {"server": http.address, "service": "twilio://SID:TOKEN@15005550006/{to}"}, channel="sms", adapter="apprise"
    )  # fmt: skip
    post(ana, channel="sms")
    send()
    (path, _headers, body) = http.taken[0]
    assert (path, body["urls"]) == ("/notify", "twilio://SID:TOKEN@15005550006/+8613800138000")
    assert "新的路线" in body["body"]


def test_a_webhook_is_given_the_same_key_again(chen, person, post, connect, http, send):
    ana = person()
    http.answers = [503]
    connect({"address": f"{http.address}/in", "secret": "x" * 20}, channel="display", adapter="webhook")
    post(ana, channel="display")
    send()
    with tenancy(chen):
        Outbox.objects.update(due_at=chen.now)
    send()
    keys = [headers["Idempotency-Key"] for _path, headers, _body in http.taken]
    assert (len(keys), len(set(keys))) == (2, 1)
    assert "X-Guanxi-Signature" in http.taken[0][1]


def test_a_message_at_the_door_is_sealed_and_read_by_its_person_alone(chen, person, post, connect, send):
    ana = person()
    connect({}, channel="chat", adapter="door")
    post(ana, channel="chat")
    send()
    with tenancy(chen):
        letter = Letter.objects.get()
        assert "新的路线" not in bytes(letter.body).decode("latin1")
        assert queries.opened(chen, [letter])[0].subject == "Ana Reis，您好"
    tom = viewers.for_person(id_of("account", "tom@example.org"))
    with tenancy(tom):
        assert not queries.letters_for(tom).exists()


@pytest.mark.slow
def test_a_hanging_mail_server_slows_no_other(chen, person, post, connect, http, sink, send):
    ana, tom = person("Ana"), person("Tom")
    with MailSink(hangs=True) as dead:
        connect(dead.settings(timeout=3))
        connect({"address": f"{http.address}/in"}, channel="display", adapter="webhook")
        post(ana)
        post(tom, channel="display")
        began = time.monotonic()
        thread = threading.Thread(target=send)
        thread.start()
        while not http.taken and time.monotonic() - began < 10:
            time.sleep(0.05)
        quick = time.monotonic() - began
        thread.join()
    assert quick < 2.5
    with tenancy(chen):
        assert Outbox.objects.get(channel="email").state == "queued"
        health = Health.objects.get(channel="email")
        assert (health.failures, health.open_until is not None) == (1, True)
        assert Outbox.objects.get(channel="display").state == "sent"
