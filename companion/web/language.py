"""Which language this page speaks, and the same page in the other one."""

from flask import g, request, session, url_for

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


def other() -> dict:
    """The link to this same page in the other language."""
    code = "en" if i18n.language() == "id" else "id"
    values = dict(request.view_args or {}) | request.args.to_dict() | {PARAMETER: code}
    return {"code": code, "url": url_for(request.endpoint or "home.index", **values)}
