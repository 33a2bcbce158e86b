"""A key is taken once, whoever comes at the same time."""

import threading

import pytest

from guanxi.core import idempotency, viewers
from guanxi.core.identity import id_of
from guanxi.core.tenancy import tenancy

FIRST, OTHER = idempotency.digest("POST", "/x", b"1"), idempotency.digest("POST", "/x", b"2")


def test_the_first_claims_and_the_second_gets_its_answer(at_desk):
    assert idempotency.claim("k", FIRST) is None
    idempotency.keep("k", 201, "{}")
    assert idempotency.claim("k", FIRST) == idempotency.Kept(201, "{}")


def test_another_content_under_the_same_key_is_refused(at_desk):
    idempotency.claim("k", FIRST)
    with pytest.raises(idempotency.OtherRequest):
        idempotency.claim("k", OTHER)


@pytest.mark.parametrize("key", ["", "x" * 201, "tab\t", "键"])
def test_what_is_no_key_is_refused(at_desk, key):
    with pytest.raises(idempotency.UnusableKey):
        idempotency.claim(key, FIRST)


def test_two_of_the_staff_may_choose_the_same_key(chen, gao):
    with tenancy(chen):
        idempotency.claim("k", FIRST)
    with tenancy(gao):
        assert idempotency.claim("k", OTHER) is None


def test_of_two_at_once_one_acts_and_the_other_waits_for_its_answer(fresh_database):
    chen = viewers.for_staff(id_of("account", "chen@shanhang.example"), id_of("enterprise", "shanhang"))
    acting, kept = threading.Event(), []

    def second():
        acting.wait()
        with tenancy(chen):
            kept.append(idempotency.claim("k", FIRST))

    waiting = threading.Thread(target=second)
    waiting.start()
    with tenancy(chen):
        assert idempotency.claim("k", FIRST) is None
        acting.set()
        waiting.join(0.3)
        assert waiting.is_alive()
        idempotency.keep("k", 201, "done")
    waiting.join(10)
    assert kept == [idempotency.Kept(201, "done")]
