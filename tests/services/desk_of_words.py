"""Supervisors who write and decide about texts: Ratna, Bayu and Citra at Melati, Galih elsewhere."""

from companion.models import Institution, Staff
from companion.rules.terms import Role
from companion.services import wording_views, wordings
from tests import cast

INVITATION_A = wordings.place("invitation", "a")
SAID = {
    "id": "{{ app }}: hai {{ s }}, ada waktu untuk isi kabar? {{ u }}",
    "en": "{{ app }}: hi {{ s }}, time for your update? {{ u }}",
}
OTHER = {
    "id": "{{ app }}: {{ s }}, isi kabar sebentar: {{ u }}",
    "en": "{{ app }}: {{ s }}, a short update: {{ u }}",
}


class WordDesk:
    """Each act in a transaction of its own, by the name of whoever does it."""

    def __init__(self, scene):
        self.scene, self.database = scene, scene.database
        with self.database.write() as session:
            melati, other = (
                session.get_one(Institution, id_) for id_ in (scene.people.melati, scene.people.other)
            )
            self.ids = {"ratna": scene.people.ratna}
            for login, where in (("bayu", melati), ("citra", melati), ("galih", other)):
                self.ids[login] = cast.staff(session, where, login, Role.SUPERVISOR).id

    def staff(self, session, login) -> Staff:
        return session.get_one(Staff, self.ids[login])

    def do(self, act, login, *given, at=cast.NOW, **named):
        with self.database.write() as session:
            return act(session, at, self.staff(session, login), *given, **named)

    def write(self, login="bayu", said=SAID, *, seen=0, place=INVITATION_A, propose=True) -> str:
        return self.do(wordings.save, login, place, said, seen=seen, propose=propose)

    def approved(self, said=SAID, *, seen=0, place=INVITATION_A, writer="bayu", by="ratna") -> str:
        """Words that leave from now on."""
        ref = self.write(writer, said, seen=seen, place=place)
        assert self.do(wordings.approve, by, ref)
        return ref

    def approved_both(self, purpose, said=SAID) -> None:
        """The same words for both variants."""
        for variant in "ab":
            self.approved(said, place=wordings.place(purpose, variant))

    def states(self, login="ratna", place=INVITATION_A) -> list[tuple[int, str]]:
        """(version, state) of one text, newest first."""
        with self.database.read() as session:
            found = wording_views.history(session, self.staff(session, login), place)
            return [(one.version, one.state.value) for one in found]

    def version(self, ref, login="ratna"):
        with self.database.read() as session:
            return wording_views.find(session, self.staff(session, login), ref)

    def standing(self, login="ratna", place=INVITATION_A):
        with self.database.read() as session:
            return wording_views.standing(session, self.staff(session, login), place)

    def mark(self) -> str | None:
        with self.database.read() as session:
            return session.get_one(Institution, self.scene.people.melati).wording_mark
