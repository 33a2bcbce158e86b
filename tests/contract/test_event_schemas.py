"""The committed contract of event types: a type, its version or its private properties never change unannounced.

After a wanted change run `GUANXI_WRITE_CONTRACTS=1 pytest tests/contract` and commit what it writes.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from guanxi.core import schemas

CONTRACT = Path(__file__).parents[2] / "docs/reference/event-schemas.json"


def current() -> dict[str, Any]:
    with translation.override("en"):
        return {
            name: {"version": schema.version, "label": str(schema.label), "private": sorted(schema.private)}
            for name, schema in schemas.registered().items()
        }


def test_event_types_are_as_the_contract_says() -> None:
    if os.environ.get("GUANXI_WRITE_CONTRACTS"):
        CONTRACT.write_text(json.dumps(current(), indent=1, ensure_ascii=False) + "\n")
    assert current() == json.loads(CONTRACT.read_text())


@pytest.mark.parametrize("name", sorted(schemas.registered()))
def test_every_older_version_can_be_lifted(name: str) -> None:
    schema = schemas.registered()[name]
    assert set(schema.upcasters) == set(range(1, schema.version))
