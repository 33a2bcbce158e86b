"""Moments are told as a reader counts: by the calendar of their zone."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from guanxi.core import formats
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer

# In Shanghai it is ten in the morning of the 20th.
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
def reader(chen: Viewer) -> Viewer:
    """Chen at a moment that is another day in UTC than where she reads."""
    return dataclasses.replace(chen, now=NOW, zone="Asia/Shanghai")


@pytest.mark.parametrize(
    ("before", "heading", "english", "chinese"),
    [
        (timedelta(seconds=30), "Today", "just now", "刚刚"),
        (timedelta(minutes=50), "Today", "50 minutes ago", "50分钟前"),
        (timedelta(hours=9, minutes=50), "Today", "10 hours ago", "10小时前"),
        (timedelta(hours=10, minutes=10), "Yesterday", "yesterday", "昨天"),
        (timedelta(hours=33, minutes=50), "Yesterday", "yesterday", "昨天"),
        (timedelta(hours=34, minutes=10), "Wed, Nov 18", "2 days ago", "2天前"),
        (timedelta(days=6, hours=20), "Fri, Nov 13", "7 days ago", "7天前"),
        (timedelta(days=14), "November", "2 weeks ago", "2周前"),
        (timedelta(days=40), "October", "Oct 11, 2026", "2026年10月11日"),
        (timedelta(minutes=-50), "Today", "in 50 minutes", "50分钟后"),
        (timedelta(days=-1), "Sat, Nov 21", "Nov 21, 2026", "2026年11月21日"),
    ],
)
def test_a_line_says_the_same_day_as_its_heading(
    reader: Viewer, before: timedelta, heading: str, english: str, chinese: str
) -> None:
    moment = NOW - before
    with tenancy(reader):
        assert (formats.day_heading(moment), formats.relative(moment)) == (heading, english)
        with translation.override("zh-hans"):
            assert formats.relative(moment) == chinese


def test_words_of_a_language_do_not_slip_into_another(reader: Viewer) -> None:
    moment = NOW - timedelta(days=3)
    with tenancy(reader):
        said = {language: _said(language, moment) for language in ("en", "zh-hans", "en")}
    assert said == {"en": "3 days ago", "zh-hans": "3天前"}


def _said(language: str, moment: datetime) -> str:
    with translation.override(language):
        return formats.relative(moment)
