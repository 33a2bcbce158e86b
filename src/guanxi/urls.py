"""The doors of the house."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from guanxi.portal.views import leaving

_DOORS = {"desk/": "workbench", "me/": "portal", "api/": "api", "v1/": "touch"}

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("guanxi.core.urls")),
    path("u/<str:token>/", leaving.leave, name="leave"),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    *(
        path(prefix, include(f"guanxi.{package}.urls"))
        for prefix, package in _DOORS.items()
        if find_spec(f"guanxi.{package}") and find_spec(f"guanxi.{package}.urls")
    ),
]
