"""What pages weigh on the wire, and how many questions they ask their database (design 7)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from sqlalchemy import insert, select, update

from companion import create_app
from companion.clock import Clock
from companion.db import Database
from companion.models import Consent, FamilyMember, Institution, Link, Person, Slot
from companion.rules.states import SlotState
from companion.rules.terms import ConsentPurpose, LinkKind
from companion.services import passwords
from companion.trials.bench_rows import Options, figure, most
from companion.trials.bulk import Loader
from companion.trials.grounds import make_config, migrated
from companion.trials.serving import served
from companion.trials.statements import counted
from companion.trials.wire import Browser

PASSWORD, PIN = "kata sandi percobaan", "246810"
WEEKS = 16
ANSWER = {
    "mood": "4", "urge": "3", "confidence": "8", "situation": "no", "sleep": "3", "use": "no", "contact": "no",
}  # fmt: skip


@dataclass
class Office:
    """An institution with people, reasons to call them, a link that is open, and a family that reads."""

    database: Database
    app: Flask
    ref: str
    tokens: list[str]
    family_token: str


def rows(options: Options) -> list[dict]:
    """Bytes and requests of a first visit, bytes of an article and of the work list, questions for each page."""
    with office(min(options.enrolled, 1000)) as place, served(place.app) as port:
        found = [*_first_visits(Browser(port), place)]
        found += [_article(port, place), _work_list(port)]
        return [*found, *_questions(place)]


@contextmanager
def office(people: int, block: int = 1000) -> Iterator[Office]:
    """An institution with so many graduates, in blocks of `block`, at this very moment."""
    with migrated() as (database, key):
        loader = Loader(database, Clock().machine(), size=min(block, people))
        place = loader.institution("melati", max(1, people // 50), passwords.hash(PASSWORD))
        while loader.people < people:
            ids = loader.block(place)
            loader.alerts(ids, place)
        loader.done()
        config = make_config(key, database.url.render_as_string(hide_password=False), "http://127.0.0.1:9")
        tokens = open_links(database, loader.now, 5)
        with database.write() as session:
            session.execute(update(Institution).values(contact_number="+622150001234"))
            ref = session.scalar(select(Person.ref).where(Person.id == 6))
        family_token = _family(database, loader.now, place)
        yield Office(database, create_app(config, database=database), ref, tokens, family_token)


def open_links(database: Database, now, n: int) -> list[str]:
    """So many check-ins that were asked an hour ago, one of each person, and their links."""
    hour = timedelta(hours=1)
    with database.write() as session:
        slots = session.execute(
            select(Slot.id, Slot.institution_id, Slot.person_id)
            .where(Slot.state == SlotState.PLANNED, Slot.seq == 21).order_by(Slot.id).limit(n)
        ).all()  # fmt: skip
        ids = [slot.id for slot in slots]
        for start in range(0, len(ids), 500):
            session.execute(
                update(Slot)
                .where(Slot.id.in_(ids[start : start + 500]))
                .values(
                    state=SlotState.OPEN, due_at=now - hour, asked_at=now - hour, miss_at=now + 47 * hour,
                    closes_at=now + 72 * hour, look_at=now + 47 * hour,
                )
            )  # fmt: skip
        session.execute(
            insert(Link.__table__),
            [
                {
                    "token": f"a{slot.id:011x}", "institution_id": slot.institution_id, "kind": LinkKind.SLOT,
                    "person_id": slot.person_id, "number_id": slot.person_id, "slot_id": slot.id, "created_at": now,
                }
                for slot in slots
            ],
        )  # fmt: skip
    return [f"a{slot.id:011x}" for slot in slots]


def _family(database: Database, now, institution_id: int) -> str:
    with database.write() as session:
        session.add(
            Consent(
                institution_id=institution_id,
                person_id=1,
                purpose=ConsentPurpose.FAMILY,
                proof="berkas",
                given_at=now,
            )
        )
        member = FamilyMember(
            institution_id=institution_id, person_id=1, name="Bu Tini", pin_hash=passwords.hash(PIN),
            first_week_at=now - timedelta(weeks=WEEKS + 1), invited_at=now,
        )  # fmt: skip
        session.add(member)
        session.flush()
        return member.token


def _first_visits(browser: Browser, place: Office) -> Iterator[dict]:
    for name, path in (
        ("check-in page", f"/c/{place.tokens[0]}"),
        ("help page", f"/bantuan?dari={place.tokens[0]}"),
    ):
        size, requests = browser.first_visit(path)
        yield most(f"{name}, first visit", size / 1000, "kB", 15)
        yield most(f"{name}, first visit, requests", requests, "requests", 2)


def _article(port: int, place: Office) -> dict:
    """The heaviest of the sixteen weeks, as a signed-in family member gets it."""
    browser = _family_browser(port, place)
    return most(
        "article, the heaviest",
        max(browser.get(f"/keluarga/minggu/{n + 1}").wire for n in range(WEEKS)) / 1000,
        "kB",
        20,
    )


def _family_browser(port: int, place: Office) -> Browser:
    browser = Browser(port)
    secret = browser.get(f"/f/{place.family_token}").text.split('name="csrf_token" value="')[1].split('"')[0]
    browser.post(f"/f/{place.family_token}", {"pin": PIN, "csrf_token": secret})
    return browser


def _work_list(port: int) -> dict:
    browser = Browser(port)
    browser.sign_in("boss-melati", PASSWORD)
    return most("staff list, 50 rows", browser.get("/kasus?lingkup=lembaga").wire / 1000, "kB", 60)


def _questions(place: Office) -> Iterator[dict]:
    """The page that asks most, and what answering a check-in takes."""
    counts = {}
    with served(place.app) as port:
        for browser, paths in _everybody(port, place):
            for path in paths:
                browser.get(path)  # the first visit of a process reads what the later ones remember
                with counted(place.database) as seen:
                    page = browser.get(path)
                if page.status != 200:
                    raise RuntimeError(f"{path} answered {page.status}")
                counts[path.replace(place.ref, "...")] = len(seen)
        with counted(place.database) as seen:
            Browser(port).post(f"/c/{place.tokens[1]}", ANSWER)
    worst = max(counts, key=lambda path: counts[path] if not path.startswith("/c/") else 0)
    yield most(f"queries of a page, most ({worst})", counts[worst], "queries", 10)
    yield figure("queries of a page, pages measured", len(counts), "pages")
    yield most("answering a check-in", len(seen), "statements", 8)


def _everybody(port: int, place: Office) -> Iterator[tuple[Browser, list[str]]]:
    anybody, boss, family = Browser(port), Browser(port), _family_browser(port, place)
    boss.sign_in("boss-melati", PASSWORD)
    yield anybody, ["/", "/masuk", f"/c/{place.tokens[2]}", "/bantuan", "/bantuan/malam-ini"]
    person = [
        f"/orang/{place.ref}{more}" for more in ("", "/riwayat", "/data", "/akses", "/hasil", "/keluarga")
    ]
    lists = [
        "/kasus",
        "/kasus?lingkup=lembaga",
        "/kasus/orang?lingkup=lembaga",
        "/kasus/orang?lingkup=lembaga&cari=hana",
    ]
    yield boss, [*lists, *person, "/institusi", "/institusi/orang", "/institusi/jam", "/klien/baru", "/impor"]
    yield family, ["/keluarga", "/keluarga/minggu/1", "/keluarga/malam-ini"]
