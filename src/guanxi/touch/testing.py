"""A mail server for tests and benches: it speaks real SMTP, keeps what it is given, and misbehaves on demand."""

import asyncio
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

_ADDRESS = re.compile(rb"<([^>]*)>")


@dataclass(slots=True)
class Mail:
    """A mail that was taken."""

    sender: str
    recipients: list[str]
    data: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        parsed = message_from_bytes(self.data, policy=policy.default)
        assert isinstance(parsed, EmailMessage)  # what policy.default makes
        return parsed


@dataclass
class MailSink:
    """A mail server on the loopback interface.

    Attributes:
        refuses: What is answered to an address: `{"ghost@example.org": "550 5.1.1 nobody here"}`.
        hangs: Accepts connections and says nothing.
        silent: Takes the mail and never answers.
        taken: Called with each mail.
    """

    port: int = 0
    refuses: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False
    silent: bool = False
    keep: bool = True
    taken: Callable[[Mail], None] | None = None
    mails: list[Mail] = field(default_factory=list)
    count: int = 0

    def __enter__(self) -> "MailSink":
        started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, args=(started,), daemon=True)
        self._thread.start()
        started.wait(10)
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    def _serve(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen(started))
        self._loop.close()

    async def _listen(self, started: threading.Event) -> None:
        self._over = asyncio.Event()
        server = await asyncio.start_server(self._talk, "127.0.0.1", self.port, limit=2**24)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await self._over.wait()
        server.close()
        for task in asyncio.all_tasks(self._loop) - {asyncio.current_task(self._loop)}:
            task.cancel()
        await asyncio.sleep(0)

    async def serve_for_ever(self) -> None:
        """As a process of its own (benches)."""
        self._over = asyncio.Event()
        server = await asyncio.start_server(self._talk, "127.0.0.1", self.port, limit=2**24)
        self.port = server.sockets[0].getsockname()[1]
        print(self.port, flush=True)  # noqa: T201  # whoever started it reads where it listens
        await server.serve_forever()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.hangs:
                await asyncio.sleep(3600)
            writer.write(b"220 sink ESMTP\r\n")
            await self._session(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mail = Mail("", [], b"")
        while words := await reader.readline():
            verb = words[:4].upper()
            if verb == b"DATA":
                if not mail.recipients:
                    writer.write(b"503 no recipients\r\n")
                    continue
                writer.write(b"354 go on\r\n")
                mail.data = (await reader.readuntil(b"\r\n.\r\n"))[:-3]
                self._take(mail)
                if self.silent:
                    await asyncio.sleep(3600)
                writer.write(b"250 2.0.0 taken\r\n")
                mail = Mail("", [], b"")
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                return
            else:
                writer.write(self._answer(verb, words, mail))

    def _answer(self, verb: bytes, words: bytes, mail: Mail) -> bytes:
        found = _ADDRESS.search(words)
        address = found[1].decode() if found else ""
        if verb == b"EHLO":
            return b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
        if verb == b"MAIL":
            mail.sender = address
        elif verb == b"RCPT":
            if address in self.refuses:
                return self.refuses[address].encode() + b"\r\n"
            mail.recipients.append(address)
        elif verb == b"RSET":
            mail.recipients.clear()
        return b"250 2.1.0 ok\r\n"

    def _take(self, mail: Mail) -> None:
        self.count += 1
        if self.keep:
            self.mails.append(mail)
        if self.taken:
            self.taken(mail)

    def settings(self, **more: Any) -> dict[str, Any]:
        """What the channel has to be told to reach it."""
        return {
            "host": "127.0.0.1", "port": self.port, "security": "none", "from_name": "Shanhang 山行",
            "from_address": "hello@shanhang.example", "bounce_address": "bounces@shanhang.example", "timeout": 5,
            **more,
        }  # fmt: skip
