"""Bringing a spreadsheet of graduates in: upload, a verdict for every row, and storing only after a yes."""

from collections import Counter

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select

from companion import i18n, sheets
from companion.i18n import gettext as _
from companion.models import ImportDraft, Institution, Staff
from companion.rules.numbers import mask
from companion.rules.terms import Role
from companion.services import importing
from companion.web import import_work, language, sessions
from companion.web.access import STAFF, open_to

door = Blueprint("importing", __name__)

PER_PAGE = 50


@door.get("/impor")
@open_to(*STAFF)
def start():
    """Choose a file, or go on with one of yesterday's or today's."""
    return _start()


@door.post("/impor")
@open_to(*STAFF)
def upload():
    """Keep a sheet that can be read, and show what is in it; one that cannot is explained and forgotten."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _start(_("Please choose a file first.")), 400
    with file.stream:  # a big one lies in a temporary file, which goes now and not some time later
        content = file.read()
    try:
        with _database().read() as short:  # seconds for a big sheet: the one writer must not wait for it
            judged = import_work.judge_file(
                short, _institution(short), content, file.filename, sessions.now()
            )
    except sheets.Unreadable as fault:
        status = 413 if fault.reason is sheets.Reason.TOO_BIG else 400
        return _start(sheets.explain(fault.reason, fault.params, i18n.language())), status
    db = sessions.db()
    importing.forget_old(db, sessions.now(), _machine(), current_user.institution_id)
    draft = importing.keep_draft(
        db, sessions.now(), institution_id=current_user.institution_id, staff_id=current_user.staff.id,
        filename=file.filename, content=content, total=len(judged.verdicts),
    )  # fmt: skip
    db.commit()
    return redirect(url_for("importing.show", ref=draft.ref), 303)


@door.get("/impor/<ref>")
@open_to(*STAFF)
def show(ref):
    """A draft as it stands: its rows before the yes, how far the storing has come, or what came of it."""
    return _show(_draft(ref))


@door.post("/impor/<ref>/simpan")
@open_to(*STAFF)
def confirm(ref):
    """The yes. Storing starts in the background, and this page watches it."""
    with _database().read() as short:
        draft = _draft(ref, short)
        if draft.state != "preview":
            return redirect(url_for("importing.show", ref=ref), 303)
        rows = import_work.as_uploaded(short, draft, _institution(short))
    caseworker_id, faults = _caseworker()
    consent_ref = request.form.get("consent_ref", "").strip()[:200]
    if request.form.get("consent") not in ("have", "later"):
        faults["consent"] = _("Please say whether the signed forms are there.")
    elif request.form.get("consent") == "have" and not consent_ref:
        faults["consent_ref"] = _("Where do the signed forms lie? For example: green folder, November 2026.")
    if faults:
        language.stand_at(url_for("importing.show", ref=ref))
        return _show(draft, faults), 400
    won = importing.confirm(
        sessions.db(), sessions.now(), _machine(), draft, total=sum(row.entry is not None for row in rows),
        caseworker_id=caseworker_id, consent_ref=consent_ref if request.form["consent"] == "have" else None,
    )  # fmt: skip
    sessions.db().commit()
    return _watch(draft.id, ref, won)


@door.post("/impor/<ref>/lanjutkan")
@open_to(*STAFF)
def go_on(ref):
    """Go on where a storing broke off; nobody is stored twice."""
    draft = _draft(ref)
    won = importing.take_over(sessions.db(), _machine(), draft.id)
    sessions.db().commit()
    return _watch(draft.id, ref, won)


@door.post("/impor/<ref>/batal")
@open_to(*STAFF)
def drop(ref):
    """Delete an uploaded sheet. Whoever is stored already stays."""
    draft = _draft(ref)
    dropped = importing.drop(sessions.db(), _machine(), draft.id)
    sessions.db().commit()
    if not dropped:
        return redirect(url_for("importing.show", ref=ref), 303)
    import_work.forget(ref)
    flash(_("The file is deleted."))
    return redirect(url_for("importing.start"), 303)


@door.get("/impor/<ref>/laporan.csv")
@open_to(*STAFF)
def report(ref):
    """What became of each row, as a sheet to work through."""
    draft, institution = _draft(ref), _institution()
    rows = import_work.as_uploaded(sessions.db(), draft, institution)
    refs = importing.refs_of(sessions.db(), institution, rows) if draft.state == "done" else {}
    answer = Response(
        "\ufeff" + sheets.write_report(rows, refs, i18n.language()), mimetype="text/csv"
    )  # the mark at the beginning lets Excel read the letters right
    answer.headers["Content-Disposition"] = 'attachment; filename="hasil-impor.csv"'
    return answer


def _start(fault=None):
    return render_template(
        "importing/start.html", fault=fault, drafts=importing.drafts_of(sessions.db(), current_user.staff.id)
    )


def _show(draft: ImportDraft, faults=None):
    if draft.state == "storing":
        died = importing.has_died(draft, _machine())
        return render_template("importing/progress.html", draft=draft, died=died)
    institution = _institution()
    if draft.state == "done":
        rows = import_work.as_uploaded(sessions.db(), draft, institution)
        return render_template("importing/done.html", draft=draft, counts=_counts(rows))
    judged = import_work.judge(sessions.db(), draft, institution)
    rows = import_work.against(judged.verdicts, importing.known(sessions.db(), institution))
    return _preview(draft, judged, rows, faults or {})


def _preview(draft, judged, rows, faults):
    wanted = request.args.get("hasil", "")
    shown = [row for row in rows if row.verdict == wanted] if wanted else rows
    pages = max(1, -(-len(shown) // PER_PAGE))
    page = min(max(1, request.args.get("halaman", 1, type=int)), pages)
    return render_template(
        "importing/preview.html", draft=draft, counts=_counts(rows), total=len(rows), wanted=wanted, page=page,
        pages=pages, rows=[_line(row, judged) for row in shown[(page - 1) * PER_PAGE : page * PER_PAGE]],
        unused=judged.unused, faults=faults, typed=request.form, mask=mask,
        caseworkers=[(one.ref, one.name) for one in _caseworkers()],
    )  # fmt: skip


def _line(row, judged) -> dict:
    """One row as the page shows it: enough to find it in the sheet, the number half hidden."""
    sentences = [sheets.explain(row.code, row.params, i18n.language())]
    sentences += [sheets.explain(code, {}, i18n.language()) for code in row.also]
    return {
        "row": row.row, "verdict": row.verdict, "said": sentences,
        "name": row.entry.name if row.entry else judged.names.get(row.row, ""),
        "entry": row.entry,
    }  # fmt: skip


def _counts(rows) -> Counter:
    counts = Counter(row.verdict for row in rows)
    counts["stored"] = counts[sheets.Verdict.OK] + counts[sheets.Verdict.WARNING]
    return counts


def _draft(ref: str, session=None) -> ImportDraft:
    return importing.draft_of(session or sessions.db(), current_user.staff.id, ref) or abort(404)


def _institution(session=None) -> Institution:
    return (session or sessions.db()).get_one(Institution, current_user.institution_id)


def _caseworkers() -> list[Staff]:
    """To whom a supervisor may give the people; a caseworker brings in their own."""
    if current_user.staff.role is Role.CASEWORKER:
        return []
    return list(
        sessions.db().scalars(
            select(Staff)
            .where(Staff.institution_id == current_user.institution_id, Staff.active)
            .order_by(Staff.role, Staff.id)
        )
    )


def _caseworker() -> tuple[int | None, dict[str, str]]:
    if current_user.staff.role is Role.CASEWORKER:
        return current_user.staff.id, {}
    chosen = {staff.ref: staff.id for staff in _caseworkers()}.get(request.form.get("caseworker", ""))
    return chosen, {} if chosen else {"caseworker": _("Please choose who will accompany these people.")}


def _watch(draft_id: int, ref: str, won: bool):
    if won:
        import_work.start(_database(), current_app.extensions["clock"], draft_id)
    return redirect(url_for("importing.show", ref=ref), 303)


def _database():
    return current_app.extensions["database"]


def _machine():
    return current_app.extensions["clock"].machine()
