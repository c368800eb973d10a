"""What is laid out for whoever runs it is true: commands, options, addresses, settings and alarms that exist."""

import ast
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from companion.config import Config
from companion.engine import alarms, soundness
from companion.trials.bench_house import OF_THE_UNITS

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
UNITS = sorted(DEPLOY.glob("*.service"))


@pytest.fixture
def database(sqlite):
    """On SQLite only: what units, proxy and image name is the same on both databases."""
    return sqlite


def directives(unit) -> list[tuple[str, str]]:
    lines = unit.read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("=", 1)) for line in lines if "=" in line and not line.startswith("#")]


def check_command(app, words: list[str], where: str) -> None:
    """A command of ours as typed: it exists, and so do its options."""
    command = app.cli.commands.get(words[0])
    assert command, f"{where}: there is no command {words[0]!r}"
    options = {name for parameter in command.params for name in parameter.opts}
    for word in words[1:]:
        if word.startswith("--"):
            assert word.split("=")[0] in options, f"{where}: {words[0]} has no {word}"


# --- units ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_runs_what_exists_as_nobody_special(app, unit):
    given = dict(directives(unit))
    assert given["User"] == "sahabat" and given["EnvironmentFile"] == "/etc/sahabat/env"
    assert (given["NoNewPrivileges"], given["ProtectSystem"], given["PrivateTmp"]) == (
        "true",
        "strict",
        "true",
    )
    assert given["CapabilityBoundingSet"] == "" and given["UMask"] == "0077"
    ours = [line for name, line in directives(unit) if name == "ExecStart" and "--app app" in line]
    assert ours
    for line in ours:
        words = shlex.split(line.replace("%i", "5000"))
        inner = shlex.split(words[-1]) if words[0] == "/bin/sh" else words
        check_command(app, inner[inner.index("app") + 1 :], unit.name)


@pytest.mark.parametrize("name", ["companion-web@.service", "companion-worker@.service"])
def test_a_service_comes_back_but_does_not_repeat_a_refusal(name):
    given = dict(directives(DEPLOY / name))
    assert (given["Restart"], given["RestartPreventExitStatus"], given["StartLimitIntervalSec"]) == (
        "always",
        "2",
        "0",
    )
    assert given["ReadWritePaths"] == "/var/lib/sahabat"
    assert "KillSignal" not in given, "SIGTERM is what lets a tick end"


def test_memory_is_measured_with_what_units_and_image_set():
    served = [unit for unit in UNITS if "@" in unit.name]
    assert len(served) == 2
    image = " ".join(given for word, given in instructions() if word == "ENV").split()
    for setting in (f"{name}={value}" for name, value in OF_THE_UNITS.items()):
        assert all(("Environment", setting) in directives(unit) for unit in served)
        assert setting in image


def test_the_worker_is_given_time_for_the_tick_that_is_running():
    """A text waits 15 s for the carrier, and a round may hold several."""
    given = dict(directives(DEPLOY / "companion-worker@.service"))
    assert int(given["TimeoutStopSec"]) >= 60


# --- nginx ----------------------------------------------------------------------------------------------------------

NGINX = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
SECRET_PATHS = ["/c/x", "/c/x/berhenti", "/f/x", "/k/x", "/bantuan", "/keluarga", "/twilio/status/x"]


def test_no_address_with_a_link_in_it_is_written_down():
    unwritten = re.compile(re.search(r"location ~ (\S+) \{\s+access_log off;", NGINX)[1])
    for path in SECRET_PATHS:
        assert unwritten.match(path), path
    for path in (
        "/",
        "/masuk",
        "/kasus",
        "/institusi",
        "/health",
        "/static/style.css",
        "/cari",
        "/klien/baru",
    ):
        assert not unwritten.match(path), path
    form = re.search(r"log_format sahabat '([^']*)'", NGINX)[1]
    for tells in ("$request ", "$request_uri", "$args", "referer", "remote_addr", "user_agent", "$cookie"):
        assert tells not in f"{form} ", f"the log would tell {tells}"
    assert set(re.findall(r"error_log (\S+);", NGINX)) == {"/dev/null"}, "an error line quotes the address"


def test_every_way_in_with_a_token_is_among_them(app):
    unwritten = re.compile(re.search(r"location ~ (\S+) \{", NGINX)[1])
    for rule in app.url_map.iter_rules():
        if "token" in rule.arguments:
            assert unwritten.match(rule.rule), f"{rule.rule} would be written into the log"


def test_every_address_it_names_is_one_of_ours(app):
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    for path in re.findall(r"location (?:= )?(/\w+) \{", NGINX):
        assert path in rules, path
    names = re.search(r"location ~ \^/\(([^)]*)\)", NGINX)[1].split("|")
    later = {"saya"}  # the graduate's own pages (design 6)
    for name in set(names) - later:
        assert any(rule.startswith(f"/{name}") for rule in rules), name


def test_forms_wait_here_and_fit():
    assert "proxy_request_buffering on" in NGINX and "proxy_max_temp_file_size 0" in NGINX
    assert (
        "gzip off" in NGINX
        and "X-Forwarded-For $remote_addr" in NGINX
        and "X-Forwarded-Proto $scheme" in NGINX
    )
    sheets = re.search(r"location /impor \{(.*?)\}", NGINX, re.DOTALL)[1]
    assert re.findall(r"(\w+) 11m", sheets) == ["client_max_body_size", "client_body_buffer_size"]


def test_nginx_takes_it(tmp_path):
    """Where nginx is installed; elsewhere its words are looked at above."""
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    openssl = shutil.which("openssl")
    if not nginx or not openssl:
        return
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    ours = NGINX.replace("/etc/ssl/sahabat/fullchain.pem", str(certificate))
    ours = ours.replace("/etc/ssl/sahabat/privkey.pem", str(key)).replace("/var/log/nginx", str(tmp_path))
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ {ours} }}")
    done = subprocess.run([nginx, "-t", "-c", whole], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# --- the image ------------------------------------------------------------------------------------------------------

INSTRUCTIONS = {"FROM", "COPY", "RUN", "ARG", "WORKDIR", "USER", "ENV", "VOLUME", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT",
                "CMD"}  # fmt: skip


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n", " ", (DEPLOY / "Containerfile").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [tuple(line.split(None, 1)) for line in lines]


def test_the_image_is_made_of_what_is_there_and_runs_as_nobody_special(app):
    assert {name for name, _rest in instructions()} <= INSTRUCTIONS
    for name, rest in instructions():
        if name == "COPY" and "--from" not in rest:
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source
    found = dict(instructions())
    assert found["USER"] == "sahabat"
    run = " ".join(rest for name, rest in instructions() if name == "RUN")
    assert "--require-hashes --only-binary :all:" in run
    check_command(app, ast.literal_eval(found["CMD"]), "Containerfile")
    copied = {rest.split()[0] for name, rest in instructions() if name == "COPY"}
    assert {"app.py", "companion", "templates", "static", "translations", "requirements.txt"} <= copied


# --- the document ---------------------------------------------------------------------------------------------------


def test_every_setting_is_explained():
    source = (ROOT / "companion" / "config.py").read_text(encoding="utf-8")
    direct = set(re.findall(r"(?:env\.get\(|_number\(env, |_rate\(env, )\"([A-Z_]+)\"", source))
    secrets = set(re.findall(r"_secret\(env, \"([A-Z_]+)\"", source))
    assert len(direct | secrets) == len(Config.__dataclass_fields__), (
        "a setting is read in a way this test does not know"
    )
    settings = OPERATIONS.split("## 9. Settings")[1]
    for name in direct | secrets | {f"{name}_FILE" for name in secrets}:
        assert f"`{name}`" in settings, f"docs/operations.md does not explain {name}"


def test_the_example_sets_only_what_is_read():
    source = (ROOT / "companion" / "config.py").read_text(encoding="utf-8")
    for line in (DEPLOY / "env.example").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"#?([A-Z_]+)=", line):
            name = found[1]
            assert f'"{name.removesuffix("_FILE")}"' in source, name


def alarm_names() -> set[str]:
    """What the watch knows, what the night adds, what is told by name elsewhere, and what only /health finds."""
    found = set(alarms.WORDS) | set(soundness.AT_NIGHT.values())
    for path in sorted((ROOT / "companion").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and getattr(node.func, "attr", None) == "alarm"
            if called and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
            if path.name == "health.py" and isinstance(node, ast.List) and len(node.elts) == 1:
                found.add(node.elts[0].value)
    return found


def test_for_every_alarm_it_says_what_to_do():
    names = alarm_names()
    assert {"no_tick", "clock_went_back", "restored_and_stopped", "books", "schema", "retention"} <= names
    explained = OPERATIONS.split("## 8. When it calls")[1].split("## 9")[0]
    for name in names:
        assert f"| `{name}`" in explained, f"docs/operations.md does not say what to do at {name}"


def test_every_command_it_types_exists(app):
    for block in re.findall(r"```sh\n(.*?)```", OPERATIONS, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("sahabat "):
                check_command(app, shlex.split(line.split(" | ")[0])[1:], line)


def test_every_file_it_installs_is_there():
    for name in set(re.findall(r"deploy/([\w@.*-]+)", OPERATIONS)):
        assert list(DEPLOY.glob(name)), f"deploy/{name}"
