"""The table of contents of the front door."""

from django.urls import URLPattern, URLResolver, path

from guanxi.portal.views import (
    account,
    aliases,
    claims,
    contacts,
    everywhere,
    mine,
    permissions,
    readings,
    receipts,
    relations,
)

app_name = "me"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", relations.home, name="home"),
    path("relations/<uuid:enterprise_id>/", permissions.relation, name="relation"),
    path("relations/<uuid:enterprise_id>/permit/", permissions.permit, name="permit"),
    path("relations/<uuid:enterprise_id>/step/", permissions.step, name="step"),
    path("relations/<uuid:enterprise_id>/less/", permissions.less, name="less"),
    path("relations/<uuid:enterprise_id>/changes/", permissions.changes, name="changes"),
    path("relations/<uuid:enterprise_id>/standing/", relations.standing, name="standing"),
    path("relations/<uuid:enterprise_id>/held/", relations.held, name="held"),
    path("permissions/", everywhere.permissions, name="permissions"),
    path("permissions/lower/", everywhere.lower, name="permissions-lower"),
    path("permissions/pause/", everywhere.pause, name="permissions-pause"),
    path("permissions/quiet/", everywhere.quiet, name="permissions-quiet"),
    path("permissions/close/", everywhere.close, name="permissions-close"),
    path("contacts/", contacts.contacts, name="contacts"),
    path("mine/", mine.mine, name="mine"),
    path("readings/", readings.readings, name="readings"),
    path("receipts/", receipts.receipts, name="receipts"),
    path("receipts/download/", receipts.download_all, name="receipts-download"),
    path("receipts/<uuid:receipt_id>/", receipts.receipt, name="receipt"),
    path("receipts/<uuid:receipt_id>/download/", receipts.download, name="receipt-download"),
    path("contacts/<uuid:contact_id>/report/", contacts.report, name="report"),
    path("aliases/", aliases.aliases, name="aliases"),
    path("aliases/new/", aliases.make, name="alias-make"),
    path("aliases/<uuid:alias_id>/close/", aliases.close, name="alias-close"),
    path("aliases/<uuid:alias_id>/accept/", aliases.accept, name="alias-accept"),
    path("claim/", claims.claim, name="claim"),
    path("claim/code/", claims.code, name="claim-code"),
    path("account/", account.account, name="account"),
]
