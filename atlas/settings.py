"""Every setting, read from the environment and from .env; docs/configuration.md explains each."""

import secrets
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from atlas import __version__
from atlas.rates import Rate

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.FileAwareEnv()
env.read_env(env.path("ENV_FILE", default=BASE_DIR / ".env")())

# All state of a run on one machine: the embedded database, logs, credentials.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).absolute()
ENVIRONMENT = env.str("ENVIRONMENT", default="development")
if ENVIRONMENT not in ("development", "production"):
    raise ImproperlyConfigured(f"ENVIRONMENT is {ENVIRONMENT!r}: say development or production.")
PRODUCTION = ENVIRONMENT == "production"

# Django's debug pages would show settings and personal data to whoever provokes an error.
DEBUG = False
# A key for this process alone lets `manage.py` run without a .env. Production is refused by atlas.checks,
# which an empty key would not let run.
SECRET_KEY = env.str("SECRET_KEY", default="") or ("unset" if PRODUCTION else secrets.token_urlsafe(50))

HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
BASE_URL = (env.str("BASE_URL", default="") or f"http://127.0.0.1:{PORT}").rstrip("/")
ALLOWED_HOSTS = [urlsplit(BASE_URL).hostname or "", *env.list("ALLOWED_HOSTS", default=[])]
if not PRODUCTION:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/(?!admin/|twilio/)"

MONGO_URI = env.str("MONGO_URI", default="")
MONGO_DB = env.str("MONGO_DB", default="atlas")
MONGO_TIMEOUT_MS = env.int("MONGO_TIMEOUT_MS", default=1500)
MONGO_COMMAND_TIMEOUT_MS = env.int("MONGO_COMMAND_TIMEOUT_MS", default=10000)
WEBHOOK_TIMEOUT_MS = env.int("WEBHOOK_TIMEOUT_MS", default=1000)
JOURNAL_PATH = env.str("JOURNAL_PATH", default="") or str(VAR_DIR / "journal.sqlite3")
DATABASES = {
    "default": {
        "ENGINE": "atlas.mongodb",
        "HOST": MONGO_URI,
        "NAME": MONGO_DB,
        "EMBEDDED_DIRECTORY": VAR_DIR / "mongodb",
        "OPTIONS": {
            "serverSelectionTimeoutMS": MONGO_TIMEOUT_MS,
            "connectTimeoutMS": MONGO_TIMEOUT_MS,
            "timeoutMS": MONGO_COMMAND_TIMEOUT_MS,
            "maxPoolSize": 64,
            "retryWrites": bool(MONGO_URI),
        },
    }
}
DATABASE_ROUTERS = ["django_mongodb_backend.routers.MongoRouter"]
DEFAULT_AUTO_FIELD = "django_mongodb_backend.fields.ObjectIdAutoField"
MIGRATION_MODULES = {
    "admin": "atlas.mongodb.migrations.admin",
    "auth": "atlas.mongodb.migrations.auth",
    "contenttypes": "atlas.mongodb.migrations.contenttypes",
}
AUTH_USER_MODEL = "users.Staff"
AUTHENTICATION_BACKENDS = ["users.backends.StaffBackend"]

TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", default="")
TWILIO_AUTH_TOKEN = env.str("TWILIO_AUTH_TOKEN", default="")
TWILIO_AUTH_TOKEN_PREVIOUS = env.str("TWILIO_AUTH_TOKEN_PREVIOUS", default="")
TWILIO_FROM_NUMBER = env.str("TWILIO_FROM_NUMBER", default="")
SIMULATOR_PORT = env.int("SIMULATOR_PORT", default=8001)
SIMULATOR_SPEED = env.float("SIMULATOR_SPEED", default=5.0)
TWILIO_API_URL = env.str("TWILIO_API_URL", default="")
if TWILIO_API_URL == "simulator":
    TWILIO_API_URL = f"http://127.0.0.1:{SIMULATOR_PORT}"
TWILIO_TIMEOUT = env.float("TWILIO_TIMEOUT", default=10.0)

VOICE = env.str("VOICE", default="alice")
VOICE_LANGUAGE = env.str("VOICE_LANGUAGE", default="")
OUTBOUND_CALLS_ENABLED = env.bool("OUTBOUND_CALLS_ENABLED", default=True)
ALLOWED_COUNTRIES = env.list("ALLOWED_COUNTRIES", default=[])
ALLOWED_NUMBERS = env.list("ALLOWED_NUMBERS", default=[])
CALLS_PER_MINUTE = env.int("CALLS_PER_MINUTE", default=60)
CALLS_PER_DAY = env.int("CALLS_PER_DAY", default=5000)
CONSENT_MESSAGE = env.str(
    "CONSENT_MESSAGE",
    default="This call may be recorded for quality assurance and training purposes. By remaining on the "
    "line, you consent to this recording. If you do not consent, please hang up now.",
)
DEFAULT_MESSAGE = env.str(
    "DEFAULT_MESSAGE",
    default="Hello. This is a call from our customer service. Thank you for your time.",
)
WEBHOOK_RETENTION_DAYS = env.int("WEBHOOK_RETENTION_DAYS", default=90)

INSTALLED_APPS = [
    "atlas",  # before unfold, whose templates it replaces here and there
    "unfold",
    "unfold.contrib.filters",
    "atlas.mongodb.apps.MongoAdminConfig",
    "atlas.mongodb.apps.MongoAuthConfig",
    "atlas.mongodb.apps.MongoContentTypesConfig",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_mongodb_backend",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "users",
    "calls",
    "feedback",
    "webhooks",
]

MIDDLEWARE = [
    "atlas.api.middleware.RequestIdMiddleware",
    "atlas.headers.SecurityHeadersMiddleware",
    "atlas.bulkhead.BulkheadMiddleware",
    "atlas.api.lengths.LengthRequiredMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "atlas.middleware.WebhookMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "atlas.urls"
# gunicorn: processes, and requests at a time in each of them.
WEB_WORKERS = env.int("WEB_WORKERS", default=2)
WEB_THREADS = env.int("WEB_THREADS", default=8)
# Requests that may wait for one of these; more are sent away, so that threads are left for the webhooks.
WEB_QUEUE = 192
WSGI_APPLICATION = "atlas.wsgi.application"
# Functions that each web process calls once, when it is ready.
STARTED_WITH_THE_SERVER = ["webhooks.drainer.start", "calls.daykeeper.start"]
# The paths are exact: a redirect to a slash would lose the body of a webhook.
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
LANGUAGE_CODE = "en-us"
FORMAT_MODULE_PATH = ["atlas.formats"]
STATIC_URL = "/static/"
# Gathered by collectstatic in production; found where they are in development.
STATIC_ROOT = VAR_DIR / "static" if PRODUCTION else None
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not PRODUCTION

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = False
# BASE_URL is https in production; the proxy in front ends TLS and redirects, and its headers are not trusted.
SILENCED_SYSTEM_CHECKS = ["security.W008"]
SECURE_HSTS_SECONDS = 31536000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
# Larger than any webhook of Twilio's or call of the API.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "users.authentication.ApiKeyAuthentication",
        "users.authentication.StaffTokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["atlas.api.permissions.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["atlas.api.throttles.CredentialThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["atlas.api.formats.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "atlas.api.formats.FirstRenderer",
    "DEFAULT_METADATA_CLASS": "atlas.api.metadata.MethodsMetadata",
    "DEFAULT_PAGINATION_CLASS": "atlas.api.pagination.PageNumberPagination",
    "DEFAULT_SCHEMA_CLASS": "atlas.api.schema.AutoSchema",
    "EXCEPTION_HANDLER": "atlas.api.errors.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
THROTTLE_API = Rate.parse(env.str("THROTTLE_API", default="600/min"))
THROTTLE_LOGIN = Rate.parse(env.str("THROTTLE_LOGIN", default="10/min"))
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=env.int("ACCESS_TOKEN_MINUTES", default=10)),
    "REFRESH_TOKEN_LIFETIME": timedelta(hours=env.int("REFRESH_TOKEN_HOURS", default=12)),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Atlas",
    "DESCRIPTION": "Place calls, follow them, and read back recordings, transcripts and feedback.",
    "VERSION": __version__,
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    # A serializer says itself what it needs: feedback is sent with PATCH, and all of it.
    "COMPONENT_SPLIT_PATCH": False,
    # Enums stay where they are used: many fields are called status.
    "POSTPROCESSING_HOOKS": [],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}

UNFOLD = {
    "SITE_TITLE": "Atlas",
    "SITE_HEADER": "Atlas desk",
    "SITE_SYMBOL": "headset_mic",
    "SITE_URL": "",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "atlas.admin.assets.icon"}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "STYLES": ["atlas.admin.assets.style"],
    "SCRIPTS": ["atlas.admin.assets.charts"],
    "SIDEBAR": {"navigation": "atlas.admin.menu.navigation"},
    "DASHBOARD_CALLBACK": "atlas.admin.dashboard.dashboard",
    "COLORS": {
        "primary": {
            "50": "#eef6ff",
            "100": "#d9eaff",
            "200": "#bcdaff",
            "300": "#8ec2ff",
            "400": "#589fff",
            "500": "#3b82f6",
            "600": "#1d5fd8",
            "700": "#184cb4",
            "800": "#1a4191",
            "900": "#1b3972",
            "950": "#142447",
        }
    },
}
# What each app puts on the first page: functions of the request and the period that return cards, and
# functions of the request and the period that return what needs attention.
DASHBOARD_CARDS = ["calls.dashboard.cards", "feedback.dashboard.cards"]
DASHBOARD_ATTENTION = ["calls.dashboard.attention", "webhooks.dashboard.attention"]

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "mask": {
            "()": "atlas.logging.MaskPersonalData",
            "secrets": [SECRET_KEY, TWILIO_AUTH_TOKEN, TWILIO_AUTH_TOKEN_PREVIOUS],
        }
    },
    "formatters": {"line": {"format": "{asctime} {levelname} {name} [{request_id}] {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["mask"]}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": LOG_LEVEL, "propagate": False},
        # They log every request with its headers, and every command with its document.
        "twilio": {"level": "WARNING"},
        "pymongo": {"level": "INFO"},
        "gunicorn.error": {"handlers": ["console"], "level": LOG_LEVEL, "propagate": False},
    },
}
