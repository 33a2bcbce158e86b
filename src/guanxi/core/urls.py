"""Pages that belong to no door: the start page, the look, the catalogue of components."""

from django.urls import URLPattern, URLResolver, path

from guanxi.core.views import catalogue, look, metrics, start, well_known

urlpatterns: list[URLPattern | URLResolver] = [
    path("", start.home, name="home"),
    path("look/", look.choose, name="theme"),
    path("health/", metrics.health, name="health"),
    path("metrics/", metrics.show, name="metrics"),
    path(".well-known/did.json", well_known.did, name="did"),
    path(".well-known/gpc.json", well_known.gpc, name="gpc"),
    path("ui/", catalogue.catalogue, name="ui"),
]
