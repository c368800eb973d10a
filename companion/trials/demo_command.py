"""demo-data: fill an empty database for `make run`."""

import json
import urllib.request

import click
from flask import current_app


def _break_one_phone(phones_url: str, number: str) -> None:
    """Tell the simulated phones that one number is dead, so that *tidak terkirim* has somebody in it."""
    faults = {"numbers": {number: {"refuse": 21211}}}
    request = urllib.request.Request(  # noqa: S310 - only ever the loopback (Config)
        f"{phones_url}/faults", json.dumps(faults).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=5).close()  # noqa: S310


@click.command("demo-data")
def demo_data():
    """Forty graduates with two weeks of history, lived through the engine. DEMO=1 and an empty database only."""
    from sqlalchemy import select

    from companion.models import Institution
    from companion.trials import demo

    house = current_app.extensions["house"]
    if not current_app.config["COMPANION"].demo:
        raise click.ClickException("Demo data needs DEMO=1.")
    with house.database.read() as session:
        if session.scalar(select(Institution.id).limit(1)) is not None:
            raise click.ClickException("The database is not empty.")
    _break_one_phone(current_app.config["COMPANION"].twilio_api_url, demo.DEAD_NUMBER)
    demo.fill(house, house.clock.now())
    click.echo("demo data made")
