import pytest
from sqlalchemy import LargeBinary, literal, select
from companion.models import Number, Parked, Message
from companion.engine import batches
from tests.engine.scene import HOUR, SECOND
@pytest.mark.parametrize("n", range(60))
def test_x(scene, n, monkeypatch):
    real = batches.insert_ignore
    def spy(*a, **k):
        r = real(*a, **k); print("insert_ignore ->", r); return r
    monkeypatch.setattr(batches, "insert_ignore", spy)
    with scene.database.write() as session:
        session.execute(Number.__table__.update().where(Number.id == scene.number_id(scene.people.budi)).values(e164=literal(b"rubbish", LargeBinary)))
    due_at = scene.due_together()
    def show():
        print([(p.id,p.kind,p.row_id,p.at.time(), p.until.time()) for p in scene._all(select(Parked))], [(m.id,m.state.value,m.look_at and m.look_at.time(), m.attempts) for m in scene.messages()])
    scene.at(due_at); show()
    scene.at(due_at + HOUR - SECOND); show()
    scene.at(due_at + HOUR); show()
    assert scene._all(select(Parked))[0].at == due_at + HOUR
