"""Everything that can be set, read once from the environment; README lists each variable.

There is no default secret and no default database: `make demo` and `make test` make their own and pass them in.
Any variable may instead name a file that holds it: SECRET_KEY_FILE, DATABASE_URL_FILE, …
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import environ
import structlog

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.FileAwareEnv()

SECRET_KEY = env.str("SECRET_KEY", default="")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])
HTTPS = env.bool("HTTPS", default=PUBLIC_URL.startswith("https://"))
DEMO = env.bool("DEMO", default=False)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
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
    "engagement.scorecards",
    "engagement",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenants.middleware.ScopeMiddleware",
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

# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────

AUTH_USER_MODEL = "tenants.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# ── web ──────────────────────────────────────────────────────────────────────────────────────────────────────

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "build" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
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
UPLOAD_ROOT = Path(env.str("UPLOAD_ROOT", default=str(BASE_DIR / ".rapport" / "uploads")))
UPLOAD_LIMIT_BYTES = env.int("UPLOAD_LIMIT_BYTES", default=1024 * 1024 * 1024)
INGEST_LIMIT_BYTES = env.int("INGEST_LIMIT_BYTES", default=4 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = INGEST_LIMIT_BYTES
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

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
    }
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = env.int("SESSION_COOKIE_AGE", default=60 * 60 * 12)
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "tenants.failures.csrf_failure"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["tenants.rest.ResolvedAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["tenants.rest.NamedPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 100,
    "EXCEPTION_HANDLER": "tenants.rest.error_response",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Rapport API",
    "DESCRIPTION": "Every number of the pages, as exact decimals, and everything that can be configured.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_PERMISSIONS": ["tenants.rest.Public"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "OrganisationKindEnum": "tenants.models.Organisation.Kind",
        "ImportKindEnum": "engagement.ingest.models.FileImport.Kind",
        "WorkStateEnum": "engagement.ingest.models.WorkState",
        "TargetMeasureEnum": "engagement.insights.models.Target.Measure",
        "ExplainedMeasureEnum": "engagement.scorecards.api_explaining.MEASURES",
        "RunStateEnum": "engagement.insights.serializers.STATES",
        "BandEnum": "engagement.scoring.formula.BAND_NAMES",
        "WeightSetStateEnum": "engagement.scoring.models.WeightSet.State",
        "RestatementStateEnum": "engagement.scoring.models.Restatement.State",
    },
}

# ── work in the background ───────────────────────────────────────────────────────────────────────────────────

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")
# Longer than any task may run: a killed worker's task comes back after it at the latest (RabbitMQ: at once).
BROKER_VISIBILITY_SECONDS = env.int("BROKER_VISIBILITY_SECONDS", default=1800)
BATCH_KEEP_DAYS = env.int("BATCH_KEEP_DAYS", default=30)
WORK_LEASE_SECONDS = env.int("WORK_LEASE_SECONDS", default=120)
# Runs of this many chunks (65,536 customers each) or more are shared among workers.
RUN_SHARED_FROM_CHUNKS = env.int("RUN_SHARED_FROM_CHUNKS", default=3)
RUN_HELPERS = env.int("RUN_HELPERS", default=max(1, (os.cpu_count() or 2) - 1))
RUN_CHUNK_LEASE_SECONDS = env.int("RUN_CHUNK_LEASE_SECONDS", default=30)
# Scorings of clients with up to so many customers are worked off in groups of up to so many, one after the other.
RUN_GROUP_CUSTOMERS = env.int("RUN_GROUP_CUSTOMERS", default=20_000)
RUN_GROUP_SIZE = env.int("RUN_GROUP_SIZE", default=25)
# Per process: counts of the runs whose previews were last looked at (a million customers take about 60 MB).
PREVIEW_CACHE_BYTES = env.int("PREVIEW_CACHE_BYTES", default=256 * 1024 * 1024)
# Up to so many customers a draft whose window or rules need other counts is computed at once; above, by a worker.
PREVIEW_DIRECT_CUSTOMERS = env.int("PREVIEW_DIRECT_CUSTOMERS", default=20_000)
QUEUE_AGE_LIMIT_SECONDS = env.int("QUEUE_AGE_LIMIT_SECONDS", default=900)

# ── logs ─────────────────────────────────────────────────────────────────────────────────────────────────────

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
_SHARED_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED_PROCESSORS,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(),
            "foreign_pre_chain": _SHARED_PROCESSORS,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "django.request": {"level": "ERROR"},
    },
}

SILENCED_SYSTEM_CHECKS = ["staticfiles.W004"] if not (BASE_DIR / "static").exists() else []
os.environ.setdefault("TZ", "UTC")
