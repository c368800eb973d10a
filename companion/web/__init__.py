"""HTTP only: read the request, ask a service, commit, answer. One module per door."""

from flask import Flask, current_app, request
from flask_compress import Compress
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from companion import i18n
from companion.web import access, demo, errors, headers, language, sessions, without_nul

csrf = CSRFProtect()
compress = Compress()


def register(app: Flask) -> None:
    """Hang every door on the app, with the guard in front of all of them."""
    from companion.web import doors

    config = app.config["COMPANION"]
    app.request_class = without_nul.Request
    app.url_map.converters["default"] = without_nul.Piece
    csrf.init_app(app)
    app.config.update(COMPRESS_REGISTER=False, COMPRESS_MIN_SIZE=200, COMPRESS_STREAMS=False)
    compress.init_app(app)
    # Its own words for templates would ask who it is on every page, the one that says the database is gone too.
    login = LoginManager(app, add_context_processor=False)
    login.session_protection = None  # phones change their address all day
    login.user_loader(doors.load_user)
    login.unauthorized_handler(doors.ask_to_sign_in)
    app.before_request(language.choose)
    app.before_request(access.guard)
    app.after_request(_finish)
    app.teardown_request(sessions.close)
    app.session_interface = sessions.Cookies()
    app.url_defaults(language.keep)
    app.url_defaults(headers.fingerprints(app.static_folder))
    errors.register(app)
    _words(app)
    app.view_functions["static"].open_to = frozenset({access.Who.ANYONE})
    for door in doors.ALL:
        app.register_blueprint(door)
    for door in doors.WITHOUT_CSRF:
        csrf.exempt(door)
    if config.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.trusted_proxies, x_proto=config.trusted_proxies)


def _finish(response):
    response = headers.add(response)
    if request.endpoint == "static" and response.status_code == 200:
        # A file is streamed, and a stream is not compressed; ours are small enough to hold.
        response.direct_passthrough = False
        response.get_data()
    return compress.after_request(response) if headers.may_compress() else response


def _words(app: Flask) -> None:
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.install_gettext_callables(
        lambda message: i18n.catalogue(i18n.language()).gettext(message),
        lambda one, many, n: i18n.catalogue(i18n.language()).ngettext(one, many, n),
        newstyle=True,
    )
    app.jinja_env.globals.update(
        clock_time=i18n.clock_time, day_words=i18n.day_words, moment_words=i18n.moment_words,
        before_words=i18n.before_words, date_words=i18n.date_words, ago_words=i18n.ago_words,
        other_language=language.other, this_page=language.here, current_language=i18n.language,
    )  # fmt: skip
    app.context_processor(_always)


def _always() -> dict:
    """What every template may count on."""
    demo_on = current_app.config["COMPANION"].demo
    return {"now": sessions.now(), "demo": demo_on, "user": current_user} | (demo.words() if demo_on else {})
