"""Which language this page speaks, and the same page in the other one."""

from urllib.parse import parse_qsl, quote, urlencode

from flask import current_app, g, request, session, url_for

from companion import i18n

PARAMETER = "bahasa"


def choose() -> None:
    """Explicit choice in the address first, then the signed-in session's, then Indonesian.

    In the address and not in a cookie, since the pages of graduates need none.
    """
    asked = request.args.get(PARAMETER)
    if asked in i18n.LANGUAGES:
        g.language_asked = asked
        if session:
            session["language"] = asked
    i18n.speak(asked or session.get("language") or i18n.DEFAULT)


def prefer(code: str) -> None:
    """Speak the person's own language unless the address asks for another."""
    if "language_asked" not in g:
        i18n.speak(code)


def keep(endpoint, values) -> None:
    """Links on a page stay in the language that its address asked for."""
    if endpoint != "static" and "language_asked" in g:
        values.setdefault(PARAMETER, g.language_asked)


def stand_at(address: str) -> None:
    """Say where the page about to be shown is read: a form with a fault answers from an address that only takes POST."""
    g.stands_at = address


def here() -> str:
    """The address at which the page on the screen can be opened again; the front page where there is none."""
    if "stands_at" in g:
        return g.stands_at
    if request.url_rule is None or not current_app.create_url_adapter(request).test(method="GET"):
        return url_for("home.index")
    query = request.query_string.decode("utf-8", "replace")
    path = quote(request.script_root + request.path, safe="/@:-._~")
    return f"{path}?{query}" if query else path


def other() -> dict:
    """The link to this same page in the other language.

    Put together by hand: a name in the address may be one that `url_for` takes for itself (`endpoint`, `_method`).
    """
    code = "en" if i18n.language() == "id" else "id"
    path, _mark, query = here().partition("?")
    kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != PARAMETER]
    return {"code": code, "url": f"{path}?{urlencode([*kept, (PARAMETER, code)])}"}
