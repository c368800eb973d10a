"""The main job, played in a browser: from a sheet of graduates to a caseworker's call."""

from datetime import timedelta

from companion.engine.walk import walk
from companion.rules.terms import Role
from tests import cast

SHEET = """Nama Lengkap;No HP;Tanggal Selesai Rehab;Provinsi;HP milik;Setuju dihubungi;Tgl Lahir
Rina Contoh;0813-1234-5678;23-11-2026;DKI Jakarta;milik sendiri;ya;1990-02-01
Joko Contoh;081312345679;23/11/2026;DKI Jakarta;milik sendiri;ya;1988-03-02
Tanpa Nomor;;23/11/2026;DKI Jakarta;;ya;1988-03-02
"""
ANSWERS, SILENT = "+6281312345678", "+6281312345679"


def sign_in(page, stack, login):
    page.goto(f"{stack.url}/masuk")
    page.fill("[name=login]", login)
    page.fill("[name=password]", cast.PASSWORD)
    page.click("main form button")
    page.wait_for_url("**/kasus")


def bring_in(page, stack, tmp_path):
    """Upload, read the verdicts, say where the signed forms lie, store."""
    sheet = tmp_path / "klien.csv"
    sheet.write_text(SHEET, encoding="utf-8")
    page.goto(f"{stack.url}/impor")
    page.set_input_files("input[type=file]", sheet)
    page.click("main form button")
    page.wait_for_url("**/impor/*")
    assert "Tanpa Nomor" in page.text_content("main")
    page.check("[name=consent][value=have]", force=True)
    page.fill("[name=consent_ref]", "berkas pulang, map biru")
    page.locator("form[action$=simpan] button").click()
    page.locator("progress").wait_for(state="detached", timeout=20_000)


def live(stack, **span):
    """Let time pass with the engine awake, and the carrier call back."""
    until = stack.clock.at + timedelta(**span)

    def after(at, report):
        stack.clock.at = at
        if report.did["sent"]:
            stack.receipts()

    walk(stack.house, until, step=timedelta(minutes=5), after=after)
    stack.clock.at = until


def newest_link(stack, number):
    return stack.phones.inbox(number)[-1]["links"][-1]


def test_from_a_sheet_to_a_call(stack, laptop, phone, tmp_path):
    with stack.house.database.write() as session:
        melati = cast.institution(session)
        cast.staff(session, melati, "sari", phone="+6281900000002")
        cast.staff(session, melati, "ratna", Role.SUPERVISOR, "+6281900000001")
    live(stack, minutes=1)
    sign_in(laptop, stack, "sari")
    bring_in(laptop, stack, tmp_path)

    live(stack, days=2, hours=3)  # Wednesday noon: both were asked this morning
    assert len(stack.phones.inbox(ANSWERS)) == len(stack.phones.inbox(SILENT)) == 1
    answer_with_a_hard_day(stack, phone)

    live(stack, days=5)  # the other one was asked, reminded, asked again, and said nothing
    texts = stack.phones.inbox(SILENT)
    assert len(texts) == 4, "asked and reminded, twice; the cap of a week"
    look_and_call(stack, laptop)


def answer_with_a_hard_day(stack, phone):
    """No JavaScript, one hand: the long form on an own phone, and the thank-you that fits, once."""
    address = newest_link(stack, ANSWERS)
    phone.goto(address)
    assert phone.title() == "Kabar"
    phone.check("[name=mood][value='2']", force=True)
    phone.check("[name=urge][value='8']", force=True)
    phone.check("[name=confidence][value='2']", force=True)
    phone.check("[name=situation][value=coming]", force=True)
    phone.check("[name=situation_kind][value=uang]", force=True)
    phone.get_by_role("button", name="Kirim kabar").click()
    said = phone.text_content("main")
    assert "bercerita apa adanya" in said
    assert "besok sebelum 08.0" in said, "four working hours from Wednesday noon"
    phone.goto(address)
    again = phone.text_content("main")
    assert "Kabar ini sudah kami terima" in again
    assert "bercerita" not in again
    inbox = stack.phones.inbox("+6281900000002")
    live(stack, minutes=1)
    assert len(stack.phones.inbox("+6281900000002")) == len(inbox) + 1, (
        "a red alert is told to the caseworker"
    )


def look_and_call(stack, laptop):
    """Both are on the list with the reason; the call of the one who struggles is noted, and a date follows."""
    laptop.goto(f"{stack.url}/kasus")
    listed = laptop.text_content("main")
    assert "Rina" in listed
    assert "Joko" in listed
    assert "Sugesti 8" in listed
    laptop.locator("main a", has_text="Buka").first.click()
    laptop.locator("a[href^='tel:']").first.wait_for()
    laptop.goto(laptop.url.rstrip("/") + "/hasil")
    laptop.get_by_text("Sudah bicara, perlu ditemani").first.click()
    laptop.locator("main form button:visible").last.click()
    laptop.wait_for_load_state()
    assert "Sudah bicara, perlu ditemani" in laptop.text_content("main")
