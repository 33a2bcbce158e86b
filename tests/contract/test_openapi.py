"""The published contract of the API: what is committed is what is served, and no change breaks anybody unannounced."""

import copy
import json
from pathlib import Path

import msgspec
import pytest

from guanxi.api import compat
from guanxi.api.strict_json import encode
from guanxi.api.urls import api
from guanxi.core.viewer import RIGHTS

COMMITTED = Path(__file__).parents[2] / "docs/reference/openapi.json"


@pytest.fixture(scope="module")
def served():
    return msgspec.json.decode(encode(api.get_openapi_schema()))


def test_nothing_that_others_rely_on_is_broken_unannounced(served):
    broken = compat.breaking(json.loads(COMMITTED.read_text()), served)
    assert broken == [], "run `guanxi openapi --breaking 'why'`, or keep what others rely on"


def test_the_committed_contract_is_the_served_one(served):
    assert json.loads(COMMITTED.read_text()) == served, (
        "run `guanxi openapi` and commit docs/reference/openapi.json"
    )


def test_every_operation_has_a_name_of_its_own_a_right_and_words(served):
    operations = [each for path in served["paths"].values() for each in path.values()]
    names = [each["operationId"] for each in operations]
    assert len(names) == len(set(names))
    assert [each["operationId"] for each in operations if each.get("x-right") not in RIGHTS] == []
    assert [each["operationId"] for each in operations if not each["summary"] or not each.get("tags")] == []


def test_every_operation_tells_all_its_errors(served):
    wanted = {"400", "401", "403", "404", "409", "422", "429"}
    operations = [each for path in served["paths"].values() for each in path.values()]
    assert [each["operationId"] for each in operations if not wanted <= each["responses"].keys()] == []


def _without_path(schema):
    del schema["paths"]["/api/v1/orders"]["get"]


def _without_field(schema):
    del schema["components"]["schemas"]["OrderOut"]["properties"]["total"]


def _with_more_wanted(schema):
    schema["components"]["schemas"]["OrderIn"]["required"].append("store")


def _with_other_type(schema):
    schema["components"]["schemas"]["OrderOut"]["properties"]["line_count"]["type"] = "string"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (_without_path, "GET /api/v1/orders: gone"),
        (_without_field, "total: gone"),
        (_with_more_wanted, "store: wanted now"),
        (_with_other_type, "line_count: integer is string now"),
    ],
)
def test_a_breaking_change_is_seen(served, change, word):
    changed = copy.deepcopy(served)
    change(changed)
    assert any(word in line for line in compat.breaking(served, changed))
    assert compat.breaking(served, served) == []
