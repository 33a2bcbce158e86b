"""The table of contents of the desk."""

from django.urls import URLPattern, URLResolver, path

from guanxi.workbench.views import settings, shell

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
]
