"""Everything that can be set, read once from the environment; README lists each variable.

There is no default secret and no default database: `make demo` and `make test` make their own and pass them in.
Any variable may instead name a file that holds it: SECRET_KEY_FILE, DATABASE_URL_FILE, …
"""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import environ
from django.conf import global_settings

from engagement.api_settings import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401
from engagement.logs import logging_settings
from tenants.accounts.configuration import allauth_settings
from tenants.accounts.oidc import read_providers

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.FileAwareEnv()

SECRET_KEY = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])
HTTPS = env.bool("HTTPS", default=PUBLIC_URL.startswith("https://"))
DEMO = env.bool("DEMO", default=False)

INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",  # nothing is found by itself: tenants/admin.py registers
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "django_structlog",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "engagement.look",
    "tenants",
    "engagement.ingest",
    "engagement.scoring",
    "engagement.insights",
    "engagement.companions",
    "engagement.feedback",
    "engagement.validity",
    "engagement.cases",
    "engagement.forecast",
    "engagement.connections",
    "engagement.pooled",
    "engagement.scorecards",
    "engagement.reports",
    "engagement.guidance",
    "engagement.reviews",
    "engagement.rounds",
    "engagement",
]

MIDDLEWARE = [
    "tenants.doors.QuietDoorsMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "tenants.headers.HeadersMiddleware",
    "engagement.ingest.middleware.FullQueueMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tenants.conditional.ConditionalApiMiddleware",
    "tenants.sessions.SignedSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "tenants.bodies.BodyLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenants.languages.LanguageMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "engagement.operating.middleware.CountingMiddleware",
    "tenants.rates.middleware.LimitMiddleware",
    "tenants.accounts.middleware.SessionLimitsMiddleware",
    "tenants.accounts.middleware.SecondFactorMiddleware",
    "tenants.middleware.ScopeMiddleware",
    # Innermost: what it raises to send somebody elsewhere is no failure, and undoes nothing.
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "engagement.urls"
WSGI_APPLICATION = "engagement.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tenants.context.shell",
            ],
        },
    }
]

# ── database: two roles, one server ──────────────────────────────────────────────────────────────────────────
# `default` is the runtime role: it owns nothing and every policy binds it. `owner` migrates and maintains.


def _database(url: str, *, engine: str, role: str) -> dict[str, Any]:
    config: dict[str, Any] = env.db_url_config(url) if url else {"NAME": "rapport", "HOST": "", "USER": role}
    config["ENGINE"] = engine
    config["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=600)
    config["CONN_HEALTH_CHECKS"] = True
    config.setdefault("OPTIONS", {})["server_side_binding"] = True
    config["OPTIONS"].setdefault("connect_timeout", 10)
    config["DISABLE_SERVER_SIDE_CURSORS"] = env.bool("DATABASE_POOLED", default=False)
    return config


DATABASES = {
    "default": _database(env.str("DATABASE_URL", default=""), engine="tenants.postgres", role="rapport_app"),
    "owner": _database(
        env.str("DATABASE_OWNER_URL", default=""), engine="django.db.backends.postgresql", role="rapport_owner"
    ),
}
DATABASES["owner"]["CONN_MAX_AGE"] = 0
DATABASE_ROUTERS = ["tenants.router.RuntimeRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ── operating: backups, numbers for Prometheus ───────────────────────────────────────────────────────────────

DATABASE_BACKUP_URL = env.str("DATABASE_BACKUP_URL", default="")
BACKUP_ROOT = Path(env.str("BACKUP_ROOT", default=str(BASE_DIR / ".rapport" / "backups")))
BACKUP_KEEP_DAYS = env.int("BACKUP_KEEP_DAYS", default=14)
PG_BIN = env.str("PG_BIN", default="")
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
METRICS_ROOT = env.str("METRICS_ROOT", default="")
if METRICS_ROOT:
    # Before anything imports prometheus_client, which decides at that moment. A folder for each machine or container:
    # file names carry process numbers, and those of two containers are alike.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(Path(METRICS_ROOT) / platform.node())
    Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).mkdir(parents=True, exist_ok=True)

# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────

AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["tenants.accounts.backend.PasswordBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Off in tests of other things only: consultants, admins, operators, and whom an organisation asks need a second factor.
MFA_REQUIRED = env.bool("MFA_REQUIRED", default=True)
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=2 * 60 * 60)
SESSION_ABSOLUTE_SECONDS = env.int("SESSION_ABSOLUTE_SECONDS", default=12 * 60 * 60)
INVITATION_DAYS = env.int("INVITATION_DAYS", default=7)
PASSWORD_RESET_TIMEOUT = env.int("PASSWORD_RESET_SECONDS", default=60 * 60)
OIDC_PROVIDERS = read_providers(env.str("OIDC_PROVIDERS", default=""))
vars().update(allauth_settings(providers=OIDC_PROVIDERS))

# ── mail ─────────────────────────────────────────────────────────────────────────────────────────────────────

vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("MAIL_FROM", default="Rapport <rapport@localhost>")
EMAIL_TIMEOUT = 10

# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────
# “20/5m”: twenty in five minutes; “off” switches one off. Counted in the cache, which all processes share.

RATE_LIMITS = {
    "login-pair": env.str("LIMIT_LOGIN_PAIR", default="10/15m"),
    "login-device": env.str("LIMIT_LOGIN_DEVICE", default="20/15m"),
    "login-account": env.str("LIMIT_LOGIN_ACCOUNT", default="200/1h"),
    "login-address": env.str("LIMIT_LOGIN_ADDRESS", default="200/15m"),
    "reset-account": env.str("LIMIT_RESET_ACCOUNT", default="5/1h"),
    "reset-address": env.str("LIMIT_RESET_ADDRESS", default="50/1h"),
    "account": env.str("LIMIT_ACCOUNT", default="120/5m"),
    "api": env.str("LIMIT_API", default="6000/1m"),
    "shared": env.str("LIMIT_SHARED", default="120/5m"),
    "find": env.str("LIMIT_FIND", default="600/1m"),
    "wrong-token": env.str("LIMIT_WRONG_TOKEN", default="300/1m"),
    "ingest": env.str("LIMIT_INGEST", default="120000/1m"),
    "wrong-key": env.str("LIMIT_WRONG_KEY", default="600/1m"),
}
# Inner hosts that addresses typed by people may lead to all the same, as host:port; see tenants/outgoing.py.
OUTGOING_ALLOWED = frozenset(entry.strip().lower() for entry in env.list("OUTGOING_ALLOWED", default=[]))
_CACHE_URL = env.str("CACHE_URL", default="")
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": _CACHE_URL,
        "OPTIONS": {
            "serializer": "tenants.postgres.cache.JsonSerializer",
            "socket_timeout": 2,
            "socket_connect_timeout": 2,
        },
    }
    if _CACHE_URL
    else {"BACKEND": "tenants.postgres.cache.PostgresCache"}
}

# ── web ──────────────────────────────────────────────────────────────────────────────────────────────────────

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]  # each in its own words, as the foot of a page offers them
LOCALE_PATHS = [BASE_DIR / "engagement" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "build" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [*global_settings.STATICFILES_FINDERS, "engagement.look.vega.bundle.BundleFinder"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or env.bool("PLAIN_STATIC", default=False)
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# Uploads wait here until a worker has read them into the database; web and workers must share the folder.
# Holds a folder for each organisation, named as its address, that is watched for files; empty: none is.
DROP_ROOT = Path(env.str("DROP_ROOT")) if env.str("DROP_ROOT", default="") else None
DROP_SETTLED_SECONDS = env.int("DROP_SETTLED_SECONDS", default=30)
UPLOAD_ROOT = Path(env.str("UPLOAD_ROOT", default=str(BASE_DIR / ".rapport" / "uploads")))
UPLOAD_LIMIT_BYTES = env.int("UPLOAD_LIMIT_BYTES", default=1024 * 1024 * 1024)
INGEST_LIMIT_BYTES = env.int("INGEST_LIMIT_BYTES", default=4 * 1024 * 1024)
# Of one organisation: what has been accepted and not yet stored. Beyond it requests are answered 429.
INGEST_WAITING_REQUESTS = env.int("INGEST_WAITING_REQUESTS", default=20_000)
INGEST_WAITING_BYTES = env.int("INGEST_WAITING_BYTES", default=512 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = INGEST_LIMIT_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_HANDLERS = ["tenants.bodies.LimitedUploadHandler"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
        # Whoever gets mark-up into a page gets no script with it: static/trusted.js makes the one policy there is.
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["default"],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# How many proxies of ours write X-Forwarded-For: the client's address is so many entries from its end.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=1 if env.bool("BEHIND_PROXY", default=False) else 0)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# The prefix makes browsers hold the cookie to this one host, to HTTPS and to no other path.
_HOST_ONLY = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_HOST_ONLY}sessionid"
CSRF_COOKIE_NAME = f"{_HOST_ONLY}csrftoken"
DEVICE_COOKIE_NAME = f"{_HOST_ONLY}known"
LANGUAGE_COOKIE_NAME = f"{_HOST_ONLY}language"
LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_HTTPONLY = HTTPS, True
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = SESSION_ABSOLUTE_SECONDS
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "tenants.failures.csrf_failure"

# ── work in the background ───────────────────────────────────────────────────────────────────────────────────

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")
# Longer than any task may run: a killed worker's task comes back after it at the latest (RabbitMQ: at once).
BROKER_VISIBILITY_SECONDS = env.int("BROKER_VISIBILITY_SECONDS", default=1800)
BATCH_KEEP_DAYS = env.int("BATCH_KEEP_DAYS", default=30)
# How long an organisation can be called back before it is deleted, and its whole export downloaded.
DELETION_GRACE_DAYS = env.int("DELETION_GRACE_DAYS", default=7)
TAKEOUT_KEEP_DAYS = env.int("TAKEOUT_KEEP_DAYS", default=7)
REJECTED_KEEP_DAYS = env.int("REJECTED_KEEP_DAYS", default=90)
IMPORT_KEEP_DAYS = env.int("IMPORT_KEEP_DAYS", default=730)
UNDO_KEEP_DAYS = env.int("UNDO_KEEP_DAYS", default=90)
WORK_LEASE_SECONDS = env.int("WORK_LEASE_SECONDS", default=120)
# Runs of this many chunks (65,536 customers each) or more are shared among workers.
RUN_SHARED_FROM_CHUNKS = env.int("RUN_SHARED_FROM_CHUNKS", default=3)
RUN_HELPERS = env.int("RUN_HELPERS", default=max(1, (os.cpu_count() or 2) - 1))
RUN_CHUNK_LEASE_SECONDS = env.int("RUN_CHUNK_LEASE_SECONDS", default=30)
# Scorings of clients with up to so many customers are worked off in groups of up to so many, one after the other.
RUN_GROUP_CUSTOMERS = env.int("RUN_GROUP_CUSTOMERS", default=20_000)
RUN_GROUP_SIZE = env.int("RUN_GROUP_SIZE", default=25)
SWEEP_MOST = env.int("SWEEP_MOST", default=1_000)
SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=60)
# Per process: counts of the runs whose previews were last looked at (a million customers take about 60 MB).
PREVIEW_CACHE_BYTES = env.int("PREVIEW_CACHE_BYTES", default=256 * 1024 * 1024)
ROWS_CACHE_BYTES = env.int("ROWS_CACHE_BYTES", default=128 * 1024 * 1024)
# Up to so many customers a draft whose window or rules need other counts is computed at once; above, by a worker.
PREVIEW_DIRECT_CUSTOMERS = env.int("PREVIEW_DIRECT_CUSTOMERS", default=20_000)
QUEUE_AGE_LIMIT_SECONDS = env.int("QUEUE_AGE_LIMIT_SECONDS", default=900)

# ── logs ─────────────────────────────────────────────────────────────────────────────────────────────────────

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = logging_settings(LOG_LEVEL)

SILENCED_SYSTEM_CHECKS = ["staticfiles.W004"] if not (BASE_DIR / "static").exists() else []
os.environ.setdefault("TZ", "UTC")
