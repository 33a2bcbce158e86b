"""The house of the bench of sending: customers with addresses and permissions, made in bulk."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from guanxi.core import database
from tests.serving import Serving

_FOUND = """
from guanxi.core import foundation
foundation.found(slug="bench", name="Bench", currency="EUR")
"""
_PREPARE = """
import json, sys
from guanxi.core import arrays, sealing, viewers
from guanxi.core.identity import id_of, new_id
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Statement
from guanxi.core.tenancy import tenancy
from guanxi.touch.outgoing import services
given = json.loads(sys.stdin.read())
viewer = viewers.for_process(id_of("enterprise", "bench"), "bench")
CUSTOMERS = Statement("INSERT INTO people_customer (id, enterprise_id, root_id, kind, label, identified, simulated, "
    "fields, sources, grams, created_at) SELECT id, $1::uuid, id, 'person', 'Somebody', true, false, '{}', '{}', '{}', now() "
    "FROM unnest($2::uuid[]) AS row (id)")
POINTERS = Statement("INSERT INTO people_identifier (id, enterprise_id, customer_id, kind, digest, value, source, recorded_at) "
    "SELECT row.id, $1::uuid, row.customer, 'email', row.digest, row.value, 'bench', now() "
    "FROM unnest($2::uuid[], $3::uuid[], $4::bytea[], $5::bytea[]) AS row (id, customer, digest, value)")
SAID = Statement("INSERT INTO consent_permission (id, enterprise_id, giver_kind, giver_id, receiver_kind, receiver_id, purpose, "
    "channel, strength, zone, words, proof, happened_at, recorded_at) SELECT row.id, $1::uuid, 'customer', row.giver, "
    "'enterprise', $1::uuid, 'service', '', 3, 'UTC', '', 'bench', now(), now() FROM unnest($2::uuid[], $3::uuid[]) AS row (id, giver)")
with tenancy(viewer):
    services.set_up(viewer=viewer, channel="email", adapter="smtp", settings=given["settings"], per_minute=1_000_000_000)
    body = "\\n\\n".join(["# New trails", "Dear {{ name }},"] + ["The path along the river is open again, and the huts above it."] * 12
                       + ["[Look at them](https://shop.example/trails)"])
    template = services.save_template(viewer=viewer, name="Bench", texts={"en": {"subject": "Hello {{ name }}", "body": body}})
keys = []
for start in range(0, given["size"], 2_000):
    some = [new_id() for _n in range(min(2_000, given["size"] - start))]
    with tenancy(viewer):
        drawn = sealing.draw(some)
        sealing.keep(viewer.tenant, arrays.uuids(some), arrays.blobs([one.wrapped for one in drawn]))
        line.say(CUSTOMERS, viewer.tenant, arrays.uuids(some))
        mails = [f"p{start + n}@bench.example" for n in range(len(some))]
        line.say(POINTERS, viewer.tenant, arrays.uuids([new_id() for _k in some]), arrays.uuids(some),
                 arrays.blobs([sealing.digest(viewer.tenant, f"email:{mail}") for mail in mails]),
                 arrays.blobs([one.seal(mail) for one, mail in zip(drawn, mails, strict=True)]))
        line.say(SAID, viewer.tenant, arrays.uuids([new_id() for _k in some]), arrays.uuids(some))
    keys += some
for start in range(0, len(keys), 10_000):
    with tenancy(viewer):
        services.post(viewer=viewer, template_id=template.pk, customer_ids=keys[start:start + 10_000], channel="email",
                      purpose="service", needs=2, occasion="bench", about="Trails")
from guanxi.touch.channels import Parcel
from guanxi.touch.channels.smtp import letter
from guanxi.touch.outgoing import queries
with tenancy(viewer):
    text = queries.preview_for(viewer, queries.newest_version_for(viewer, template.pk), None, "en")
    parcel = Parcel(new_id(), viewer.tenant, new_id(), new_id(), "Bench", "p@bench.example", text, "https://x.example", "https://x.example")
    print(letter.written(parcel, from_name="Bench", from_address="bench@bench.example").decode())
"""
_SEND = """
import threading, time
from guanxi.touch.outgoing import sender
began = time.perf_counter()
with sender.Sender(sender.folder(), threading.Event()) as sending:
    done = sending.until_done()
print(done, time.perf_counter() - began)
"""


@contextmanager
def house(folder: Path) -> Iterator[tuple[Callable[[int, int], bytes], Callable[[], tuple[int, float]]]]:
    """A database of its own; gives what prepares it and what sends all that is due (how many, in which seconds)."""
    cluster = database.cluster_in(folder)
    cluster.ensure()
    serving = Serving({"GUANXI_DATA": str(folder), "GUANXI_LOG_LEVEL": "ERROR", "GUANXI_DATABASE_URL": ""})
    serving.run("from guanxi.core import migrating; migrating.migrate(verbosity=0)")
    serving.run(_FOUND)

    def prepare(size: int, port: int) -> bytes:
        settings: dict[str, Any] = {
            "host": "127.0.0.1", "port": port, "security": "none", "from_name": "Bench",
            "from_address": "bench@bench.example", "bounce_address": "bounces@bench.example", "timeout": 20,
        }  # fmt: skip
        mail = serving.run(_PREPARE, json.dumps({"settings": settings, "size": size}))
        return mail.replace("\r\n", "\n").replace("\n", "\r\n").encode()

    def send() -> tuple[int, float]:
        done, seconds = serving.run(_SEND).split()
        return int(done), float(seconds)

    try:
        yield prepare, send
    finally:
        cluster.stop(mode="immediate")
