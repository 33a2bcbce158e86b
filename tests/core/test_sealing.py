"""Private fields and their keys."""

import base64
import os
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from django.conf import settings as django_settings

from guanxi.core import sealing, viewers
from guanxi.core.identity import id_of, new_id
from guanxi.core.tenancy import tenancy


def test_text_comes_back_as_it_was_and_reads_as_nothing_in_between() -> None:
    key = os.urandom(sealing.KEY_LENGTH)
    sealed = sealing.encrypt(key, "林悦 <yue@example.com>")
    assert "林悦".encode() not in sealed
    assert sealing.decrypt(key, sealed) == "林悦 <yue@example.com>"


def test_another_key_opens_nothing() -> None:
    sealed = sealing.encrypt(os.urandom(32), "Lin Yue")
    with pytest.raises(InvalidTag):
        sealing.decrypt(os.urandom(32), sealed)


def test_equal_values_have_different_digests_in_different_enterprises() -> None:
    assert sealing.digest(new_id(), "email:a@b.example") != sealing.digest(new_id(), "email:a@b.example")


def test_the_installation_key_can_be_changed_without_touching_what_is_sealed(
    fresh_database: str, settings: Any
) -> None:
    viewer = viewers.for_process(id_of("enterprise", "shanhang"), "test")
    subjects = [new_id() for _ in range(5)]
    with tenancy(viewer):
        keys = sealing.keys_for(viewer.tenant, subjects, create=True)
    former, new = django_settings.SEALING_KEY, os.urandom(32)
    assert sealing.rewrap(base64.b64decode(former), new, batch=2) == len(subjects)
    settings.SEALING_KEY = base64.b64encode(new).decode()
    with tenancy(viewer):
        assert sealing.keys_for(viewer.tenant, subjects) == keys


def test_a_wrong_former_key_changes_nothing(fresh_database: str) -> None:
    viewer = viewers.for_process(id_of("enterprise", "shanhang"), "test")
    with tenancy(viewer):
        keys = sealing.keys_for(viewer.tenant, [new_id()], create=True)
    with pytest.raises(InvalidTag):
        sealing.rewrap(os.urandom(32), os.urandom(32))
    with tenancy(viewer):
        assert sealing.keys_for(viewer.tenant, keys) == keys
