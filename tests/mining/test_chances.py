"""An interval is said as chances, and nothing is called likely that is not."""

import pytest
from django.utils import translation

from guanxi.mining import chances


@pytest.mark.parametrize(
    ("value", "low", "high", "days", "said"),
    [
        (6300, 1200, 9800, 1096, "Expected within 3 years; one chance in ten of less than $1200, one in ten of more "
         "than $9800."),
        (6300, 0, 76127, 365, "Expected within 12 months; at least one chance in ten of nothing, one in ten of more "
         "than $76127."),
        (3, 0, 3, 30, "Expected within 30 days; most likely nothing or little, at most one chance in ten of more than "
         "this."),
    ],
)  # fmt: skip
def test_an_interval_is_said_as_chances(value: float, low: float, high: float, days: int, said: str) -> None:
    texts = ("$0", f"${low}", f"${high}")
    assert chances.sentence(value, low, high, days=days, texts=texts) == said


def test_what_is_written_as_nothing_is_called_nothing() -> None:
    with translation.override("zh-hans"):
        said = chances.sentence(5.0, 0.2, 9.0, days=1096, texts=("¥0", "¥0", "¥9"))
    assert said == "预计在 3 年之内；至少有十分之一的可能什么都没有，十分之一的可能高于 ¥9。"
