"""demo-data: fill an empty database for `make run`."""

import json
import urllib.request

import click
from flask import current_app


def _set_faults(phones_url: str, **faults) -> None:
    """Tell the simulated phones how to misbehave."""
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
    phones, dead = current_app.config["COMPANION"].twilio_api_url, {demo.DEAD_NUMBER: {"refuse": 21211}}
    # One dead number, so that *tidak terkirim* has somebody in it. Receipts would come in real time, two weeks
    # behind the texts they are about, so they are left out of the history.
    _set_faults(phones, numbers=dead, no_callbacks=True)
    try:
        demo.fill(house, house.clock.now())
    finally:
        _set_faults(phones, numbers=dead)
    click.echo("demo data made")
