"""Every knob, read from the environment (``STUDIO_…``), with defaults that just run.

Without any variable set, the product runs embedded: SQLite, files and keys under ``var/``.
A value that cannot be used stops the start with one sentence that names the variable.
"""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError, validate

from adapters.keys.private_file import read_or_create
from config import VERSION
from domain.kernel import StudioError

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env(prefix="STUDIO_")


def _knob(read: Callable[..., Any], name: str, *default: Any, **options: Any) -> Any:
    """Read one variable; a bad value stops the start-up in one sentence."""
    try:
        return read(name, *default, **options)
    except EnvError as wrong:
        reason = str(wrong).partition("invalid: ")[2].strip("[]'\".") or "it is not set"
        reason = reason[:1].lower() + reason[1:]
        raise ImproperlyConfigured(
            f"The environment variable STUDIO_{name} cannot be used: {reason}."
        ) from None


def _positive(name: str, default: int) -> int:
    return int(_knob(env.int, name, default, validate=validate.Range(min=1)))


# --- Where things are -----------------------------------------------------------------------------

DATA_DIR = BASE_DIR / _knob(env.path, "DATA_DIR", "var")
DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)


def _secret_key() -> str:
    try:
        made = read_or_create(DATA_DIR / "secret-key", secrets.token_urlsafe(64).encode)
    except StudioError as refusal:
        raise ImproperlyConfigured(refusal.message) from None
    return made.decode()


DEBUG = _knob(env.bool, "DEBUG", False)
SECRET_KEY = _knob(env.str, "SECRET_KEY", "") or _secret_key()
ALLOWED_HOSTS = _knob(env.list, "ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])

# --- The product's own knobs ----------------------------------------------------------------------

STUDIO_ORGANISATION = _knob(env.str, "ORGANISATION", "My organisation")
"""Name of the organisation that the first start creates."""
STUDIO_MASTER_KEY_FILE = BASE_DIR / _knob(
    env.path, "MASTER_KEY_FILE", str(DATA_DIR / "master-key.json")
)
STUDIO_UPLOAD_LIMIT_MB = _positive("UPLOAD_LIMIT_MB", 50)
"""Largest upload in one web or API request, in megabytes."""
STUDIO_RETENTION_DAYS = _positive("RETENTION_DAYS", 30)
"""Days that real rows are kept, where the organisation has no rule of its own."""
STUDIO_SECOND_PERSON = _knob(env.bool, "SECOND_PERSON", False)
"""Whether an evidence pack needs the word of somebody who neither trained nor drew its rows."""
STUDIO_PRIVACY_EPSILON = _knob(
    env.float, "PRIVACY_EPSILON", 10.0, validate=validate.Range(min=0, min_inclusive=False)
)
"""ε that all private runs about the people of a new dataset may come to, unless an administrator
decides otherwise."""
STUDIO_PRIVACY_DELTA = _knob(
    env.float,
    "PRIVACY_DELTA",
    1e-4,
    validate=validate.Range(min=0, max=1, min_inclusive=False, max_inclusive=False),
)
"""The same for δ."""
STUDIO_SDV = _knob(env.bool, "SDV", True)
"""Whether SDV's synthesizers are on offer (they may not serve a commercial service)."""
STUDIO_WORKERS = _positive("WORKERS", 1)
"""Jobs worked on at the same time by one worker process."""
STUDIO_JOB_LEASE_SECONDS = _positive("JOB_LEASE_SECONDS", 60)
"""How long a silent worker keeps its job."""

STUDIO_BLOBS = _knob(env.str, "BLOBS", "files", validate=validate.OneOf(["files", "s3"]))
STUDIO_BLOB_DIR = DATA_DIR / "blobs"
"""Where blobs go with ``STUDIO_BLOBS=files``."""
S3 = {
    "bucket": _knob(env.str, "S3_BUCKET", ""),
    "endpoint": _knob(env.str, "S3_ENDPOINT", ""),
    "region": _knob(env.str, "S3_REGION", ""),
    "access_key": _knob(env.str, "S3_ACCESS_KEY", ""),
    "secret_key": _knob(env.str, "S3_SECRET_KEY", ""),
}
"""Where blobs go with ``STUDIO_BLOBS=s3``; what is left empty, boto3 finds by its own rules."""
if STUDIO_BLOBS == "s3" and not S3["bucket"]:
    raise ImproperlyConfigured(
        "The environment variable STUDIO_S3_BUCKET must name a bucket when STUDIO_BLOBS is s3."
    )

# --- Database -------------------------------------------------------------------------------------

_SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",  # a transaction that will write waits at its start
    "timeout": 30,
    "init_command": (
        "PRAGMA journal_mode=WAL; "  # readers do not wait for the writer
        "PRAGMA secure_delete=ON; "  # a deleted key leaves zeros
        "PRAGMA foreign_keys=ON;"
    ),
}


def _database() -> dict[str, Any]:
    found: dict[str, Any] = _knob(
        env.dj_db_url, "DATABASE_URL", f"sqlite:///{DATA_DIR / 'studio.sqlite3'}"
    )
    if found["ENGINE"] == "django.db.backends.sqlite3":
        return {**found, "OPTIONS": {**_SQLITE_OPTIONS, **found.get("OPTIONS", {})}}
    if found["ENGINE"] == "django.db.backends.postgresql":
        return found
    raise ImproperlyConfigured(
        "The environment variable STUDIO_DATABASE_URL must start with postgres:// or sqlite:///."
    )


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- The application ------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_q",
    "axes",
    "csp",
    "storages",
    "adapters.orm",
    "apps.web",
    "apps.api",
    "apps.worker",
    "apps.backoffice",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.web.middleware.NotStored",
    "apps.web.middleware.SignInFirst",
    "apps.web.middleware.PasswordFirst",
    "apps.web.middleware.Refusals",
    "axes.middleware.AxesMiddleware",  # last, as axes asks: it answers when locked out
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["adapters.documents.report_filters"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.web.context.studio",
            ],
        },
    },
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # whitenoise warns of a folder that is not there
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True  # no collectstatic needed

# --- Signing in -----------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "apps.api.backend.ApiKeyBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "sign-in"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "apps.client_address.client_address"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # a stale script locks nobody out for ever
AXES_LOCKOUT_TEMPLATE = "account/locked.html"

# --- What browsers are told -----------------------------------------------------------------------

HTTPS = _knob(env.bool, "HTTPS", False)
"""Whether a TLS proxy stands in front: secure cookies, redirects and HSTS."""
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # preloading is for the domain's owner to decide
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# --- Uploads: encrypted while they come, never a plaintext file --------------------------------

FILE_UPLOAD_HANDLERS = [
    "apps.uploads.SchemaUploadHandler",
    "apps.uploads.EncryptedUploadHandler",
]

DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # confirming columns sends two fields a column

# --- Delivering jobs ------------------------------------------------------------------------------

# Our own lease decides who works on a job, so a package delivered twice does nothing twice, and
# no time limit is needed. django-q2 hands a package whose worker died out again after a day;
# `redeliver` has long done so by then, and the late package just clears itself away.
warnings.filterwarnings("ignore", message="Retry and timeout are misconfigured")
Q_CLUSTER = {
    "name": "studio",
    "orm": "default",
    "workers": STUDIO_WORKERS,
    "timeout": None,
    "retry": int(timedelta(days=1).total_seconds()),
    "max_attempts": 1,
    "ack_failures": True,
    "poll": 0.5,
    "catch_up": False,
    "save_limit": 20,
    "label": "Queue",
}

# --- Logs: to stderr, without values -------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "quiet": {
            "()": "config.quiet_formatter.QuietFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "one line": {
            "()": "config.quiet_formatter.OneLineFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "quiet"},
        "one line": {"class": "logging.StreamHandler", "formatter": "one line"},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "django.security.DisallowedHost": {"handlers": ["one line"], "propagate": False},
        "django-q": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "axes": {"level": "WARNING"},
        "studio": {"level": "INFO"},
    },
}

# --- The API --------------------------------------------------------------------------------------

API_RATE = _knob(
    env.str,
    "API_RATE",
    "600/minute",
    validate=validate.Regexp(
        r"^[1-9]\d*/(second|minute|hour|day)$", error="write it like 600/minute"
    ),
)
"""Requests that one person's API keys may make."""
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.api.authentication.ApiKeyAuthentication",
        "apps.api.authentication.PageAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["apps.api.throttling.KeyThrottle"],
    "DEFAULT_THROTTLE_RATES": {"key": API_RATE},
    "DEFAULT_PARSER_CLASSES": ["apps.api.negotiation.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "apps.api.negotiation.OneAnswer",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.api.errors.answer",
    "URL_FORMAT_OVERRIDE": None,  # “format” is a word of our own: csv or parquet
    "NUM_PROXIES": 1 if HTTPS else 0,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Synthetic Data Studio",
    "DESCRIPTION": (
        "Upload a sensitive table, confirm its columns, make a synthetic twin, measure it, and "
        "take the evidence pack along. Everything that takes time is a job to ask about."
    ),
    "VERSION": VERSION,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {"PiiActionEnum": "apps.api.columns.ACTIONS"},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "TAGS": [
        {"name": "Datasets", "description": "Real rows: upload, profile, columns and PII."},
        {"name": "Synthesis", "description": "Synthetic twins and their evaluations."},
        {"name": "Jobs", "description": "Everything that takes time, and what it made."},
        {"name": "Evidence", "description": "Model cards and evidence packs."},
        {"name": "Audit", "description": "The tamper-evident log."},
        {"name": "Keys", "description": "API keys."},
    ],
}
