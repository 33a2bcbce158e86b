"""The lines of the rail that belong to no domain."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from guanxi.core import slots
from guanxi.core.viewer import Viewer


def _today(viewer: Viewer, subject: object) -> Mapping[str, Any]:
    return {"label": _("Today"), "href": reverse("desk:today"), "key": "t", "exact": True}


def _settings(viewer: Viewer, subject: object) -> Mapping[str, Any]:
    return {"label": _("Settings"), "href": reverse("desk:settings"), "group": "Places", "key": "s"}


slots.register("desk.navigation", name="workbench.today", query=_today, order=0)


def _events(viewer: Viewer, subject: object) -> Mapping[str, Any]:
    return {"label": _("Events"), "href": reverse("desk:events"), "group": "Places", "key": "e"}


def _sources(viewer: Viewer, subject: object) -> Mapping[str, Any]:
    return {"label": _("Sources"), "href": reverse("desk:sources"), "group": "Places"}


slots.register("desk.navigation", name="touch.events", query=_events, order=700)
slots.register("desk.navigation", name="touch.sources", query=_sources, order=710)
slots.register("desk.navigation", name="workbench.settings", query=_settings, order=900)
