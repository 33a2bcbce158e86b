"""All settings of the house: read once from the environment (`GUANXI_…`), typed, each default stated here.

`guanxi check --settings` lists them. What Django wants is derived below from `configuration`; there is
one settings module for every place, and nothing in it that only one place has.
"""

import base64
import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from guanxi.core import database

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parent.parent


class Configuration(BaseSettings):
    """What an installation may set. Every field is the environment variable `GUANXI_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="GUANXI_", extra="ignore")

    data: Path = Field(
        ROOT / ".data", description="Folder of everything that is kept: database, lake, uploads, keys."
    )
    database_url: str = Field(
        "", description="Address as the application role. Empty: the embedded PostgreSQL in the data folder."
    )
    owner_database_url: str = Field(
        "", description="Address as the role that owns the tables: migrations and maintenance only."
    )
    address: str = Field("http://127.0.0.1:8000", description="Where people reach the house; used in links.")
    host: str = Field("127.0.0.1", description="Interface on which web and live listen.")
    port: int = Field(8000, ge=1, le=65535, description="Port of the web process.")
    live_port: int = Field(8001, ge=1, le=65535, description="Port of the live process (server-sent events).")
    live_address: str = Field(
        "", description="Public address of the live process. Empty: the same host, live_port."
    )
    web_processes: int = Field(1, ge=1, le=64, description="Number of web processes.")
    web_threads: int = Field(4, ge=1, le=64, description="Threads of each web process.")
    debug: bool = Field(False, description="Show tracebacks in the browser. Never where others can reach it.")
    secret_key: SecretStr = Field(
        SecretStr(""), description="Signs sessions and links. Empty: made once and kept in the data folder."
    )
    sealing_key: SecretStr = Field(
        SecretStr(""),
        description="Wraps the keys of customers (32 bytes, base64). Empty: made once and kept.",
    )
    digest_key: SecretStr = Field(
        SecretStr(""),
        description="Keys the digests by which identifiers are found; never changes. Empty: made once.",
    )
    signing_key: SecretStr = Field(
        SecretStr(""),
        description="Signs receipts and certificates (Ed25519, 32 bytes, base64). Empty: made once and kept.",
    )
    former_signing_keys: str = Field(
        "", description="Public keys (z6Mk…) that signed before and are still published, apart by commas."
    )
    mail_domain: str = Field(
        "",
        description="Domain of the aliases that persons give to enterprises. Empty: the host of the address.",
    )
    email_url: str = Field(
        "", description="smtp://user:password@host:port. Empty: letters are written to data/mail."
    )
    email_from: str = Field("guanxi@localhost", description="Sender of letters.")
    engine: str = Field("duckdb", description="Where analysis runs: duckdb, or spark://host:port.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least level that is logged."
    )
    upload_days: int = Field(30, ge=1, description="Days after which an uploaded import file is deleted.")
    quarantine_days: int = Field(
        30, ge=1, description="Days after which messages that were set aside are deleted, settled or not."
    )
    api_per_minute: int = Field(6_000, ge=1, description="Requests a minute that one API key may make.")
    inbox_limit: int = Field(200_000, ge=1, description="Waiting events above which the gateway answers 429.")
    metrics_token: SecretStr = Field(
        SecretStr(""), description="Bearer token for /metrics. Empty: only this machine itself may read it."
    )
    demonstration: bool = Field(False, description="Show the demonstration's logins on the start page.")

    @property
    def live_origin(self) -> str:
        """Where pages find the live process."""
        return (
            self.live_address
            or urlsplit(self.address)._replace(netloc=f"{self.host}:{self.live_port}").geturl()
        )


configuration = CONFIGURATION = Configuration()


def _kept(name: str, given: SecretStr, length: int) -> str:
    """A secret of the installation: as given, or made once and kept in the data folder, readable by us alone."""
    if given.get_secret_value():
        return given.get_secret_value()
    path = configuration.data / "keys" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(os.urandom(length)))
        # Linking fails where another process was quicker: then its secret is the one that counts.
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        draft.unlink()
    return path.read_text()


SECRET_KEY = _kept("secret", configuration.secret_key, 48)
SEALING_KEY = _kept("sealing", configuration.sealing_key, 32)
DIGEST_KEY = _kept("digest", configuration.digest_key, 32)
SIGNING_KEY = _kept("signing", configuration.signing_key, 32)

DEBUG = configuration.debug
ALLOWED_HOSTS = ["*"] if DEBUG else [urlsplit(configuration.address).hostname or "", "127.0.0.1", "localhost"]
CSRF_TRUSTED_ORIGINS = [configuration.address]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
    "pgtrigger",
    "pghistory",
    "guanxi.core",
    *(
        f"guanxi.{name}"
        for name in (
            "people",
            "trials",
            "consent",
            "touch",
            "sales",
            "mining",
            "market",
            "portal",
            "workbench",
            "api",
        )
        if (PACKAGE / name / "apps.py").exists()
    ),
    # Last: it takes over the jobs that the packages' wiring registered.
    "procrastinate.contrib.django",
]
MIDDLEWARE = [
    "guanxi.core.middleware.RequestIdMiddleware",
    "guanxi.touch.middleware.GatewayMiddleware",
    "guanxi.core.middleware.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "guanxi.api.middleware.ApiMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "guanxi.core.middleware.TenancyMiddleware",
    "guanxi.portal.middleware.SignalMiddleware",
]
ROOT_URLCONF = "guanxi.urls"
WSGI_APPLICATION = "guanxi.wsgi.application"
_plain_loaders = [
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
# The loader of partials stands outside: it splits `page.html#rows` before the cache is asked for `page.html`.
_template_loaders = [
    (
        "template_partials.loader.Loader",
        _plain_loaders if DEBUG else [("django.template.loaders.cached.Loader", _plain_loaders)],
    )
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Before the packages: our sign-in pages and errors stand for those of allauth and Django.
        "DIRS": [PACKAGE / "core" / "templates"],
        "OPTIONS": {
            "loaders": _template_loaders,
            "builtins": ["template_partials.templatetags.partials", "django.templatetags.i18n"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "guanxi.core.context.shell",
            ],
        },
    }
]

# Two addresses of one database: the application role (all processes) and the owner (migrations, maintenance).
DATABASES = {
    "default": database.django_settings(configuration.database_url, configuration.data, role="app"),
    "owner": database.django_settings(configuration.owner_database_url, configuration.data, role="owner"),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "core.Account"
AUTHENTICATION_BACKENDS = ["guanxi.core.accounts.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
# Staff sign in with a password or a passkey, individuals with a code that is sent to them.
LOGIN_ENTRANCE = {"desk": "/accounts/login/", "me": "/accounts/login/code/"}
ACCOUNT_ADAPTER = "guanxi.core.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
# A password may be chosen and need not: the code by e-mail and passkeys do without (allauth asks for one
# at sign-in only where signing up offers one).
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/300s/key",
    "request_login_code": "20/m/ip,3/m/key",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = configuration.address.startswith("http://")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [PACKAGE / "core" / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "static/"
STATIC_ROOT = configuration.data / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 3600
# Vite puts a hash of the content into each name under dist/assets.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+-[0-9A-Za-z_-]{8,12}\..+$"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = configuration.address.startswith("https://")
# Not in each process's memory: limits of sign-in count over all processes, and signing out holds everywhere.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "core_cache"},
    # What may differ between processes for some seconds.
    "process": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 2_000},
    },
}
SESSION_ENGINE = "guanxi.core.sessions"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if configuration.address.startswith("https://") else 0
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
FILE_UPLOAD_TEMP_DIR = None

_mail = urlsplit(configuration.email_url)
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if _mail.hostname
    else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = configuration.data / "mail"
EMAIL_HOST, EMAIL_PORT = _mail.hostname or "", _mail.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.username or "", _mail.password or ""
EMAIL_USE_TLS = _mail.scheme == "smtp+tls"
DEFAULT_FROM_EMAIL = configuration.email_from

PGTRIGGER_MIGRATIONS = True
PROCRASTINATE_ON_APP_READY = "guanxi.core.jobs.attach"
NINJA_PAGINATION_PER_PAGE = 50

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "guanxi.core.requests.RequestIdFilter"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]}
    },
    "root": {"handlers": ["console"], "level": configuration.log_level},
    "loggers": {"procrastinate": {"level": "WARNING"}, "django.server": {"level": "WARNING"}},
}
