"""check: is this installation sound?"""

import json
import sys

import click
from flask import current_app

from companion import migrations
from companion.cli import common
from companion.engine import soundness


@click.command("check")
@click.option("--json", "as_json", is_flag=True)
def check(as_json):
    """Secrets, schema, and whatever else an installation needs to be sound; exit 1 if anything is wrong."""
    found = _secrets() | _schema()
    if all(word == "ok" for word in found.values()):
        found |= soundness.facts(common.storage(), current_app.extensions["clock"])
    ok = all(word == "ok" for word in found.values())
    if as_json:
        click.echo(json.dumps({"ok": ok, "checks": found}))
    else:
        for name, word in found.items():
            click.echo(f"{name}: {word}")
    sys.exit(0 if ok else 1)


def _secrets() -> dict[str, str]:
    config = common.config()
    missing = [
        name
        for name, value in (("SECRET_KEY", config.secret_key), ("DATA_KEYS", config.data_keys))
        if not value
    ]
    return {"secrets": f"missing: {', '.join(missing)}" if missing else "ok"}


def _schema() -> dict[str, str]:
    try:
        why_not = migrations.refusal(*migrations.standing(current_app.extensions["database"]))
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer is that we cannot reach it
        return {"schema": f"no database: {type(error).__name__}"}
    return {"schema": why_not or soundness.OK}


COMMANDS = (check,)
