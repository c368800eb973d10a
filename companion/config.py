"""The environment, read once and checked: the only place that looks at os.environ."""

import base64
import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

FASTEST = 2000  # texts a second that Twilio takes of one account (tech.md 3)
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Misconfigured(Exception):
    """The program cannot start like this; the message names what is missing, never a value."""


@dataclass(frozen=True)
class Config:
    """Everything that differs between one installation and the next."""

    secret_key: str = field(repr=False)
    data_keys: tuple[bytes, ...] = field(repr=False)
    database_url: str = field(default="sqlite:///var/companion.db", repr=False)
    public_url: str = "http://127.0.0.1:5000"
    twilio_account_sid: str = field(default="", repr=False)
    twilio_auth_token: str = field(default="", repr=False)
    twilio_sender: str = "Sahabat"
    twilio_api_url: str = "https://api.twilio.com"
    twilio_rate: float | None = None
    trusted_proxies: int = 0
    alarm_command: str = ""
    heartbeat_url: str = field(default="", repr=False)
    demo: bool = False

    @classmethod
    def from_env(cls, env=None, *, secrets: bool = True) -> "Config":
        """Read the environment; every secret may also stand in a file named by `NAME_FILE`.

        `secrets=False` is for commands that need none (make-keys, simulate, bench).
        Raises Misconfigured with the name of what is missing or malformed.
        """
        env = os.environ if env is None else env
        raw_keys = _secret(env, "DATA_KEYS", needed=secrets)
        return cls(
            secret_key=_secret(env, "SECRET_KEY", needed=secrets),
            data_keys=tuple(_key(part) for part in raw_keys.split(",") if part.strip()),
            database_url=_secret(env, "DATABASE_URL", needed=False) or cls.database_url,
            public_url=(env.get("PUBLIC_URL") or cls.public_url).rstrip("/"),
            twilio_account_sid=_secret(env, "TWILIO_ACCOUNT_SID", needed=False),
            twilio_auth_token=_secret(env, "TWILIO_AUTH_TOKEN", needed=False),
            twilio_sender=env.get("TWILIO_SENDER") or cls.twilio_sender,
            twilio_api_url=_carrier(env.get("TWILIO_API_URL") or cls.twilio_api_url),
            twilio_rate=_rate(env, "TWILIO_RATE"),
            trusted_proxies=_number(env, "TRUSTED_PROXIES"),
            alarm_command=env.get("ALARM_COMMAND", ""),
            heartbeat_url=_secret(env, "HEARTBEAT_URL", needed=False),
            demo=env.get("DEMO") == "1",
        )

    @property
    def carrier_on_loopback(self) -> bool:
        """Whether texts go to a stand-in on this machine; only then may the time be a pretended one."""
        return urlsplit(self.twilio_api_url).hostname in LOOPBACK

    @property
    def texts_per_second(self) -> float | None:
        """How many ordinary texts of our sender may leave in a second; None as fast as they are taken.

        Unless TWILIO_RATE says it: what Twilio takes by default, one a second of a number, ten of a name or a
        Messaging Service. A stand-in on this machine has no queue.
        """
        if self.twilio_rate is not None:
            return self.twilio_rate or None
        if self.carrier_on_loopback:
            return None
        return 1.0 if self.twilio_sender.lstrip("+").isdigit() else 10.0


def _secret(env, name: str, *, needed: bool) -> str:
    value = env.get(name, "")
    if not value and env.get(f"{name}_FILE"):
        try:
            value = Path(env[f"{name}_FILE"]).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Misconfigured(f"{name}_FILE cannot be read: {error.strerror}") from None
    if needed and not value:
        raise Misconfigured(f"{name} is missing. `flask --app app make-keys` prints one.")
    return value


def _key(text: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(text.strip() + "=" * (-len(text.strip()) % 4))
    except ValueError:
        key = b""
    if len(key) != 32:
        raise Misconfigured("DATA_KEYS must hold keys of 32 bytes, base64, separated by commas.")
    return key


def _carrier(url: str) -> str:
    """Refuse to send credentials in the clear to anybody but this machine (tech.md 3)."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return url.rstrip("/")
    raise Misconfigured("TWILIO_API_URL must be https, or http on the loopback only.")


def _number(env, name: str) -> int:
    try:
        return int(env.get(name) or 0)
    except ValueError:
        raise Misconfigured(f"{name} must be a whole number.") from None


def _rate(env, name: str) -> float | None:
    """Texts a second, 0.5 being one in two seconds; 0 for no limit, None if nothing was said."""
    text = env.get(name, "").strip()
    if not text:
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= FASTEST:
        raise Misconfigured(f"{name} must be texts a second, 0 (no limit) to {FASTEST}.")
    return rate
