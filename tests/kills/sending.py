"""kill -9 of worker and PostgreSQL while mail goes out: nobody gets a message twice, none is lost, none goes against a
permission.

Used by the suite (five kills) and by the bench (fifty). Whatever is in doubt must be on the list for staff, and be no
more than what was on its way at the moment of a kill.
"""

import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from guanxi.touch.testing import Mail, MailSink
from tests.kills.storm import Storm

PER_MINUTE = 9_000
DRAIN_SECONDS = 240
_PREPARE = """
import json, sys
from guanxi.consent import services as consent
from guanxi.core import viewers
from guanxi.core.identity import id_of
from guanxi.core.tenancy import tenancy
from guanxi.people import services as people
from guanxi.touch.outgoing import services
given = json.loads(sys.stdin.read())
viewer = viewers.for_process(id_of("enterprise", "storm"), "test")
with tenancy(viewer):
    settings = given["settings"]
    services.set_up(viewer=viewer, channel="email", adapter="smtp", settings=settings, per_minute=given["per_minute"])
    texts = {"en": {"subject": "Storm", "body": "Number {{ name }}"}}
    template = services.save_template(viewer=viewer, name="Storm", texts=texts)
keys = []
for start in range(0, given["people"], 100):
    with tenancy(viewer):
        for number in range(start, min(start + 100, given["people"])):
            key = people.create(viewer=viewer, change=people.Change(label=str(number)),
                                identifiers=[("email", f"p{number}@storm.example")])
            said = consent.Statement(purpose="service", strength=3)
            consent.note(viewer=viewer, customer_id=key, statements=[said], proof="test")
            keys.append(key)
print(template.pk, *keys)
"""
_POST = """
import json, sys
from uuid import UUID
from guanxi.core import viewers
from guanxi.core.identity import id_of
from guanxi.core.tenancy import tenancy
from guanxi.touch.outgoing import services
given = json.loads(sys.stdin.read())
viewer = viewers.for_process(id_of("enterprise", "storm"), "test")
for occasion in range(given["rounds"]):
    with tenancy(viewer):
        services.post(viewer=viewer, template_id=UUID(given["template"]), customer_ids=[UUID(k) for k in given["keys"]],
                      channel="email", purpose="service", needs=2, occasion=f"round {occasion}", about="Storm")
"""
_WITHDRAW = """
import json, sys
from uuid import UUID
from guanxi.consent import services as consent
from guanxi.core import viewers
from guanxi.core.identity import id_of
from guanxi.core.tenancy import tenancy
viewer = viewers.for_process(id_of("enterprise", "storm"), "test")
for key in json.loads(sys.stdin.read()):
    with tenancy(viewer):
        said = consent.Statement(purpose="service", strength=0)
        consent.note(viewer=viewer, customer_id=UUID(key), statements=[said], proof="test")
"""


@dataclass(frozen=True)
class Sent:
    """What is true after the storm."""

    messages: int
    arrived: int
    twice: int
    lost: int
    in_doubt: int
    against: int
    left: int
    kills: int


class SendingStorm(Storm):
    """A house that sends to a mail server of ours, and somebody who kills."""

    def __init__(self, folder: Path, sink: MailSink, *, people: int) -> None:
        super().__init__(folder)
        self._sink = sink
        self._withdrawn: set[str] = set()
        self._against = 0
        sink.taken = self._taken
        settings = sink.settings(from_address="storm@storm.example", bounce_address="")
        prepared = self.house.run(
            _PREPARE, self._json(settings=settings, per_minute=PER_MINUTE, people=people)
        )
        self._template, *self._keys = prepared.split()

    def send(self, kills: int, seconds_between: float, *, rounds: int) -> Sent:
        """Post, send, kill in turn, withdraw some permissions while nobody sends, and count when all is quiet."""
        self.house.run(_POST, self._json(template=self._template, keys=self._keys, rounds=rounds))
        self.house.start("work")
        for number, kill in zip(range(kills), cycle(("work", "postgres")), strict=False):
            time.sleep(seconds_between)
            if kill == "postgres":
                self._kill_postgres()
                continue
            self.house.kill("work")
            if number == 0:
                self._withdraw(len(self._keys) // 10)
            self.house.start("work")
        self._quiet()
        return self._result(kills, rounds)

    def _withdraw(self, count: int) -> None:
        self.house.run(_WITHDRAW, self._json(self._keys[:count]))
        self._withdrawn = {f"p{number}@storm.example" for number in range(count)}

    def _taken(self, mail: Mail) -> None:
        self._against += mail.recipients[0] in self._withdrawn

    def _quiet(self) -> None:
        deadline = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < deadline and self._one(
            "SELECT count(*) FROM touch_outbox WHERE state IN ('queued', 'sending')"
        ):
            time.sleep(0.5)

    def _result(self, kills: int, rounds: int) -> Sent:
        said = dict(
            self._rows(
                "SELECT a.key::text, a.outcome FROM touch_attempt a WHERE a.outcome IN ('sent', 'unknown')"
            )
        )
        keys = {key.replace("-", ""): outcome for key, outcome in said.items()}
        taken = Counter(
            str(mail.message["Message-ID"]).strip("<>").partition("@")[0] for mail in self._sink.mails
        )
        to_one = Counter(mail.recipients[0] for mail in self._sink.mails)
        states = dict(self._rows("SELECT state, count(*) FROM touch_outbox GROUP BY state"))
        return Sent(
            messages=len(self._keys) * rounds,
            arrived=len(self._sink.mails),
            # Nobody gets more than one of each round.
            twice=sum(count - 1 for count in taken.values())
            + sum(max(0, n - rounds) for n in to_one.values()),
            # Noted as sent and not there, or there and not noted, or in no state that has an end.
            lost=sum(1 for key, outcome in keys.items() if outcome == "sent" and key not in taken)
            + len(taken.keys() - keys.keys()),
            in_doubt=int(states.get("unknown", 0)),
            against=self._against,
            left=int(states.get("queued", 0)) + int(states.get("sending", 0)),
            kills=kills,
        )

    @staticmethod
    def _json(value: object = None, **named: object) -> str:
        return json.dumps(named if value is None else value)


@contextmanager
def sending_storm(*, people: int) -> Iterator[SendingStorm]:
    """A storm in a folder of its own, with a mail server beside it."""
    with tempfile.TemporaryDirectory(prefix="gx-sending-") as folder, MailSink() as sink:
        raging = SendingStorm(Path(folder), sink, people=people)
        try:
            yield raging
        finally:
            raging.end()
