"""The check-in page, as a phone, a scanner and a bystander meet it (design 6, texts 2)."""

import base64
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import html5lib
import pytest
from sqlalchemy import func, select

from companion.clock import SetClock
from companion.content.words import question
from companion.db import Base
from companion.models import Alert, Answer, Message, Number, Phone, Signal, Slot
from companion.rules.states import Family, SlotState
from companion.rules.terms import LinkKind, Purpose
from companion.services import answers
from tests.services.centre import HOUR, NIGHT, NOW, Centre

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
SENSITIVE = re.compile(
    "sugesti|keyakinan|kebiasaan|goyah|rehab|bnn|narkoba|pendamping|kambuh|damai|dewi", re.IGNORECASE
)
SHORT = {"mood", "sleep", "contact", "safe_way", "here", "unsafe"}
LONG = SHORT | {"urge", "confidence", "situation", "situation_kind", "use"}


class FrozenMachine(SetClock):
    """A clock whose machine time stands still too, for cookies that live two minutes."""

    def machine(self):
        return self.at


@pytest.fixture
def clock():
    return FrozenMachine(NOW)


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def people(database):
    """The guests of one centre by name; their rows are read again where a test needs them."""
    with database.write() as session:
        centre = Centre(session)
        teen = date(NOW.year - 15, 1, 1)
        found = {
            "own": centre.guest(),
            "shared": centre.guest("shared"),
            "teen": centre.guest(born_on=teen),
            "english": centre.guest(language="en"),
            "late": centre.guest(asked=50 * HOUR),
            "closed": centre.guest(asked=100 * HOUR),
            "two": centre.guest(),
            "last": centre.guest(),
        }
        centre.share_number(found["two"])
        session.execute(
            Slot.__table__.delete().where(
                Slot.person_id == found["last"].person.id, Slot.state == SlotState.PLANNED
            )
        )
    return found


@pytest.fixture
def url(people):
    return lambda name: f"/c/{people[name].token}"


def tree(response):
    """The page, parsed strictly: anything that is not valid HTML fails the test."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(response.get_data(as_text=True))


def text(response) -> str:
    return " ".join("".join(tree(response).find("body").itertext()).split())


def fields(response) -> set[str]:
    found = {element.get("name") for element in tree(response).findall(".//main//form//*[@name]")}
    return found


def forms(response) -> list:
    return tree(response).findall(".//main//form")


def rows(database, kind, *where):
    with database.read() as session:
        return list(session.scalars(select(kind).where(*where).order_by(kind.id)))


def everything(database) -> dict:
    """Every row of every table, to see that nothing changed."""
    with database.read() as session:
        return {
            name: session.execute(table.select().order_by(*table.primary_key.columns)).all()
            for name, table in Base.metadata.tables.items()
        }


# --- the page -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "asked"), [("own", LONG), ("shared", SHORT), ("two", SHORT), ("late", LONG)]
)
def test_a_phone_is_asked_what_may_be_asked_on_it(client, url, name, asked):
    response = client.get(url(name))
    assert response.status_code == 200
    assert fields(response) == asked
    form, *others = forms(response)
    assert not others
    assert form.get("method") == "post"


def test_every_value_of_the_contract_is_offered_and_nothing_is_chosen(client, url):
    page = tree(client.get(url("own")))
    offered = {}
    for element in page.findall(".//main//input"):
        offered.setdefault(element.get("name"), []).append(element.get("value"))
        assert element.get("checked") is None
    scale = [str(number) for number in range(11)]
    assert offered == {
        "mood": ["5", "4", "3", "2", "1"], "urge": scale, "confidence": scale,
        "situation": ["no", "past", "coming", "both"],
        "situation_kind": [option.value for option in question("situation_kind", "anda").options],
        "sleep": ["4", "3", "2", "1"], "use": ["no", "yes", "rather_not"], "contact": ["no", "week", "soon"],
        "safe_way": ["usual", "call", "message", "not_here"],
    }  # fmt: skip


def test_the_enter_key_never_calls_for_help_nor_changes_the_language(client, url):
    """It presses the first button of the form on the page, wherever that stands."""
    page = tree(client.get(url("own")))
    (form,) = page.findall(".//main//form")
    inside = set(form.iter("button"))
    first = next(
        one for one in page.iter("button") if one in inside or one.get("form") == form.get("id") != ""
    )
    assert first.get("name") is None
    assert first.get("type") in (None, "submit")
    assert first.get("formaction") is None


@pytest.mark.parametrize("name", ["shared", "two"])
def test_nothing_on_a_shared_phone_says_what_this_is_about(client, url, name):
    pages = [client.get(url(name)), client.get(url(name) + "/berhenti")]
    client.post(url(name), data={"mood": "1", "urge": "9", "use": "yes", "unsafe": "1"})
    pages += [client.get(url(name)), client.get(url(name))]
    for page in pages:
        assert not SENSITIVE.search(
            page.get_data(as_text=True).replace("takut tidak bisa menahan dorongan", "")
        )
        assert tree(page).find(".//title").text == "Kabar"


def test_no_page_names_the_person_or_the_institution(client, url, people):
    for name in people:
        said = text(client.get(url(name)))
        assert "Rusdi" not in said
        assert "Damai" not in said


def test_who_reads_is_told_on_an_own_phone_only(client, url):
    assert "dibaca oleh Sari Dewi" in text(client.get(url("own")))
    assert "Sari" not in text(client.get(url("shared")))


@pytest.mark.parametrize(
    ("name", "query", "words", "language"),
    [
        ("own", "", "Bagaimana kabar Anda beberapa hari ini?", "id"),
        ("teen", "", "Gimana kabar kamu beberapa hari ini?", "id"),
        ("english", "", "How have you been these last few days?", "en"),
        ("english", "?bahasa=id", "Bagaimana kabar Anda beberapa hari ini?", "id"),
        ("teen", "?bahasa=en", "School, or late nights", "en"),
    ],
)
def test_everybody_is_spoken_to_in_their_own_voice(client, url, name, query, words, language):
    response = client.get(url(name) + query)
    assert words in text(response)
    assert tree(response).get("lang") == language


def test_a_teen_is_asked_6b_even_where_6_is_asked(client, url):
    page = client.get(url("teen"))
    assert "harder" in fields(page)
    assert "use" not in fields(page)
    assert "Aku mau cerita langsung aja" in text(page)


def test_the_promise_on_the_page_is_computed_from_staff_hours_and_never_early(client, url, clock):
    # Four working hours from 10.30.07: the full minute after, since 14.30 would be seven seconds too early.
    assert "paling lambat hari ini sebelum 14.31 WIB" in text(client.get(url("own")))
    clock.at = NIGHT
    assert "paling lambat besok sebelum 12.00 WIB" in text(client.get(url("own")))


# --- the other language ---------------------------------------------------------------------------------------------


def switch(page):
    """The button that shows the form in the other language: where it leads, and what it sends."""
    (form,) = page.findall(".//main//form")
    (button,) = [one for one in page.findall(".//header//button") if one.get("name")]
    assert button.get("form") == form.get("id")
    assert page.findall(".//header//a[@hreflang]") == []
    return button.get("formaction"), {button.get("name"): button.get("value")}


def ticked(page) -> set:
    return {
        (one.get("name"), one.get("value"))
        for one in page.findall(".//main//input")
        if one.get("checked") is not None
    }


FILLED = {
    "mood": "4",
    "urge": "0",
    "situation": "coming",
    "situation_kind": ["uang", "rumah"],
    "contact": "soon",
}


def test_the_other_language_keeps_what_was_chosen_and_takes_nothing(client, url, database):
    before = everything(database)
    there, sent = switch(tree(client.get(url("own"))))
    response = client.post(there, data=FILLED | sent)
    page = tree(response)
    assert (response.status_code, page.get("lang")) == (200, "en")
    chosen = {(name, one) for name, many in FILLED.items() for one in ([many] if type(many) is str else many)}
    assert ticked(page) == chosen
    assert page.findall(".//main//*[@role='alert']") == []
    back, sent = switch(page)
    again = client.post(back, data=FILLED | sent)
    assert (tree(again).get("lang"), ticked(tree(again))) == ("id", chosen)
    assert everything(database) == before
    assert client.post(there, data=FILLED).status_code == 303  # the very same, sent
    assert len(rows(database, Answer)) == 1
    assert Family.SAFETY in {alert.family for alert in rows(database, Alert)}


def test_an_empty_or_broken_form_is_no_mistake_yet_in_the_other_language(client, url, database):
    there, sent = switch(tree(client.get(url("own"))))
    before = everything(database)
    for data in ({}, {"mood": "99"}):
        response = client.post(there, data=data | sent)
        assert (response.status_code, ticked(tree(response))) == (200, set())
        assert tree(response).findall(".//main//*[@role='alert']") == []
    assert everything(database) == before


@pytest.mark.parametrize(("name", "status"), [("own", 200), ("closed", 410)])
def test_where_the_form_is_over_meanwhile_the_other_language_says_that(client, url, database, name, status):
    client.post(url(name), data={"mood": "4"})
    client.get(url(name))
    before = everything(database)
    response = client.post(url(name) + "?bahasa=en", data=FILLED | {"bahasa": "en"})
    assert (response.status_code, tree(response).get("lang")) == (status, "en")
    assert "mood" not in fields(response)
    assert everything(database) == before


def test_what_was_kept_can_be_cleared(client, url):
    there, sent = switch(tree(client.get(url("own"))))
    kept = tree(client.post(there, data=FILLED | sent))
    (clear,) = [one for one in kept.findall(".//main//form//a") if one.text == "Clear all choices"]
    assert kept.findall(".//main//button[@type='reset']") == []  # that would bring the old choices back
    empty = tree(client.get(clear.get("href")))
    assert (empty.get("lang"), ticked(empty)) == ("en", set())


# --- GET and HEAD ---------------------------------------------------------------------------------------------------


def test_scanners_that_open_the_link_fifty_times_change_nothing(client, url, database):
    before = everything(database)
    for _ in range(25):
        for name in ("own", "shared", "closed"):
            assert client.get(url(name)).status_code in (200, 410)
            assert client.head(url(name)).status_code in (200, 410)
            assert client.get(url(name) + "/berhenti").status_code == 200
    assert everything(database) == before
    assert client.post(url("own"), data={"mood": "4"}).status_code == 303
    assert len(rows(database, Answer)) == 1


# --- submitting -----------------------------------------------------------------------------------------------------


def test_an_answer_leads_back_to_the_same_address_and_is_stored_once(client, url, database, people):
    for mood in ("4", "1"):
        response = client.post(url("own"), data={"mood": mood, "situation_kind": ["uang", "rumah"]})
        assert (response.status_code, response.headers["Location"]) == (303, url("own"))
    (stored,) = rows(database, Answer)
    assert stored.said == {"mood": 4, "situation_kind": ["rumah", "uang"]} | {
        "calm": False, "codes": ["A8"],
    }  # fmt: skip
    assert rows(database, Slot, Slot.id == people["own"].slot.id)[0].state is SlotState.ANSWERED


def test_twenty_submits_at_once_make_one_answer(app, url, database):
    def submit(number):
        return app.test_client().post(url("own"), data={"mood": str(number % 5 + 1)}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(submit, range(20))) == {303}
    assert len(rows(database, Answer)) == 1


def test_an_answer_to_what_is_taken_back_at_that_moment_is_not_confirmed(
    client, url, database, people, monkeypatch
):
    """Between the look at the door and the claim somebody may stop the texts; on PostgreSQL that is no rare moment."""
    look = answers.look

    def taken_back_meanwhile(session, token, now):
        door = look(session, token, now)
        session.get_one(Slot, people["own"].slot.id).state = SlotState.CANCELLED
        session.flush()
        return door

    monkeypatch.setattr(answers, "look", taken_back_meanwhile)
    response = client.post(url("own"), data={"mood": "4"})
    assert response.status_code == 410
    assert rows(database, Answer) == []


def test_a_form_needs_neither_a_cookie_nor_a_token_of_its_own(app, url):
    bare = app.test_client(use_cookies=False)
    page = bare.get(url("own"))
    assert "Set-Cookie" not in page.headers
    assert "csrf" not in page.get_data(as_text=True)
    assert bare.post(url("own"), data={"here": "1"}).status_code == 303
    after = text(bare.get(url("own")))
    assert "Kabar ini sudah kami terima. Terima kasih." in after


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("own", {}),
        ("own", {"mood": ""}),
        ("own", {"nonsense": "1"}),
        ("own", {"here": "yes"}),
        ("shared", {"urge": "9", "use": "yes"}),
        ("shared", {"urge": "99"}),
    ],
)
def test_nothing_chosen_is_said_kindly_and_stores_nothing(client, url, database, name, data):
    before = everything(database)
    response = client.post(url(name), data=data)
    assert response.status_code == 400
    assert "Belum ada yang dipilih. Satu saja cukup" in text(response)
    assert everything(database) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"mood": "6"}, {"mood": "0"}, {"urge": "11"}, {"urge": "-1"}, {"confidence": "3.5"}, {"sleep": "5"},
        {"situation": "maybe"}, {"situation_kind": ["uang", "bank"]}, {"use": "tell"}, {"contact": "now"},
        {"safe_way": "<script>"}, {"sleep": "٣"},
    ],
)  # fmt: skip
def test_a_bad_value_stores_nothing_and_keeps_what_was_typed(client, url, database, wrong):
    before = everything(database)
    response = client.post(url("own"), data={"confidence": "7", "mood": "2"} | wrong)
    assert response.status_code == 400
    assert everything(database) == before
    kept = {
        (element.get("name"), element.get("value"))
        for element in tree(response).findall(".//main//input[@checked]")
    }
    good = {"mood": "2", "confidence": "7"}
    assert {(name, value) for name, value in good.items() if name not in wrong} <= kept
    field = tree(response).find(f".//*[@id='{next(iter(wrong))}-error']")
    assert field is not None
    assert "Kabarnya belum terkirim" in text(response) or "Nothing has been sent yet" in text(response)


@pytest.mark.parametrize("name", ["own", "shared"])
def test_a_call_for_help_is_taken_out_of_a_broken_form(client, url, database, name):
    response = client.post(url(name), data={"unsafe": "1", "mood": "99", "sleep": "2"})
    assert response.status_code == 303
    assert [alert.family for alert in rows(database, Alert)] == [Family.SAFETY]
    assert rows(database, Answer)[0].said["sleep"] == 2
    assert "mood" not in rows(database, Answer)[0].said


def test_a_wish_to_be_called_soon_is_taken_out_of_a_broken_form_which_stays_open(client, url, database):
    response = client.post(url("own"), data={"contact": "soon", "mood": "99"})
    assert response.status_code == 400
    assert "Kami akan menghubungi Anda paling lambat hari ini sebelum 14.31 WIB" in text(response)
    assert [alert.family for alert in rows(database, Alert)] == [Family.SAFETY]
    assert rows(database, Answer) == []
    assert client.post(url("own"), data={"contact": "soon", "mood": "2"}).status_code == 303
    assert rows(database, Answer)[0].said["mood"] == 2


@pytest.mark.parametrize("name", ["own", "shared", "two", "late", "closed"])
@pytest.mark.parametrize("call", [{"unsafe": "1"}, {"contact": "soon"}])
def test_a_call_for_help_is_taken_before_and_after_the_answer_and_when_the_link_is_old(
    client, url, database, name, call
):
    client.post(url(name), data={"mood": "4"})
    assert client.post(url(name), data=call).status_code == 303
    assert [alert.family for alert in rows(database, Alert)] == [Family.SAFETY]


def test_the_received_page_keeps_both_calls_for_help(client, url):
    client.post(url("own"), data={"mood": "4"})
    client.get(url("own"))
    page = client.get(url("own"))
    buttons = {(b.get("name"), b.get("value")) for b in tree(page).findall(".//main//form//button")}
    assert {("unsafe", "1"), ("contact", "soon")} == buttons
    assert all(form.get("method") == "post" for form in forms(page))


# --- the thank-you --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("own", {"here": "1"}, "Terima kasih sudah menyapa."),
        ("own", {"mood": "4", "urge": "1", "confidence": "9", "use": "no"}, "Senang mendengarnya."),
        ("last", {"mood": "4", "urge": "1", "confidence": "9", "use": "no"}, "Senang mendengarnya."),
        ("own", {"urge": "7", "confidence": "6"}, "Kami akan menyapa paling lambat Kamis sebelum 10.31 WIB."),
        ("own", {"use": "yes"}, "Takaran yang dulu biasa bisa mematikan."),
        ("own", {"contact": "week"}, "dengan cara yang Anda pilih"),
        ("own", {"mood": "3"}, "Sampai kabar berikutnya, "),
        ("shared", {"mood": "1", "sleep": "1"}, "Sampai kabar berikutnya, "),
        ("late", {"mood": "3"}, "Kapan pun datangnya, tetap berarti."),
        ("teen", {"urge": "7"}, "Makasih sudah cerita apa adanya."),
        ("own", {"unsafe": "1"}, "sudah dikirim ke petugas jaga pukul 10.30. Kami menghubungi paling lambat"),
    ],
)
def test_the_thank_you_fits_is_shown_once_and_only_to_the_browser_that_sent_it(
    app, client, url, name, data, said
):
    client.post(url(name), data=data)
    stranger = app.test_client()
    assert said not in text(stranger.get(url(name)))
    assert "Kabar ini sudah kami terima" in text(stranger.get(url(name)))
    assert said in text(client.get(url(name)))
    assert said not in text(client.get(url(name)))
    assert "Kabar ini sudah kami terima" in text(client.get(url(name)))


def test_without_a_next_check_in_nothing_is_said_of_one(client, url):
    client.post(url("last"), data={"mood": "3"})
    said = text(client.get(url("last")))
    assert "kabarnya sudah kami terima." in said
    assert "Sampai" not in said


def test_at_night_the_page_says_honestly_that_nobody_is_there(client, url, clock):
    clock.at = NIGHT
    client.post(url("own"), data={"unsafe": "1"})
    said = text(client.get(url("own")))
    assert "saat ini tidak ada petugas yang berjaga" in said
    assert "paling lambat besok sebelum 12.00 WIB" in said


def test_the_cookie_is_closed_short_lived_and_for_this_link_only(client, url, people):
    response = client.post(url("own"), data={"use": "yes"})
    cookie = response.headers["Set-Cookie"]
    value = cookie.split(";")[0].removeprefix("kabar=")
    assert b"used" not in base64.urlsafe_b64decode(value)
    for part in ("Max-Age=120", "HttpOnly", f"Path={url('own')}", "SameSite=Strict"):
        assert part in cookie
    client.set_cookie("kabar", value, path=url("late"))
    assert "Takaran" not in text(client.get(url("late")))


def test_the_thank_you_is_gone_after_two_minutes(client, url, clock):
    client.post(url("own"), data={"use": "yes"})
    clock.at = NOW + timedelta(seconds=121)
    assert "Takaran" not in text(client.get(url("own")))


def test_a_cookie_of_somebodys_own_making_is_ignored(client, url):
    for value in ("", "x", "bm90IG91cnM=", "é"):
        client.set_cookie("kabar", value, path=url("own"))
        assert client.get(url("own")).status_code == 200


def test_a_head_request_does_not_use_the_thank_you_up(client, url):
    client.post(url("own"), data={"here": "1"})
    client.head(url("own"))
    assert "Terima kasih sudah menyapa." in text(client.get(url("own")))


def test_after_not_safe_two_questions_may_be_answered_or_left(client, url, database, people):
    client.post(url("own"), data={"unsafe": "1"})
    page = client.get(url("own"))
    assert {"about", "may_call"} <= fields(page)
    assert client.post(url("own"), data={"about": "orang", "may_call": "no"}).status_code == 303
    after = client.get(url("own"))
    assert "SAPA 129" in text(after)
    assert "about" not in fields(after)
    (signal,) = rows(database, Signal)
    assert (signal.values["about"], signal.values["way"]) == ("orang", "no")
    phone = rows(database, Phone, Phone.id == people["own"].phone.id)[0]
    assert (phone.may_call, phone.safe_way) == (False, "not_here")


def test_on_a_shared_phone_what_was_added_is_not_repeated_on_the_screen(client, url):
    client.post(url("shared"), data={"unsafe": "1"})
    client.get(url("shared"))
    client.post(url("shared"), data={"about": "orang"})
    said = text(client.get(url("shared")))
    assert "sudah dikirim ke petugas jaga" in said
    assert "SAPA" not in said


# --- old and unknown links ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/c/abcdefghijkl", "/c/abcdefghijkl/berhenti", "/c/x", "/c/" + "y" * 40])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_token_is_a_404_with_the_way_to_help_and_nothing_else(client, people, path, method):
    response = getattr(client, method)(path, data={"unsafe": "1"})
    assert response.status_code == 404
    assert "Tautan ini sudah lewat waktunya" in text(response)
    assert forms(response) == []
    assert tree(response).find(".//main//a").get("href") == "/bantuan"


def test_an_old_link_is_a_410_with_a_new_link_and_a_call_to_ask_for(client, url, database):
    page = client.get(url("closed"))
    assert page.status_code == 410
    buttons = {button.get("name") for button in tree(page).findall(".//main//form//button")}
    assert buttons == {"new_link", "contact", "unsafe"}
    assert client.post(url("closed"), data={"mood": "3"}).status_code == 410
    assert rows(database, Answer) == []


def test_a_new_link_is_promised_once_and_said_so(client, url, database, people):
    for _ in range(2):
        assert client.post(url("closed"), data={"new_link": "1"}).status_code == 303
        after = client.get(url("closed"))
        assert after.status_code == 410
        assert "tautan baru sampai paling cepat hari ini pukul 10.31 WIB" in text(after)
    (message,) = rows(database, Message, Message.purpose == Purpose.NEW_LINK)
    assert message.number_id == people["closed"].phone.number_id
    assert client.get(f"/c/{message.token}").status_code == 200


def test_who_asks_to_be_called_over_an_old_link_is_told_until_when(client, url):
    client.post(url("closed"), data={"contact": "soon"})
    said = text(client.get(url("closed")))
    assert "lewat HP yang terdaftar paling lambat hari ini sebelum 14.31 WIB" in said


def test_a_fresh_link_takes_an_answer(client, database, people):
    with database.write() as session:
        centre = Centre.__new__(Centre)
        centre.session, centre.now = session, NOW
        token = centre.link(people["own"].person, LinkKind.FRESH, expires_at=NOW + DAY)
    assert client.post(f"/c/{token}", data={"mood": "4"}).status_code == 303
    assert client.post(f"/c/{token}", data={"mood": "1"}).status_code == 303
    assert [row.said["mood"] for row in rows(database, Answer)] == [4]


# --- not me, and stop -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("query", "how"), [("?karena=bukan", "bukan_saya"), ("", "page")])
@pytest.mark.parametrize("name", ["own", "closed"])
def test_one_confirming_press_silences_the_number_at_once(client, url, database, people, name, query, how):
    links = {a.get("href") for a in tree(client.get(url(name))).findall(".//main//a")}
    assert url(name) + "/berhenti" + query in links
    page = client.get(url(name) + "/berhenti" + query)
    (form,) = forms(page)
    data = {field.get("name"): field.get("value") for field in form.findall(".//input")}
    assert client.post(form.get("action"), data=data).status_code == 303
    number = rows(database, Number, Number.id == people[name].phone.number_id)[0]
    assert (number.silenced_at, number.silenced_how) == (NOW, how)
    done = client.get(url(name) + "/berhenti")
    assert forms(done) == []
    assert client.post(form.get("action"), data=data).status_code == 303


def test_a_call_for_help_is_taken_after_the_number_was_silenced(client, url, database):
    client.post(url("own") + "/berhenti")
    assert client.get(url("own")).status_code == 410
    assert client.post(url("own"), data={"unsafe": "1"}).status_code == 303
    assert Family.SAFETY in {alert.family for alert in rows(database, Alert)}


# --- the wire -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["gzip", "br"])
@pytest.mark.parametrize("name", ["own", "shared", "teen", "english", "closed"])
def test_a_first_visit_is_two_requests_of_at_most_15_kb_without_a_script(client, url, name, encoding):
    accept = {"Accept-Encoding": encoding}
    page = client.get(url(name), headers=accept)
    assert page.headers.get("Content-Encoding") == (None if name == "closed" else encoding)
    parsed = tree(client.get(url(name)))
    sheets = [link.get("href") for link in parsed.findall(".//link[@rel='stylesheet']")]
    assert len(sheets) == 1
    fetched = [tag for kind in ("script", "img", "iframe") for tag in parsed.findall(f".//{kind}")]
    icons = [link.get("href") for link in parsed.findall(".//link[@rel='icon']")]
    assert fetched == []
    assert all(icon.startswith("data:") for icon in icons)
    style = client.get(sheets[0], headers=accept, buffered=True)
    heads = sum(len(f"{key}: {value}\r\n") for r in (page, style) for key, value in r.headers)
    on_the_wire = {"page": len(page.data), "style": len(style.data), "headers": heads}
    assert sum(on_the_wire.values()) <= 15_000, on_the_wire
    assert on_the_wire["style"] <= 6_000, on_the_wire


def test_nothing_personal_stays_in_a_cache(client, url):
    assert client.get(url("own")).headers["Cache-Control"] == "no-store"
    assert client.get(url("own")).headers["Referrer-Policy"] == "no-referrer"


def test_nothing_inline_needs_the_policy_to_be_loosened(client, url):
    client.post(url("own"), data={"unsafe": "1"})
    for page in (client.get(url("own")), client.get(url("late")), client.get(url("closed"))):
        html = page.get_data(as_text=True)
        assert " style=" not in html
        assert not re.search(r"\son\w+=", html)
        assert "<style" not in html


def test_every_field_has_a_name_that_can_be_read_aloud(client, url):
    page = tree(client.get(url("own")))
    for field in page.findall(".//main//fieldset"):
        assert "".join(field.find("legend").itertext()).strip()
    for field in page.findall(".//main//label"):
        assert field.find("input") is not None
    assert len(page.findall(".//h1")) == 1


def test_the_answers_of_twenty_repeats_of_help_are_one_answer_and_few_signals(client, url, database):
    for _ in range(20):
        client.post(url("own"), data={"unsafe": "1"})
    assert len(rows(database, Answer)) == 1
    assert len(rows(database, Alert)) == 1
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Signal)) == 2
