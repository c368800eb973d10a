"""/health: one look from outside says whether all is well, and what is not (design 6)."""

from sqlalchemy import text

from companion import migrations
from companion.models import EngineState


def health(app):
    answer = app.test_client().get("/health")
    return answer.status_code, answer.get_json()


def test_all_is_well_while_it_ticks(app, database, clock):
    with database.write() as session:
        session.add(EngineState(id=1, last_tick_at=clock.at, ticked_machine_at=clock.machine()))
    status, body = health(app)
    assert (status, body["status"], body["alarms"], body["due"]) == (200, "ok", [], 0)


def test_an_engine_that_has_never_run_is_an_alarm(app):
    assert health(app)[1]["alarms"] == ["no_tick"] and health(app)[0] == 503


def test_an_older_or_newer_schema_is_an_alarm_of_its_own(app, database):
    migrations.downgrade(database, "0006")
    assert health(app)[0] == 503 and health(app)[1]["alarms"] == ["schema"]
    migrations.upgrade(database)
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert health(app)[0] == 503 and health(app)[1]["alarms"] == ["schema"]
