"""The companion: the one place where the parts meet."""

from functools import partial
from pathlib import Path

from flask import Flask

from companion import crypto
from companion.clock import Clock
from companion.config import Config
from companion.db import Database

ROOT = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"


def create_app(
    config: Config | None = None,
    *,
    clock: Clock | None = None,
    database: Database | None = None,
    channels=None,
) -> Flask:
    """Build the web application; everything it needs is handed in or read from the environment here."""
    from companion import cli, migrations, trials, web
    from companion.channels.sms import make_sms
    from companion.engine.house import House
    from companion.engine.time import clock_for
    from companion.engine.watch import alarm_by
    from companion.services.flow import paces

    config = config or Config.from_env(secrets=False)
    app = Flask(__name__, root_path=str(ROOT))
    app.config.update(
        COMPANION=config,
        SECRET_KEY=config.secret_key,
        MAX_CONTENT_LENGTH=11 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.public_url.startswith("https://"),
        WTF_CSRF_TIME_LIMIT=8 * 3600,
        WTF_CSRF_SSL_STRICT=False,  # we send no referrer, on purpose
    )
    crypto.use(config.data_keys)
    app.extensions["database"] = database or Database(config.database_url)
    app.extensions["standing"] = partial(migrations.standing, app.extensions["database"])
    app.extensions["clock"] = clock or clock_for(config, app.extensions["database"])
    app.extensions["house"] = House(
        app.extensions["database"],
        app.extensions["clock"],
        channels or {"sms": make_sms(config)},
        config.public_url,
        alarm_by(config.alarm_command),
        paces=paces(config.twilio_sender, config.texts_per_second),
    )
    web.register(app)
    cli.register(app)
    trials.register(app)
    return app
