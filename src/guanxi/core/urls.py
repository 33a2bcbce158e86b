"""Pages that belong to no door: the start page, the look, the catalogue of components."""

from django.urls import URLPattern, URLResolver, path

from guanxi.core.views import catalogue, look, start

urlpatterns: list[URLPattern | URLResolver] = [
    path("", start.home, name="home"),
    path("look/", look.choose, name="theme"),
    path("ui/", catalogue.catalogue, name="ui"),
]
