"""schemathesis against the whole API, in process and with a real key: no 5xx, no breach of the schema."""

import datetime as dt
import os
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import schemathesis
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig

from guanxi.api.strict_json import encode
from guanxi.api.urls import api

FIRST, LAST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
# schemathesis would draw times of any year and throw nearly all of them away.
schemathesis.openapi.format(
    "date-time", st.tuples(st.dates(FIRST, LAST), st.times()).map(lambda at: f"{at[0]}T{at[1]}Z")
)
schemathesis.openapi.format("date", st.dates(FIRST, LAST).map(dt.date.isoformat))

# A handful in the suite; more by hand: GUANXI_TEST_EXAMPLES=200 GUANXI_TEST_SEED=1 pytest tests/contract.
EXAMPLES = int(os.environ.get("GUANXI_TEST_EXAMPLES", "6"))
schema = schemathesis.openapi.from_dict(
    msgspec.json.decode(encode(api.get_openapi_schema())),
    config=SchemathesisConfig.from_dict(
        {
            "seed": int(os.environ.get("GUANXI_TEST_SEED", "20261120")),
            "generation": {"max-examples": EXAMPLES, "deterministic": True, "no-shrink": True},
            # Rules that a schema cannot say ("a name or an identifier") may refuse what it allows; see `shapes_agree`.
            "checks": {
                "positive_data_acceptance": {
                    "expected-statuses": ["2xx", "3xx", "401", "403", "404", "409", "422", "429"]
                }
            },
        }
    ),
)
schema.app = get_wsgi_application()


def shapes_agree(ctx: Any, response: Any, case: Any) -> None:
    """What the schema calls well-formed, our types do not call malformed. (A file is sent as plain text here.)"""
    well_formed = (
        case.meta and case.meta.generation.mode.is_positive and case.media_type != "multipart/form-data"
    )
    if response.status_code == 422 and well_formed:
        problem = response.json()
        assert problem["code"] != "request.invalid", problem["errors"]


@pytest.fixture
def one_connection(db: None) -> Iterator[None]:
    """The application as a server runs it, but with the connection of the test, which it must not close."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def key(till, one_connection, settings) -> str:
    """A key for everything, that may ask as often as it likes."""
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"api_per_minute": 10**6})
    return till.key


@pytest.mark.slow
@schema.parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_every_operation_keeps_its_promise(case, key):
    case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, additional_checks=[shapes_agree])
