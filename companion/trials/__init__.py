"""Trials of the whole engine; a trial registers its own command."""

from flask import Flask


def register(app: Flask) -> None:
    """Trials hang their commands on the app themselves, so that `cli` need not know them."""
    from companion.trials import commands
    from companion.trials.chaos_command import chaos
    from companion.trials.demo_command import demo_data

    app.cli.add_command(demo_data)
    for command in (*commands.COMMANDS, chaos):
        app.cli.add_command(command)
