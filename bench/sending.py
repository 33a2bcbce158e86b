"""E-mails to a local mail server, with gate, outbox, contact book and events, against a bare smtplib loop."""

import smtplib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figures import Figure
from bench.sending_house import house

SIZE = 100_000
LEAST_RATIO = 0.5
_SINK = """
import asyncio
from guanxi.touch.testing import MailSink
asyncio.run(MailSink(keep=False).serve_for_ever())
"""
_BARE = 5_000


def run(scale: float) -> list[Figure]:
    """Send, with the yardstick before and after in the same run."""
    size = max(500, int(SIZE * scale))
    with tempfile.TemporaryDirectory(prefix="gx-sending-") as folder, house(Path(folder)) as (prepare, send):
        sink = subprocess.Popen(
            [sys.executable, "-c", _SINK], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent
        )
        try:
            port = int(sink.stdout.readline())
            mail = prepare(size, port)
            before = _bare(port, mail, min(_BARE, size))
            sent, seconds = send()
            rate = sent / seconds
            after = _bare(port, mail, min(_BARE, size))
        finally:
            sink.terminate()
            sink.wait(10)
    yardstick = (before + after) / 2
    note = f"{sent:,} of {size:,} mails of {len(mail):,} bytes"
    return [
        Figure("Mails a second through the outbox", rate, "mails/s", None, "more", note=note,
               yardstick=f"bare smtplib: {yardstick:,.0f} mails/s"),
        Figure("Ratio to a bare smtplib loop", rate / yardstick, "", LEAST_RATIO, "more"),
        Figure("Mails not sent", size - sent, "mails", 0, "less"),
    ]  # fmt: skip


def _bare(port: int, mail: bytes, count: int) -> float:
    """A loop with one connection, as the library's documents show it."""
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        smtp.ehlo()
        began = time.perf_counter()
        for number in range(count):
            smtp.sendmail("bench@bench.example", [f"p{number}@bench.example"], mail)
        return count / (time.perf_counter() - began)
