"""The table of contents of the desk."""

from django.urls import URLPattern, URLResolver, path

from guanxi.workbench.views import events, settings, shell, sources

app_name = "desk"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", shell.today, name="today"),
    path("find/", shell.palette, name="palette"),
    path("workplace/", shell.workplace, name="workplace"),
    path("settings/", settings.overview, name="settings"),
    path("settings/enterprise/", settings.enterprise, name="settings-enterprise"),
    path("settings/stores/", settings.stores, name="settings-stores"),
    path("settings/staff/", settings.staff, name="settings-staff"),
    path("settings/staff/<uuid:staff_id>/", settings.member, name="settings-member"),
    path("settings/keys/", settings.keys, name="settings-keys"),
    path("settings/keys/<uuid:key_id>/revoke/", settings.revoke_key, name="settings-key-revoke"),
    path("account/", settings.account, name="account"),
    path("events/", events.events, name="events"),
    path("events/<int:seq>/", events.event, name="event"),
    path("events/quarantine/", events.quarantine, name="quarantine"),
    path("events/quarantine/settle/", events.settle, name="quarantine-settle"),
    path("events/quarantine/<uuid:row_id>/", events.quarantined, name="quarantined"),
    path("events/poison/<uuid:row_id>/", events.poisonous, name="poison"),
    path("sources/", sources.sources, name="sources"),
    path("sources/<uuid:source_id>/", sources.source, name="source"),
    path("sources/<uuid:source_id>/rotate/", sources.rotate, name="source-rotate"),
    path("sources/<uuid:source_id>/revoke/", sources.revoke, name="source-revoke"),
    path("sources/<uuid:source_id>/close/", sources.close, name="source-close"),
]
