"""The check-in page: a link, no sign-in, no script, no cookie needed (design 6).

The token is the authority. GET and HEAD change nothing, however many scanners open the link (failures 46).
"""

from functools import partial

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from companion.content.words import say
from companion.rules.staff_hours import promise
from companion.rules.terms import LinkKind
from companion.services import answers, new_links, numbers, verifying
from companion.services.door import Door, DoorState, surroundings
from companion.web import checkin_form, language, sessions, thanks
from companion.web.access import Who, open_to
from companion.web.wording import by_words, hours_words, voice

door = Blueprint("checkin", __name__)

STATUS = {DoorState.OPEN: 200, DoorState.RECEIVED: 200, DoorState.CLOSED: 410}
TEMPLATE = {
    DoorState.OPEN: "checkin/form.html",
    DoorState.RECEIVED: "checkin/received.html",
    DoorState.CLOSED: "checkin/closed.html",
}


@door.get("/c/<token>")
@open_to(Who.ANYONE)
def page(token):
    """The form, what was answered before, or what an old link still leads to."""
    link = _look(token)
    if link is None:
        return _unknown()
    note = thanks.take(token)
    if note is None:
        return _render(_template(link), link), STATUS[link.state]
    html = _render("checkin/thanks.html", link, note=note)
    response = make_response(html, STATUS[link.state])
    if request.method == "GET":
        thanks.drop(response, token)
    return response


def _template(link: Door) -> str:
    """A link that asks about the number has a question of its own, and an end of its own."""
    if link.kind is LinkKind.CHECK and link.state is not DoorState.CLOSED:
        return "checkin/number.html"
    return TEMPLATE[link.state]


@door.post("/c/<token>")
@open_to(Who.ANYONE)
@sessions.once_more
def take(token):
    """Take an answer, a call for help, or the word that a number is right."""
    form = request.form  # taken apart before SQLite's one writer is held
    session, now = sessions.db(), sessions.now()
    link = _look(token)
    if link is None:
        return _unknown()
    if link.kind is LinkKind.CHECK and "mine" in form:
        return _right_number(link)
    submit = checkin_form.read(form, link, voice(link.teen))
    if link.state is DoorState.CLOSED or link.kind is LinkKind.CHECK:
        if "new_link" in form:
            return _new_link(link)
        if not _calls_for_help(submit.said):
            return _render(_template(link), link), STATUS[link.state]
    if link.state is DoorState.OPEN and (submit.wrong or not submit.said) and "unsafe" not in submit.said:
        return _not_like_this(link, submit)
    received = answers.receive(session, link, submit.said, now)
    session.commit()
    if received.thanks is None and (now_there := _look(token)) and now_there.state is DoorState.CLOSED:
        # Taken back while this one waited for it, by a stop say: no answer is confirmed that was not taken.
        return _render(_template(now_there), now_there), STATUS[now_there.state]
    response = _same_address()
    thanks.leave(response, token, received, submit.said.get("about") or submit.said.get("may_call"))
    return response


@door.get("/c/<token>/berhenti")
@open_to(Who.ANYONE)
def stop(token):
    """Ask once whether texts to this phone shall stop; afterwards, that they have."""
    link = _look(token)
    if link is None or link.number_id is None:
        return _unknown()
    return _render("checkin/stop.html", link, not_me=request.args.get("karena") == "bukan")


@door.post("/c/<token>/berhenti")
@open_to(Who.ANYONE)
@sessions.once_more
def stop_now(token):
    """Silence the number at once, for everybody on it (failures 39, 40)."""
    link = _look(token)
    if link is None or link.number_id is None:
        return _unknown()
    how = "bukan_saya" if request.form.get("karena") == "bukan" else "page"
    numbers.silence(sessions.db(), sessions.now(), link.number_id, how)
    sessions.db().commit()
    return redirect(url_for("checkin.stop", token=token), 303)


def _right_number(link: Door):
    """The phone is the right one; a second tap changes nothing, and a link whose time is over says so."""
    if link.state is DoorState.CLOSED:
        return _render(TEMPLATE[link.state], link), STATUS[link.state]
    verifying.by_link(sessions.db(), sessions.now(), link)
    sessions.db().commit()
    return _same_address()


def _calls_for_help(said: dict) -> bool:
    return said.get("contact") == "soon" or any(said.get(name) for name in ("unsafe", "about", "may_call"))


def _not_like_this(link: Door, submit):
    """Nothing chosen, or a value that was not offered: the form again as it was typed, and nothing stored.

    Except the wish to be called soon: that one is taken even out of a broken form (design 2.3).
    """
    values = {"typed": submit.typed, "wrong": submit.wrong, "nothing": not submit.wrong}
    if submit.said.get("contact") == "soon":
        received = answers.call_for_help(sessions.db(), link, submit.said, sessions.now())
        sessions.db().commit()
        by = by_words(received.promise.by, link.zone, sessions.now())
        values["promised"] = say("thanks.talk", voice(link.teen), batas=by)
    return _render(TEMPLATE[link.state], link, **values), 400


def _new_link(link: Door):
    """Promise a new link; on a page from before a stop, say instead that nothing is sent any more."""
    if surroundings(sessions.db(), link, sessions.now()).silenced_how:
        return _render(_template(link), link), STATUS[link.state]
    earliest = new_links.send(sessions.db(), link, sessions.now())
    sessions.db().commit()
    response = _same_address()
    thanks.leave_new_link(response, link.token, earliest)
    return response


def _look(token: str) -> Door | None:
    link = answers.look(sessions.db(), token, sessions.now())
    if link is not None:
        language.prefer(link.language)
    return link


def _render(template: str, link: Door, note: dict | None = None, **values):
    """One page behind a link. What it needs is read first, so that no page is made inside a transaction."""
    now, speaks = sessions.now(), voice(link.teen)
    around = surroundings(sessions.db(), link, now)
    sessions.db().rollback()
    by = by_words(promise(now, around.hours), link.zone, now)
    if note is not None:
        values["thanks"] = thanks.compose(note, link, around, now)
    return render_template(
        template,
        door=link,
        around=around,
        say=partial(say, voice=speaks),
        questions=checkin_form.questions(link, speaks, by),
        pairs=_pairs,
        hours=hours_words(around.hours, now),
        help_url=url_for("help.page", dari=link.token),
        **values,
    )


def _pairs(question) -> list[tuple[str, str]]:
    return [(option.value, option.label) for option in question.options]


def _unknown():
    """A token that never was, or is no more: the heading and the way to help, nothing about any person."""
    sessions.db().rollback()
    return render_template("checkin/unknown.html", say=partial(say, voice=voice(teen=False))), 404


def _same_address():
    here = request.full_path if request.query_string else request.path
    return Response(status=303, headers={"Location": here})
