"""The live process passes on topics that were signed, and only those."""

import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator

import psycopg
import pytest

from guanxi.core import live
from tests.serving import Serving, serving


@pytest.fixture
def house(fresh_database: str) -> Iterator[Serving]:
    """A live process on a database in which commits are real."""
    with serving(fresh_database, "live") as running:
        yield running


def address(house: Serving, *topics: str) -> str:
    return f"{house.live}/live/?topic={urllib.parse.quote(live.sign(topics))}"


@pytest.mark.slow
def test_a_page_hears_of_its_topics_and_of_no_other(house: Serving, fresh_database: str) -> None:
    with urllib.request.urlopen(address(house, "e:customer:1"), timeout=20) as stream:
        assert stream.readline() == b"retry: 2000\n"

        def tell() -> None:
            with psycopg.connect(fresh_database, autocommit=True) as connection:
                connection.execute("SELECT pg_notify(%s, %s)", [live.CHANNEL, json.dumps(["e:customer:2"])])
                connection.execute(
                    "SELECT pg_notify(%s, %s)", [live.CHANNEL, json.dumps(["e:customer:1", "x"])]
                )

        threading.Timer(0.5, tell).start()
        line = next(line for line in stream if line.startswith(b"data:"))
    assert json.loads(line.removeprefix(b"data:")) == ["e:customer:1"]


@pytest.mark.slow
def test_a_page_that_was_cut_off_is_told_that_all_may_have_changed(house: Serving) -> None:
    request = urllib.request.Request(address(house, "e:customer:1"), headers={"Last-Event-ID": "1"})
    with urllib.request.urlopen(request, timeout=20) as stream:
        line = next(line for line in stream if line.startswith(b"data:"))
    assert json.loads(line.removeprefix(b"data:")) == ["e:customer:1"]


@pytest.mark.slow
@pytest.mark.parametrize(("query", "status"), [("topic=forged", 403), ("", 400)])
def test_what_we_did_not_sign_is_not_watched(house: Serving, query: str, status: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{house.live}/live/?{query}", timeout=20)
    assert refused.value.code == status
