"""The live process: tells open pages what changed, by server-sent events over PostgreSQL's LISTEN/NOTIFY.

It passes on topics, never content, and only topics that the server signed for the page; the page then fetches its part
through the normal view. It knows no domain. One connection to the database, however many pages are open.
"""

import asyncio
import contextlib
import json
import logging
import os
from collections import defaultdict
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

import psycopg
from django.conf import settings
from django.core.signing import BadSignature
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.settings")

from guanxi.core import live  # Django's settings have to be named first

logger = logging.getLogger(__name__)
HEARTBEAT_SECONDS = 15
RECONNECT_SECONDS = 1
GREATEST_TOPICS = 60
GREATEST_WATCHERS = 5_000


class Watcher:
    """One open page: what changed for it since it was told last. Many changes of a topic are one."""

    def __init__(self, topics: list[str]) -> None:
        self.topics = topics
        self.changed: set[str] = set()
        self.woken = asyncio.Event()

    def tell(self, topic: str) -> None:
        """Note a change."""
        self.changed.add(topic)
        self.woken.set()

    async def changes(self) -> list[str]:
        """What changed, once something did; empty after a while without a change."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.woken.wait(), HEARTBEAT_SECONDS)
        self.woken.clear()
        changed, self.changed = sorted(self.changed), set()
        return changed


class Hub:
    """Who watches what, and the one connection that hears of changes."""

    def __init__(self) -> None:
        self.watchers: defaultdict[str, set[Watcher]] = defaultdict(set)
        self.open = 0
        self.listening = False
        self.closing = False

    @contextlib.contextmanager
    def watching(self, topics: list[str]) -> Any:
        """A watcher of these topics, for as long as the block runs."""
        watcher = Watcher(topics)
        self.open += 1
        for topic in topics:
            self.watchers[topic].add(watcher)
        try:
            yield watcher
        finally:
            self.open -= 1
            for topic in topics:
                self.watchers[topic].discard(watcher)
                if not self.watchers[topic]:
                    del self.watchers[topic]

    def tell(self, topics: list[str]) -> None:
        """Tell everybody who watches one of these topics."""
        for topic in topics:
            for watcher in self.watchers.get(topic, ()):
                watcher.tell(topic)

    async def listen(self) -> None:
        """Hear of changes for ever; after a lost connection everything may have changed."""
        while not self.closing:
            try:
                await self._listen_once()
            except psycopg.Error as error:
                logger.warning("No connection to the database: %s", error)
            self.listening = False
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen_once(self) -> None:
        connection = await psycopg.AsyncConnection.connect(autocommit=True, **_database())
        async with connection:
            await connection.execute(f"LISTEN {live.CHANNEL}")
            self.listening = True
            self.tell(list(self.watchers))
            async for notice in connection.notifies():
                self.tell(json.loads(notice.payload))


def _database() -> dict[str, Any]:
    given = settings.DATABASES["default"]
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return {**given.get("OPTIONS", {}), **{name: given[key] for name, key in names.items() if given[key]}}


def _origin() -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": settings.CONFIGURATION.address,
        "Access-Control-Allow-Credentials": "true",
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
    }


async def watch(request: Request) -> Response:
    """Stream the changes of the topics that the page holds tokens for (`?topic=…&topic=…`)."""
    hub: Hub = request.app.state.hub
    try:
        topics = [topic for token in request.query_params.getlist("topic") for topic in live.watched(token)]
    except BadSignature:
        return PlainTextResponse("not signed by us, or too long ago", HTTPStatus.FORBIDDEN, _origin())
    if not 0 < len(topics) <= GREATEST_TOPICS:
        return PlainTextResponse(f"1 to {GREATEST_TOPICS} topics", HTTPStatus.BAD_REQUEST, _origin())
    if hub.open >= GREATEST_WATCHERS:
        return PlainTextResponse(
            "too many pages", HTTPStatus.SERVICE_UNAVAILABLE, _origin() | {"Retry-After": "30"}
        )
    # The page was here before and lost us: what changed meanwhile was said to nobody.
    missed = "last-event-id" in request.headers
    return StreamingResponse(_stream(hub, topics, missed), media_type="text/event-stream", headers=_origin())


async def _stream(hub: Hub, topics: list[str], missed: bool) -> AsyncIterator[str]:
    with hub.watching(topics) as watcher:
        yield "retry: 2000\nid: 1\n\n"
        for topic in topics if missed else ():
            watcher.tell(topic)
        while not hub.closing:
            changed = await watcher.changes()
            yield f"id: 1\ndata: {json.dumps(changed)}\n\n" if changed else ": still here\n\n"


async def health(request: Request) -> Response:
    """Whether changes are heard of."""
    hub: Hub = request.app.state.hub
    status = HTTPStatus.OK if hub.listening else HTTPStatus.SERVICE_UNAVAILABLE
    return PlainTextResponse(f"{hub.open} pages", status)


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    hub = app.state.hub = Hub()
    listener = asyncio.create_task(hub.listen())
    yield
    hub.closing = True
    hub.tell(list(hub.watchers))
    listener.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await listener


application = Starlette(routes=[Route("/live/", watch), Route("/live/health", health)], lifespan=_lifespan)
