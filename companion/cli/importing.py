"""import-clients: an institution's sheet from the command line."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select

from companion import sheets
from companion.cli import common
from companion.models import Institution, Staff
from companion.rules.plan import PlanSettings
from companion.services import importing, institutions

PIECE = 200  # rows per transaction, so that a check-in never waits for a long import


@click.command("import-clients")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--institution", "code", required=True)
@click.option("--caseworker", default=None, help="Login; default: the supervisor.")
@click.option("--consent-ref", default=None, help="Your word that signed consent is on file, and where.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), default=None)
@click.option("--dry-run", is_flag=True)
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), default=None)
def import_clients(file, code, caseworker, consent_ref, today, dry_run, report):
    """Enrol the graduates of a CSV or XLSX sheet; storing the same sheet twice changes nothing."""
    database = common.database()
    try:
        sheet = sheets.read(file.read_bytes(), file.name)
    except sheets.Unreadable as error:
        common.refuse(sheets.explain(error.reason, error.params, "en"))
    with database.read() as session:
        institution = common.institution(session, code)
        caseworker_id = _caseworker(session, institution, caseworker)
        verdicts = _judge(session, institution, sheet, today)
    refs = {} if dry_run else _store(database, institution.id, verdicts, caseworker_id, consent_ref)
    if report:
        report.write_text(sheets.write_report(verdicts, refs), encoding="utf-8")
    for verdict in sheets.Verdict:
        click.echo(f"{verdict}: {sum(one.verdict is verdict for one in verdicts)}")
    click.echo(f"stored: {len(refs)}" + (" (dry run)" if dry_run else ""))


def _caseworker(session, institution, login) -> int | None:
    if login is None:
        return None
    found = session.scalar(
        select(Staff.id).where(Staff.login == login, Staff.institution_id == institution.id, Staff.active)
    )
    return found or common.refuse(f"There is no staff member {login!r} in {institution.code}.")


def _judge(session, institution, sheet, today):
    day: date = today.date() if today else common.now().astimezone(ZoneInfo(institution.zone)).date()
    version = institutions.newest_plan(session, institution.id)
    days = PlanSettings.from_json(version.settings).window_days if version else PlanSettings().window_days
    return sheets.judge(sheet, day, days, importing.known(session, institution))


def _store(database, institution_id, verdicts, caseworker_id, consent_ref) -> dict[int, str]:
    refs: dict[int, str] = {}
    for start in range(0, len(verdicts), PIECE):
        with database.write() as session:
            refs |= importing.store(
                session, common.now(), session.get_one(Institution, institution_id),
                verdicts[start : start + PIECE], caseworker_id=caseworker_id, consent_ref=consent_ref,
            )  # fmt: skip
    return refs


COMMANDS = (import_clients,)
