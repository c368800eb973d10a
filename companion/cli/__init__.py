"""The commands of `flask --app app ...`; one module per subject. The platform's administrator works here."""

from flask import Flask


def register(app: Flask) -> None:
    from companion.cli import checking, clocks, exporting, importing, running, safety, setup, up

    for module in (setup, importing, running, clocks, exporting, safety, checking, up):
        for command in module.COMMANDS:
            app.cli.add_command(command)
