"""The written list of tables that stand outside row security, each with its reason.

`tests/architecture/test_catalogue.py` demands a declaration of every other table.
"""

EXEMPT: dict[str, str] = {
    "core_account": "Signing in looks an account up before anybody's tenant is known; it holds no tenant's data.",
    "account_emailaddress": "django-allauth: addresses of accounts, needed while signing in.",
    "account_emailconfirmation": "django-allauth: needed while signing in.",
    "mfa_authenticator": "django-allauth: second factors of accounts, needed while signing in.",
    "django_session": "Django: sessions are looked up by a secret key before anybody is known.",
    "django_content_type": "Django: names of models.",
    "auth_permission": "Django: unused, demanded by contrib.auth.",
    "auth_group": "Django: unused, demanded by contrib.auth.",
    "auth_group_permissions": "Django: unused, demanded by contrib.auth.",
    "django_migrations": "Django: which migrations ran.",
    "pghistory_context": "django-pghistory: unused (core/audit.py keeps no context), nobody may read it.",
    "procrastinate_jobs": "procrastinate: arguments are ids; the worker opens the tenancy before it reads a row.",
    "procrastinate_events": "procrastinate: states of jobs.",
    "procrastinate_periodic_defers": "procrastinate: schedules.",
    "procrastinate_workers": "procrastinate: heartbeats.",
    "touch_inbox": "The gateway COPYs here, which PostgreSQL refuses under row security. The web process may insert "
    "and not read; the tenant comes from the write key; rows leave within seconds.",
    "core_cache": "Django's cache in the database: counters of sign-in's rate limits, by address or key.",
    "core_bucket": "Token buckets of rate limits, by a hash; unlogged, no data of anybody.",
}
# What the application role may do with them by itself, without tenancy. Everything else of the list: nothing.
GRANTS: dict[str, str] = {
    "core_account": "SELECT, INSERT, UPDATE",
    "account_emailaddress": "SELECT, INSERT, UPDATE, DELETE",
    "account_emailconfirmation": "SELECT, INSERT, UPDATE, DELETE",
    "mfa_authenticator": "SELECT, INSERT, UPDATE, DELETE",
    "django_session": "SELECT, INSERT, UPDATE, DELETE",
    "django_content_type": "SELECT",
    "auth_permission": "SELECT",
    "auth_group": "SELECT",
    "django_migrations": "SELECT",
    "procrastinate_jobs": "SELECT, INSERT, UPDATE, DELETE",
    "procrastinate_events": "SELECT, INSERT, UPDATE, DELETE",
    "procrastinate_periodic_defers": "SELECT, INSERT, UPDATE, DELETE",
    "procrastinate_workers": "SELECT, INSERT, UPDATE, DELETE",
    "touch_inbox": "INSERT",
    "core_cache": "SELECT, INSERT, UPDATE, DELETE",
    "core_bucket": "SELECT, INSERT, UPDATE, DELETE",
}
