"""Settings: an invalid one ends the start with one line that names it, its value and the remedy."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from app.settings import BACKEND, SECRETS, Settings, load_settings

#: Values of which every setting refuses at least one, unless it takes any text.
WRONG = ("is this a value?", "-1", "x", __file__)
#: An invalid value of settings, and words of the remedy.
INVALID = {
    "DEBUG": ("maybe", "it must be true or false"),
    "LOG_LEVEL": ("LOUD", "it must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
    "DATABASE_URL": ("nonsense", "write for example postgresql://"),
    "POSTGRES_HOST": ("local host", "a host name or an address"),
    "POSTGRES_PORT": ("65536", "it must be a whole number from 1 to 65,535"),
    "REDIS_URL": ("http://x", "write for example redis://"),
    "REDIS_HOST": ("redis://localhost", "a host name or an address"),
    "REDIS_PORT": ("redis", "it must be a whole number from 1 to 65,535"),
    "REDIS_DB": ("-1", "it must be a whole number from 0 to"),
    "REDIS_VISIBILITY_TIMEOUT": ("1.5", "it must be a whole number from 1 to"),
    "DATABASE_POOL_SIZE": ("0", "it must be a whole number from 1 to"),
    "WORKER_CONCURRENCY": ("many", "it must be a whole number from 1 to"),
    "WORKER_HEARTBEAT_INTERVAL": ("0", "it must be a number greater than 0 and at most"),
    "WORKER_HEARTBEAT_TIMEOUT": ("inf", "it must be a number greater than 0 and at most"),
    "TIMEKEEPER_INTERVAL": ("1e300", "it must be a number greater than 0 and at most"),
    "DELAY_HORIZON": ("nan", "it must be a number greater than 0 and at most"),
    "WAKE_UP_GRACE": ("-5", "it must be a number greater than 0 and at most"),
    "HANDLER_TIMEOUT": ("5s", "it must be a number greater than 0 and at most"),
    "MAX_WORKER_LOSSES": ("0", "it must be a whole number from 1 to"),
    "HANDLER_QUEUES": ("llm", "as in llm=gpu"),
    "MAX_CONCURRENT_WORKFLOWS": ("0", "it must be a whole number from 1 to 10,000"),
    "RETRY_MAX_RETRIES": ("1001", "it must be a whole number from 0 to 1,000"),
    "RETRY_INITIAL_DELAY": ("-1", "it must be a number from 0 to"),
    "RETRY_MAX_DELAY": ("-1", "it must be a number from 0 to"),
    "MAX_BODY_BYTES": ("1MB", "it must be a whole number from 1 to"),
    "MAX_OUTPUT_BYTES": ("0", "it must be a whole number from 1 to"),
    "MAX_COLLECTED_BYTES": ("0", "it must be a whole number from 1 to"),
    "MAX_DESCENDANTS": ("0", "it must be a whole number from 1 to"),
    "MAX_NODES": ("0", "it must be a whole number from 1 to"),
    "WORKFLOWS_DIR": (__file__, "name the folder"),
    "DEMO_URL": ("localhost:18000", "not an http:// or https:// URL"),
    "CORS_ORIGINS": ("http://localhost:5173/", "not an origin such as"),
    "ALLOWED_HOSTS": ("flows.example.com,api:8000", "write the host name without a port"),
    "HTTP_ALLOW_PRIVATE": ("yes please", "it must be true or false"),
    "NOTIFICATION_CHANNELS": ("nonsense", "write AE=slack://"),
    "LLM_BASE_URL": ("example.com/v1", "not an http:// or https:// URL"),
    "LLM_API_KEY": ("a\nb", "copy the key again"),
    "BODY_TIMEOUT": ("0", "it must be a number greater than 0 and at most"),
    "DATABASE_POOLER": ("pgbouncer", "it must be one of none, transaction"),
    "IDEMPOTENCY_DAYS": ("0", "it must be a whole number from 1 to 3,650"),
    "TEST_RETENTION_DAYS": ("0", "it must be a whole number from 1 to 3,650"),
    "REDIS_KEY_PREFIX": ("a b", "at most 100 letters"),
    "APPROVAL_SECRET": ("x", "use at least 16"),
    "SECRETS_KEY": ("c2hvcnQ=", "make one with openssl rand -base64 32"),
    "AUTH": ("yes", "it must be one of off, keys, oidc"),
    "ADMIN_KEY": ("tg_short", "it must be tg_ and at least 43 characters"),
    "OIDC_ISSUER": ("login.example.com", "not an http:// or https:// URL"),
    "OIDC_SCOPES": ("ops=root", "'root' is not a scope; scopes are events:write,"),
    "OIDC_ALGORITHMS": ("RS256,HS256", "it must be some of RS256,"),
    "OIDC_LEEWAY": ("301", "it must be a number from 0 to 300"),
    "SESSION_HOURS": ("0", "it must be a number greater than 0 and at most 8,760"),
    "SENDER_REQUESTS_PER_SECOND": ("-1", "it must be a whole number from 0 to 1,000,000"),
    "SENDER_BYTES_PER_MINUTE": ("1MB", "it must be a whole number from 0 to"),
}
#: Settings that take any text.
FREE = {
    *("ENVIRONMENT", "LLM_MODEL", "REDIS_PASSWORD", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DATABASE"),
    *("OIDC_AUDIENCE", "OIDC_GROUPS_CLAIM", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"),
}


def load_error(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    """The message with which the start ends in this environment; empty if it starts."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    try:
        load_settings()
    except SystemExit as ended:
        return str(ended)
    return ""


@pytest.mark.parametrize("name", sorted({name.upper() for name in Settings.model_fields} - FREE))
def test_every_setting_refuses_wrong_values(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    messages = [message for value in WRONG if (message := load_error(monkeypatch, **{name: value}))]

    assert messages
    assert all(re.match(rf"Trigraph cannot start: {name}=.+: ..", message) for message in messages)


@pytest.mark.parametrize("name", INVALID)
def test_invalid_setting_is_named_with_value_and_remedy(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    value, remedy = INVALID[name]

    message = load_error(monkeypatch, **{name: value})

    shown = "***" if name.lower() in SECRETS else repr(value)
    assert message.startswith(f"Trigraph cannot start: {name}={shown}: ")
    assert remedy in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://u:hidden@h/d"),
        ("DATABASE_URL", "postgresql://u:hidden@h:port/d"),
        ("DATABASE_URL", "postgresql://u:hidden@h/d?nonsense=1"),
        ("REDIS_URL", "redis://:hidden@h:port/0"),
        ("REDIS_URL", "redis://:hidden@h/first"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "rediss://h/0?ssl_password=hidden&nonsense=1"),
        ("DATABASE_URL", "postgresql://h/d?password=hidden&nonsense=1"),
        ("REDIS_URL", "sentinel://:hidden@h:26379/0"),
        ("REDIS_URL", "redis+socket://:hidden@/?virtual_host=1"),
        ("REDIS_URL", "redis+socket://:hidden@/run/redis.sock?virtual_host=first"),
        ("REDIS_URL", "redis+socket://:hidden@/run/redis.sock?ssl_cert_reqs=none"),
        ("NOTIFICATION_CHANNELS", "AE=slack://ok/;mailto://u:hidden@h"),
        ("NOTIFICATION_CHANNELS", "=slack://hidden"),
        ("NOTIFICATION_CHANNELS", "AE="),
        ("NOTIFICATION_CHANNELS", "AE=slack://ok,nonsense"),
        ("APPROVAL_SECRET", "hidden"),
        ("ADMIN_KEY", "tg_hidden"),
        ("LLM_API_KEY", "hidden key"),
        ("DEMO_URL", "http://u:hidden@h:port"),
        ("POSTGRES_HOST", "h:5432/d"),
        ("POSTGRES_HOST", "h:5432"),
        ("ALLOWED_HOSTS", "[::1]:8000"),
        ("ALLOWED_HOSTS", "https://flows.example.com"),
        ("ALLOWED_HOSTS", "*.example.com"),
        ("CORS_ORIGINS", "https://a.example, b.example"),
    ],
)
def test_invalid_value_ends_the_start_and_hides_secrets(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    message = load_error(monkeypatch, **{name: value})

    assert message.startswith(f"Trigraph cannot start: {name}=")
    assert "hidden" not in message


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("socket_timeout=3", "socket_timeout is not an option; options are credential_provider, ssl_cert_reqs, "),
        ("ssl_cert_reqs=Required", "ssl_cert_reqs is 'Required'; it must be required, optional or none."),
    ],
)
def test_wrong_option_of_the_broker_is_named(monkeypatch: pytest.MonkeyPatch, option: str, message: str) -> None:
    assert message in load_error(monkeypatch, REDIS_URL=f"rediss://h/0?{option}")


def test_several_invalid_settings_are_all_named(monkeypatch: pytest.MonkeyPatch) -> None:
    message = load_error(monkeypatch, MAX_NODES="0", REDIS_URL="http://x")

    assert "MAX_NODES='0'" in message
    assert "REDIS_URL='http://x'" in message


def test_heartbeat_timeout_must_exceed_its_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    message = load_error(monkeypatch, WORKER_HEARTBEAT_INTERVAL="20")

    assert message == (
        "Trigraph cannot start: WORKER_HEARTBEAT_TIMEOUT=12 must be longer than WORKER_HEARTBEAT_INTERVAL=20."
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database_url", "postgres://u:p%40ss@h/d?sslmode=require"),
        ("database_url", "postgresql+psycopg2://h"),
        ("redis_url", "rediss://u:p@h:6380/3?ssl_cert_reqs=required"),
        ("redis_url", "redis://h"),
        ("redis_url", "redis://h/?credential_provider=shop.Login&connect_timeout=3"),
        ("redis_url", "redis+socket://u:p@/run/redis.sock?virtual_host=3"),
        ("notification_channels", " AE = slack://a/b , mailto://c@d ; ops=json://e;"),
        ("cors_origins", "*"),
        ("cors_origins", "https://a.example,http://[::1]:3000"),
        ("demo_url", "http://[::1]:18000"),
        ("log_level", "debug"),
        ("postgres_host", "::1"),
        ("postgres_host", "fe80::1%eth0"),
        ("allowed_hosts", "api, Flows.example.com,::1, *"),
        ("workflows_dir", os.sep + "nowhere"),
    ],
)
def test_valid_value_is_accepted(name: str, value: str) -> None:
    Settings.model_validate({name: value})


def test_urls_are_built_from_hosts_and_names() -> None:
    settings = Settings(postgres_host="::1", postgres_user="a b", postgres_database="c/d", redis_host="::1")

    assert settings.database == "postgresql://a%20b:postgres@[::1]:5432/c%2Fd"
    assert settings.broker == "redis://[::1]:6379/0"


def test_driver_in_database_url_is_left_out() -> None:
    assert Settings(database_url="postgresql+psycopg2://h/d").database == "postgresql://h/d"


def test_channels_are_lists_by_role() -> None:
    settings = Settings(notification_channels=" AE = slack://a , mailto://b@c ; ops=json://d;")

    assert settings.channels == {"AE": ["slack://a", "mailto://b@c"], "ops": ["json://d"]}


def test_alembic_without_postgres_prints_one_line() -> None:
    environment = {"PATH": os.environ["PATH"], "POSTGRES_PORT": "1", "POSTGRES_HOST": "127.0.0.1"}

    ended = subprocess.run(
        [sys.executable, "-m", "alembic", "current"], cwd=BACKEND, env=environment, capture_output=True, text=True
    )

    assert ended.returncode != 0
    (line,) = ended.stderr.splitlines()
    assert line.startswith("Alembic cannot connect to Postgres: ")
    assert "stack.env" in line


@pytest.mark.parametrize("secret", ["a", "abc", " abc ", "\n"])
def test_short_secret_ends_the_start(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    message = load_error(monkeypatch, SECRET_X=secret, SECRET_LONG="long enough")

    count = len(secret.strip())
    assert message == f"Trigraph cannot start: SECRET_X has {count} characters; a secret needs at least 4."


def test_empty_and_long_secrets_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_EMPTY", "")
    monkeypatch.setenv("SECRET_LONG", "four")

    load_settings()


def test_own_servers_are_closed_to_handlers() -> None:
    settings = Settings(
        database_url="postgresql://u:p@db-1:6432/d",
        redis_url="redis://:p@[::1]/0",
        public_url="https://Api.example.com",
        http_deny="api:8000, [::1]:9000",
    )

    places = {("db-1", 6432), ("::1", 6379), ("api.example.com", 443), ("api", 8000), ("::1", 9000)}
    assert settings.closed_places == places
    allowed = Settings(database_url="postgresql://h/d", http_allow_own=True, http_deny="api:8000")
    assert allowed.closed_places == {("api", 8000)}
    assert ("localhost", 8000) in Settings(database_url="postgresql:///d").closed_places


def test_people_need_a_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    needed = "Trigraph cannot start: AUTH=oidc needs OIDC_ISSUER, and OIDC_AUDIENCE or OIDC_CLIENT_ID."

    assert load_error(monkeypatch, AUTH="oidc") == needed
    assert load_error(monkeypatch, AUTH="oidc", OIDC_ISSUER="https://login.example.com") == needed
    assert load_error(monkeypatch, AUTH="oidc", OIDC_ISSUER="https://login.example.com", OIDC_CLIENT_ID="s") == ""


@pytest.mark.parametrize("value", ["ops", "=admin", "ops=", "ops=,"])
def test_group_without_scopes_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert "is not a group and its scopes; write for example ops=admin" in load_error(monkeypatch, OIDC_SCOPES=value)
