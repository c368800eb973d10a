"""Take a picture of every page, on a phone and on a laptop, into docs/pictures: `make pictures`.

The people are the demo's, made up and always the same; the clock stands on a Monday morning.
"""

import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import sync_playwright
from sqlalchemy import select

from companion import create_app, crypto, migrations
from companion.clock import SetClock
from companion.db import Database
from companion.models import Alert, FamilyMember, Link, Person, Phone, Slot, Staff, Window
from companion.models.alerts import is_unclosed
from companion.phones import make_phones
from companion.rules.states import Level, SlotState
from companion.rules.terms import LinkKind, PhoneKind, Role
from companion.services import enrol, links
from companion.trials import demo
from companion.trials.serving import served
from tests.browser.conftest import QUIET, find_chromium, free_port
from tests.conftest import CONFIG, KEY

OUT = Path(__file__).resolve().parents[2] / "docs" / "pictures"
MONDAY = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SIZES = {"360": (360, 640), "laptop": (1200, 800)}
SHEET = """Nama Lengkap;No HP;Tanggal Selesai Rehab;Provinsi;Setuju dihubungi;Tgl Lahir
Nur'aini Contoh;0813-1234-5678;20-11-2026;DKI Jakarta;ya;1990-02-01
Joko Contoh;6.28E+12;20/11/2026;DKI Jakarta;ya;1988-03-02
Rina Contoh;081312345679;31/02/2026;Bali;ya;1988-03-02
Adi Contoh;081312345680;19 November 2026;Antah Berantah;ya;1991-01-30
"""


def main() -> None:
    crypto.use((KEY,))
    folder = Path(tempfile.mkdtemp())
    port = free_port()
    phones = make_phones(CONFIG.twilio_account_sid, CONFIG.twilio_auth_token)
    config = replace(
        CONFIG, public_url=f"http://127.0.0.1:{port}", twilio_api_url=phones.start(),
        database_url=f"sqlite:///{folder}/companion.db",
    )  # fmt: skip
    database, clock = Database(config.database_url), SetClock(MONDAY)
    migrations.upgrade(database)
    app = create_app(config, clock=clock, database=database)
    phones.set_faults(numbers={demo.DEAD_NUMBER: {"refuse": 21211}})
    demo.fill(app.extensions["house"], MONDAY)
    OUT.mkdir(parents=True, exist_ok=True)
    with served(app, port), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=QUIET)
        for size, (width, height) in SIZES.items():
            Album(browser, config.public_url, database, size, width, height).take()
        browser.close()
    phones.stop()


class Album:
    """All pictures of one size."""

    def __init__(self, browser, url, database, size, width, height):
        self.url, self.database, self.size = url, database, size
        self.new_page = lambda: browser.new_context(viewport={"width": width, "height": height}).new_page()

    def take(self) -> None:
        self.public()
        self.staff("sari")
        self.supervisor()
        self.transfer()
        self.family()

    def snap(self, page, name, path=None) -> None:
        if path:
            page.goto(self.url + path)
        page.screenshot(path=OUT / f"{name}-{self.size}.png", full_page=True)
        print(name, self.size)

    def one(self, query):
        with self.database.read() as session:
            return session.scalars(query).first()

    def token(self, kind: PhoneKind, skip: int = 0) -> str:
        return self.one(
            select(Link.token)
            .join(Slot, Slot.id == Link.slot_id)
            .join(Phone, Phone.person_id == Slot.person_id)
            .where(Slot.state == SlotState.OPEN, Slot.closes_at > MONDAY, Phone.kind == kind)
            .order_by(Slot.id)
            .offset(skip)
        )

    def public(self) -> None:
        page = self.new_page()
        own, shared = self.token(PhoneKind.OWN), self.token(PhoneKind.SHARED)
        self.snap(page, "home", "/")
        self.snap(page, "help", "/bantuan")
        self.snap(page, "help-ten-minutes", "/bantuan/sepuluh-menit")
        self.snap(page, "help-tonight", "/bantuan/malam-ini")
        self.snap(page, "checkin", f"/c/{own}")
        self.snap(page, "checkin-english", f"/c/{own}?bahasa=en")
        self.snap(page, "checkin-short", f"/c/{shared or own}")
        self.snap(page, "checkin-stop", f"/c/{own}/berhenti")
        self.snap(page, "checkin-unknown", "/c/tidakada1234")
        self.snap(page, "checkin-closed", f"/c/{self.closed()}")
        self.snap(page, "number", f"/c/{self.question()}")
        self.answer(page, own)
        self.snap(page, "sign-in", "/masuk")
        page.context.close()

    def closed(self) -> str:
        slots = select(Link.token).join(Slot, Slot.id == Link.slot_id)
        return self.one(
            slots.where(Slot.state == SlotState.MISSED, Slot.closes_at < MONDAY).order_by(Slot.id)
        )

    def question(self) -> str:
        """The link that asks whether a phone is the right one, on the phone of whoever came last."""
        with self.database.write() as session:
            phone = session.scalars(select(Phone).order_by(Phone.id.desc()).limit(1)).one()
            phone.confirmed_at = None
            return links.make(
                session, MONDAY, LinkKind.CHECK, institution_id=phone.institution_id, person_id=phone.person_id,
                number_id=phone.number_id, expires_at=MONDAY + timedelta(days=7),
            )  # fmt: skip

    def answer(self, page, token) -> None:
        page.goto(f"{self.url}/c/{token}")
        page.check("[name=mood][value='2']", force=True)
        page.check("[name=urge][value='6']", force=True)
        with page.expect_navigation():
            page.get_by_role("button", name="Kirim kabar").click()
        self.snap(page, "thanks")
        self.snap(page, "received", f"/c/{token}")
        page.goto(f"{self.url}/c/{token}")
        with page.expect_navigation():
            page.locator("[name=unsafe]").first.click()
        self.snap(page, "not-safe")

    def sign_in(self, login):
        page = self.new_page()
        page.goto(f"{self.url}/masuk")
        page.fill("[name=login]", login)
        page.fill("[name=password]", demo.PASSWORD)
        page.click("main form button")
        page.wait_for_url("**/kasus")
        return page

    def staff(self, login) -> None:
        page = self.sign_in(login)
        ref = self.one(
            select(Person.ref)
            .join(Staff, Staff.id == Person.caseworker_id)
            .join(Alert, Alert.person_id == Person.id)
            .where(Staff.login == login, Alert.level == Level.RED)
        )
        self.snap(page, "cases", "/kasus")
        self.snap(page, "people", "/kasus/orang")
        for name, path in (("person", ""), ("result", "/hasil"), ("timeline", "/riwayat"), ("facts", "/data"),
                           ("access-log", "/akses"), ("family-invite", "/keluarga")):  # fmt: skip
            self.snap(page, name, f"/orang/{ref}{path}")
        page.goto(f"{self.url}/orang/{ref}/hasil")
        with page.expect_navigation():
            page.get_by_text("Sudah bicara, perlu ditemani").first.click()
        self.snap(page, "result-form")
        self.snap(page, "enrolment", "/klien/baru")
        self.snap(page, "import", "/impor")
        page.set_input_files(
            "input[type=file]", {"name": "klien.csv", "mimeType": "text/csv", "buffer": SHEET.encode()}
        )
        page.click("main form button")
        page.wait_for_url("**/impor/*")
        self.snap(page, "import-preview")
        self.snap(page, "password", "/sandi")
        page.context.close()

    def supervisor(self) -> None:
        page = self.sign_in("ratna")
        self.snap(page, "institution", "/institusi")
        for link in page.locator("main nav a, main .links a, main a.button").evaluate_all(
            "links => [...new Set(links.map(link => link.getAttribute('href')))].filter(h => h.startsWith('/institusi/'))"
        ):
            self.snap(page, "institution-" + link.split("?")[0].rsplit("/", 1)[-1], link)
        self.snap(page, "text-proposed", "/institusi/teks/reminder/a")
        page.goto(f"{self.url}/institusi/teks/invitation/b")
        page.fill("[name=indonesia]", "{pengirim}: {sapaan}, sudah rehat? Nomor kami 0812345: {tautan}")
        with page.expect_navigation():
            page.get_by_role("button", name="Periksa").click()
        self.snap(page, "text-checked")
        self.plan(page)
        self.snap(
            page,
            "institution-calendar-correct",
            "/institusi/kalender?hari=2027-03-08+Nyepi, Tahun Baru Saka 1949",
        )
        self.snap(
            page, "institution-calendar-weeks", "/institusi/kalender/pratinjau?jam=11:00&keluar=2026-11-20"
        )
        page.context.close()

    def plan(self, page) -> None:
        page.goto(f"{self.url}/institusi/rencana")
        with page.expect_navigation():
            page.get_by_role("button", name="Lihat dulu").click()
        self.snap(page, "plan-preview")
        ref = self.one(select(Person.ref).join(Window).where(Window.state == "active"))
        page.goto(f"{self.url}/orang/{ref}/data")
        for words in (
            "Nomornya ganti",
            "Ganti jam isi kabar",
            "Pindah tempat tinggal",
            "Perpanjang atau perpendek",
        ):
            page.get_by_text(words, exact=True).click()
        self.snap(page, "facts-changes")

    def transfer(self) -> None:
        """Somebody with a good week is offered to another institution, and taken over there."""
        neighbour, login = f"damai-{self.size}", f"lina-{self.size}"
        with self.database.write() as session:
            there = enrol.create_institution(
                session,
                MONDAY,
                code=neighbour,
                name="Rumah Damai (contoh)",
                zone="Asia/Makassar",
                province="SN",
            )
            staff = (
                (login, "Lina Hartati", Role.SUPERVISOR),
                (f"tono-{self.size}", "Tono Rahadi", Role.CASEWORKER),
            )
            for who, name, role in staff:
                enrol.create_staff(
                    session,
                    MONDAY,
                    institution=there,
                    login=who,
                    name=name,
                    role=role,
                    password=demo.PASSWORD,
                )
        here, there = self.sign_in("ratna"), self.sign_in(login)
        ref = self.one(
            select(Person.ref)
            .join(Window, Window.person_id == Person.id)
            .where(Window.state == "active", ~Person.id.in_(select(Alert.person_id).where(is_unclosed)))
            .order_by(Person.id)
        )
        here.goto(f"{self.url}/orang/{ref}/data")
        here.get_by_text("Serahkan ke lembaga lain", exact=True).click()
        self.snap(here, "transfer-form")
        here.select_option("[name=institution]", neighbour)
        here.fill("#transfer-proof", "Berkas pulang 131, lembar 3")
        here.fill(
            "#transfer-note", "Paling mudah ditelepon sesudah Magrib. Suka kalau ditanya kebunnya dulu."
        )
        with here.expect_navigation():
            here.get_by_role("button", name="Tawarkan").click()
        self.snap(here, "transfer-offered")
        self.snap(there, "transfers", "/institusi/serah-terima")
        there.locator("main li a").first.click()
        self.snap(there, "transfer")
        there.select_option("[name=to]", index=1)
        with there.expect_navigation():
            there.get_by_role("button", name="Lanjutkan di sini").click()
        self.snap(there, "transfer-taken-over")
        self.snap(here, "transfer-given", f"/orang/{ref}")
        here.context.close()
        there.context.close()

    def family(self) -> None:
        page = self.new_page()
        token = self.one(select(FamilyMember.token).order_by(FamilyMember.id))
        self.snap(page, "family-pin", f"/f/{token}")
        page.fill("[name=pin]", demo.PIN)
        page.click("main form button")
        page.wait_for_url("**/keluarga")
        self.snap(page, "family")
        self.snap(page, "family-article", "/keluarga/minggu/1")
        page.context.close()


if __name__ == "__main__":
    sys.exit(main())
