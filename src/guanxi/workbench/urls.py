"""The table of contents of the desk."""

from django.urls import URLPattern, URLResolver, path

from guanxi.workbench.views import customers, duplicates, events, settings, shell, sources

app_name = "desk"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", shell.today, name="today"),
    path("find/", shell.palette, name="palette"),
    path("workplace/", shell.workplace, name="workplace"),
    path("customers/", customers.customers, name="customers"),
    path("customers/new/", customers.create, name="customer-new"),
    path("customers/export/", customers.export, name="customers-export"),
    path("customers/deed/", customers.bulk, name="customers-bulk"),
    path("customers/view/", customers.save_view, name="customers-view"),
    path("customers/<uuid:customer_id>/", customers.customer, name="customer"),
    path("customers/<uuid:customer_id>/happenings/", customers.happenings, name="customer-happenings"),
    path("customers/<uuid:customer_id>/change/", customers.change, name="customer-change"),
    path("customers/<uuid:customer_id>/identifiers/", customers.identifiers, name="customer-identifiers"),
    path(
        "customers/<uuid:customer_id>/identifiers/<uuid:identifier_id>/remove/",
        customers.remove_identifier,
        name="customer-identifier-remove",
    ),
    path("customers/<uuid:customer_id>/merge/", customers.merge, name="customer-merge"),
    path("customers/<uuid:customer_id>/history/", customers.history, name="customer-history"),
    path("customers/merges/<uuid:merge_id>/undo/", customers.undo_merge, name="merge-undo"),
    path("duplicates/", duplicates.duplicates, name="duplicates"),
    path("duplicates/look/", duplicates.look, name="duplicates-look"),
    path("duplicates/accept/", duplicates.accept_above, name="duplicates-accept"),
    path("duplicates/<uuid:pair_id>/", duplicates.duplicate, name="duplicate"),
    path("duplicates/<uuid:pair_id>/decide/", duplicates.decide, name="duplicate-decide"),
    path("duplicates/<uuid:pair_id>/reopen/", duplicates.reopen, name="duplicate-reopen"),
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
