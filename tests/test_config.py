"""The environment: read once, checked, and never repeated in an error (design 6)."""

import base64

import pytest

from companion.config import Config, Misconfigured
from companion.crypto import new_key

ENV = {"SECRET_KEY": "sesame open wide", "DATA_KEYS": new_key()}


def test_the_defaults_are_those_of_a_first_try():
    config = Config.from_env(ENV)
    assert (config.database_url, config.public_url) == ("sqlite:///var/companion.db", "http://127.0.0.1:5000")
    assert (config.twilio_api_url, config.twilio_sender) == ("https://api.twilio.com", "Sahabat")
    assert (config.demo, config.trusted_proxies, config.carrier_on_loopback) == (False, 0, False)


@pytest.mark.parametrize(
    ("env", "rate"),
    [
        ({}, 10), ({"TWILIO_SENDER": "+15005550006"}, 1), ({"TWILIO_SENDER": "15005550006"}, 1),
        ({"TWILIO_SENDER": "MG" + "0" * 32}, 10), ({"TWILIO_API_URL": "http://127.0.0.1:5001"}, None),
        ({"TWILIO_API_URL": "http://127.0.0.1:5001", "TWILIO_RATE": "80"}, 80), ({"TWILIO_RATE": "0.5"}, 0.5),
        ({"TWILIO_RATE": "0"}, None), ({"TWILIO_RATE": " "}, 10), ({"TWILIO_RATE": "2000"}, 2000),
    ],
)  # fmt: skip
def test_a_sender_is_no_faster_than_its_carrier_takes(env, rate):
    assert Config.from_env(ENV | env).texts_per_second == rate


@pytest.mark.parametrize("rate", ["fast", "-1", "2001", "nan", "inf"])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(Misconfigured, match="TWILIO_RATE"):
        Config.from_env(ENV | {"TWILIO_RATE": rate})


@pytest.mark.parametrize("missing", ["SECRET_KEY", "DATA_KEYS"])
def test_a_missing_secret_is_named(missing):
    env = {name: value for name, value in ENV.items() if name != missing}
    with pytest.raises(Misconfigured, match=missing):
        Config.from_env(env)
    assert Config.from_env(env, secrets=False)


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "DATA_KEYS", "DATABASE_URL", "TWILIO_AUTH_TOKEN", "HEARTBEAT_URL"]
)
def test_a_secret_may_stand_in_a_file(tmp_path, name):
    secret = tmp_path / "secret"
    value = new_key()
    secret.write_text(f"{value}\n")
    config = Config.from_env(ENV | {name: "", f"{name}_FILE": str(secret)})
    found = getattr(config, name.lower())
    assert (value in str(found)) or found == (base64.urlsafe_b64decode(value + "="),)


def test_a_file_that_cannot_be_read_is_named():
    with pytest.raises(Misconfigured, match="SECRET_KEY_FILE"):
        Config.from_env(ENV | {"SECRET_KEY": "", "SECRET_KEY_FILE": "/nowhere/secret"})


def test_the_first_key_comes_first():
    first, second = new_key(), new_key()
    config = Config.from_env(ENV | {"DATA_KEYS": f"{first}, {second},"})
    assert [base64.urlsafe_b64encode(key).decode().rstrip("=") for key in config.data_keys] == [first, second]


@pytest.mark.parametrize(
    "keys",
    ["short", "x" * 44, f"{ENV['DATA_KEYS']},short", "ä" * 43],
    ids=["short", "long", "second", "umlauts"],
)
def test_a_key_of_another_length_is_refused_without_being_repeated(keys):
    with pytest.raises(Misconfigured) as refused:
        Config.from_env(ENV | {"DATA_KEYS": keys})
    assert keys not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://api.twilio.com", True),
        ("https://proxy.example/twilio/", True),
        ("http://127.0.0.1:5001", True),
        ("http://localhost:5001", True),
        ("http://[::1]:5001", True),
        ("http://api.twilio.com", False),
        ("http://127.0.0.1.evil.example", False),
        ("ftp://127.0.0.1", False),
        ("127.0.0.1:5001", False),
    ],
)
def test_credentials_go_in_the_clear_to_this_machine_only(url, fine):
    if not fine:
        with pytest.raises(Misconfigured, match="TWILIO_API_URL"):
            Config.from_env(ENV | {"TWILIO_API_URL": url})
        return
    assert Config.from_env(ENV | {"TWILIO_API_URL": url}).twilio_api_url == url.rstrip("/")


@pytest.mark.parametrize(("demo", "is_demo"), [("1", True), ("0", False), ("true", False), ("", False)])
def test_only_a_one_is_a_demonstration(demo, is_demo):
    assert Config.from_env(ENV | {"DEMO": demo}).demo is is_demo


@pytest.mark.parametrize("number", ["two", "1.5"])
def test_a_number_that_is_none_is_named(number):
    with pytest.raises(Misconfigured, match="TRUSTED_PROXIES"):
        Config.from_env(ENV | {"TRUSTED_PROXIES": number})


def test_no_secret_is_in_a_repr():
    env = ENV | {
        "TWILIO_AUTH_TOKEN": "tripwire-token", "TWILIO_ACCOUNT_SID": "ACtripwire",
        "DATABASE_URL": "postgresql://u:tripwire-password@h/d", "HEARTBEAT_URL": "https://hc.example/tripwire",
    }  # fmt: skip
    said = repr(Config.from_env(env))
    assert "tripwire" not in said
    assert "sesame" not in said
    assert ENV["DATA_KEYS"] not in said
