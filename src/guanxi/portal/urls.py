"""The table of contents of the front door."""

from django.urls import URLPattern, URLResolver, path

from guanxi.portal.views import account, claims, contacts, letters, permissions, relations

app_name = "me"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", relations.home, name="home"),
    path("relations/<uuid:enterprise_id>/", permissions.relation, name="relation"),
    path("relations/<uuid:enterprise_id>/permit/", permissions.permit, name="permit"),
    path("relations/<uuid:enterprise_id>/step/", permissions.step, name="step"),
    path("relations/<uuid:enterprise_id>/less/", permissions.less, name="less"),
    path("relations/<uuid:enterprise_id>/changes/", permissions.changes, name="changes"),
    path("relations/<uuid:enterprise_id>/held/", relations.held, name="held"),
    path("contacts/", contacts.contacts, name="contacts"),
    path("messages/", letters.messages, name="messages"),
    path("messages/<uuid:message_id>/read/", letters.read, name="message-read"),
    path("claim/", claims.claim, name="claim"),
    path("claim/code/", claims.code, name="claim-code"),
    path("account/", account.account, name="account"),
]
