"""Limits that hold across processes."""

from guanxi.core import housekeeping, rate
from guanxi.core.viewer import Viewer


def test_a_bucket_gives_what_it_holds_and_then_refuses(db: None) -> None:
    answers = [rate.take("test:bucket", per_minute=3) for _ in range(5)]
    assert [answer.allowed for answer in answers] == [True, True, True, False, False]
    assert [answer.remaining for answer in answers] == [2, 1, 0, 0, 0]
    assert 0 < answers[-1].reset_seconds <= 21


def test_buckets_of_others_are_not_touched(db: None) -> None:
    for _ in range(4):
        rate.take("test:one", per_minute=3)
    assert rate.take("test:other", per_minute=3).allowed


def test_a_bucket_works_inside_a_tenancy(at_desk: Viewer) -> None:
    assert rate.take("test:desk", per_minute=1).allowed


def test_the_sweep_leaves_what_is_fresh(db: None) -> None:
    for _ in range(4):
        rate.take("test:fresh", per_minute=3)
    housekeeping.sweep()
    assert not rate.take("test:fresh", per_minute=3).allowed
