"""Who may import whom (design 5). Imports go down only; a few doors are the only ones of their kind."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "companion"
FLOORS = {
    "web": {"engine", "services", "rules", "models", "content", "sheets", "channels"},
    "cli": {"engine", "services", "rules", "models", "content", "sheets", "channels", "migrations"},
    "trials": {"engine", "services", "rules", "models", "content", "channels", "phones", "migrations"},
    "engine": {"services", "rules", "models", "channels"},
    "migrations": {"models", "services"},
    "services": {"rules", "models", "content"},
    "models": {"rules"},
    "content": {"rules"},
    "sheets": {"rules"},
    "channels": {"rules"},
    "rules": {"content"},
    "phones": set(),
}
"""What each room may use besides itself and the basement. `models -> rules` is for the words of states only."""
BASEMENT = {"config", "clock", "db", "engines", "i18n", "crypto"}
BASEMENT_USES = {"db": {"crypto", "engines"}, "engines": {"clock"}}
ALLOWED_FROM_CHANNELS = {"engine": {"protocol"}, "web": {"receipts"}}
ENTRANCE = {"__init__"}


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def imports(path):
    """All (module, line) that a file imports, wherever in the file it does."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def room(path):
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else Path(parts[0]).stem


def own_rooms(path):
    """The rooms of ours that a file reaches into, with the module's next part and the line."""
    for name, line in imports(path):
        parts = name.split(".")
        if (
            parts[0] == "companion"
            and len(parts) > 1
            and (PACKAGE / parts[1]).exists() | (PACKAGE / f"{parts[1]}.py").exists()
        ):
            yield parts[1], parts[2] if len(parts) > 2 else None, line


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path):
    here = room(path)
    if here in ENTRANCE:
        return
    allowed = BASEMENT_USES.get(here, set()) if here in BASEMENT else FLOORS[here] | BASEMENT | {here}
    for there, _part, line in own_rooms(path):
        assert there in allowed, f"{path.name}:{line}: {here} must not use {there}"


@pytest.mark.parametrize("here", ALLOWED_FROM_CHANNELS)
def test_only_the_entrance_builds_channels(here):
    for path in sorted((PACKAGE / here).rglob("*.py")):
        for there, part, line in own_rooms(path):
            if there == "channels" and part:
                assert part in ALLOWED_FROM_CHANNELS[here], (
                    f"{path.name}:{line}: take the channel you are handed"
                )


ONLY_DOORS = {
    "twilio": {"channels"},
    "flask": {"web", "cli", "trials", "phones", "__init__"},
    "flask_login": {"web"},
    "flask_wtf": {"web"},
    "openpyxl": {"sheets"},
    "apscheduler": {"engine", "trials"},  # trials: only to be measured beside our own way
}
"""Libraries that only these rooms may touch."""


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_library_is_used_only_behind_its_own_door(path):
    for name, line in imports(path):
        doors = ONLY_DOORS.get(name.split(".")[0])
        if doors is not None:
            assert room(path) in doors, f"{path.name}:{line}: {name} belongs behind {sorted(doors)}"


CALLS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time"),
    ("time", "monotonic"),
}  # fmt: skip
MAY_READ_THE_TIME = {"clock.py"}
OUTSIDE_PEOPLE_TIME = {"phones", "trials", "cli"}
"""Stand-in programs and waiting loops of commands measure the machine's time, never a person's."""


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_clock_reads_the_time(path):
    if path.name in MAY_READ_THE_TIME or room(path) in OUTSIDE_PEOPLE_TIME:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = getattr(node.func.value, "id", None) or getattr(node.func.value, "attr", None)
            assert (owner, node.func.attr) not in CALLS, f"{path.name}:{node.lineno}: `now` is an argument"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_config_reads_the_environment(path):
    if room(path) in {"config", "phones", "trials"} or path.name == "up.py":
        return
    text = path.read_text(encoding="utf-8")
    assert "os.environ" not in text and "getenv" not in text, f"{path.name}: ask companion.config"


@pytest.mark.parametrize("path", sorted((PACKAGE / "services").rglob("*.py")), ids=lambda path: path.name)
def test_services_never_commit(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"commit", "rollback"}, f"{path.name}:{node.lineno}: the caller commits"


def test_no_path_but_the_gate_moves_a_message_to_sending():
    takers = {
        str(path.relative_to(PACKAGE))
        for path in modules()
        for line in path.read_text(encoding="utf-8").splitlines()
        if "state=MessageState.SENDING" in line.replace(" ", "") or "state=M.SENDING" in line.replace(" ", "")
    }
    assert takers == {"services/gate.py"}


def long_files():
    for path in modules():
        if "versions" not in path.parts:
            yield path, len(path.read_text(encoding="utf-8").splitlines())


def test_a_file_has_one_subject():
    too_long = {str(path.relative_to(ROOT)): n for path, n in long_files() if n > 275}
    assert not too_long, f"two subjects in one room: {too_long}"
