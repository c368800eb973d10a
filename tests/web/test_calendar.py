"""The supervisor's calendar: what stands in it, how it is changed, and the weeks it makes (issue 3)."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from companion.models import CalendarDay, Institution
from companion.services import institutions
from tests.services.desk import DAY, NOW

PATH = "/institusi/kalender"
NYEPI = "2027-03-08 Nyepi, Tahun Baru Saka 1949"
TODAY = NOW.date()


def text(answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def line(room, name, login="tuti") -> str:
    """The line of one day in the list, as words."""
    page = room.get(login, PATH).text
    found = re.findall(r'<li>\s*<p class="when">.*?</li>', page, re.DOTALL)
    words = [" ".join(unescape(re.sub(r"<[^>]+>", " ", one)).split()) for one in found]
    on = r"\w+ \d+ \w+(?: – \d+ \w+)? "
    return next((one for one in words if re.match(on + re.escape(name), one)), "")


def calendar(room, institution=None):
    room.session.expire_all()
    return institutions.calendar(room.session.get_one(Institution, (institution or room.desk.damai).id))


def add(room, login="tuti", **changed):
    fields = {
        "tanggal": "2026-12-09", "nama": "Pilkada", "sunyi": "1", "tutup": "1", "sumber": "KPU no. 12", "provinsi": "",
    }  # fmt: skip
    return room.post(login, PATH, **fields | changed)


def correct(room, about=NYEPI, login="tuti", **fields):
    return room.post(login, f"{PATH}/betulkan", hari=about, **{"sumber": "SKB 2027"} | fields)


def ramadan(room, first="2027-02-09", feast="2027-03-11", **fields):
    said = {"tahun": "1448", "tanggal": first, "lebaran": feast, "sumber": "Sidang isbat"}
    return room.post("tuti", f"{PATH}/ramadan", **said | fields)


@pytest.mark.parametrize("path", [PATH, f"{PATH}/pratinjau"])
def test_the_calendar_is_the_supervisors(room, path):
    assert room.get("tuti", path).status_code == 200
    assert room.get("sari", path).status_code == 403


@pytest.mark.parametrize("path", [PATH, f"{PATH}/betulkan", f"{PATH}/ramadan", f"{PATH}/batalkan"])
def test_only_a_supervisor_changes_it(room, path):
    assert room.post("sari", path).status_code == 403


def test_each_day_says_what_it_means_and_how_sure_it_is(room):
    assert "Fri 25 Dec Christmas Day no texts office closed Source" in line(room, "Christmas Day")
    assert "no texts in Bali office closed estimated" in line(room, "Nyepi, Day of Silence (Saka 1949)")
    assert "8 Feb – 9 Mar Ramadan 1448 no texts from 17.00 to 19.30 estimated" in line(room, "Ramadan 1448")
    assert "Same date every year" in line(room, "Christmas Day")
    assert "2026-08-17" not in room.get("tuti", PATH).text, "that was in August"
    page = room.get("tuti", PATH, language="id").text
    assert "Idulfitri 1448, hari pertama" in page and "perkiraan" in page


def test_a_year_without_data_is_told(room):
    assert "are known until" not in room.get("tuti", PATH).text
    room.clock.at = NOW.replace(year=2035)  # 2 November, with 59 days left
    assert "The holidays of this version are known until 31 December 2035 only." in text(
        room.get("tuti", PATH)
    )


# --- a day of one's own ----------------------------------------------------------------------------------------------


def test_a_day_is_added_once_however_often_the_button_is_pressed(room):
    for _ in range(2):
        assert add(room).status_code == 303
    said = line(room, "Pilkada")
    assert (
        "Wed 9 Dec Pilkada no texts office closed written by Tuti Handayani : Pilkada KPU no. 12 Remove this day"
        in said
    )
    assert len(room.session.scalars(select(CalendarDay)).all()) == 1
    assert calendar(room).no_text_on(TODAY.replace(month=12, day=9), None)
    assert not calendar(room, room.desk.elsewhere).no_text_on(TODAY.replace(month=12, day=9), None)
    assert line(room, "Pilkada", "rudi") == ""


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"tanggal": "besok"}, "This is no date. Write it like 31/12/2026."),
        ({"tanggal": "0206-12-09"}, "This is no date. Write it like 31/12/2026."),
        ({"tanggal": "2026-11-01"}, "This day is over."),
        ({"tanggal": "2029-12-09"}, "This is more than two years ahead."),
        ({"nama": " "}, "Give the day a name."),
        ({"sumber": ""}, "Write where this is known from"),
        ({"sunyi": "", "tutup": ""}, "This would change nothing."),
    ],
)
def test_a_day_that_cannot_be_is_refused_with_what_is_wrong_and_what_was_typed(room, changed, fault):
    refused = add(room, **changed)
    assert refused.status_code == 400
    assert fault in text(refused)
    for name, value in {"tanggal": "2026-12-09", "nama": "Pilkada", "sumber": "KPU no. 12"}.items():
        assert f'value="{changed.get(name, value).strip()}"' in refused.text
    for name in re.findall(r'<li><a href="#([^"]+)"', refused.text):
        assert refused.text.count(f'id="{name}"') == 1, "the summary leads nowhere"
    assert room.session.scalars(select(CalendarDay)).all() == []


def test_a_day_of_one_province_says_where(room):
    add(room, provinsi="BA")
    assert "no texts in Bali office closed in Bali" in line(room, "Pilkada")


def test_a_day_is_taken_back_also_by_a_second_click_but_not_by_another_institution(room):
    add(room)
    ref = room.session.scalars(select(CalendarDay.ref)).one()
    assert room.post("rudi", f"{PATH}/batalkan", hari=ref).status_code == 404
    assert room.post("tuti", f"{PATH}/batalkan", hari="tidak-ada").status_code == 404
    assert line(room, "Pilkada")
    for _ in range(2):
        assert room.post("tuti", f"{PATH}/batalkan", hari=ref).status_code == 303
    assert line(room, "Pilkada") == ""


# --- a shipped day ---------------------------------------------------------------------------------------------------


def test_the_form_of_a_day_opens_by_its_link(room):
    page = room.get("tuti", PATH).text
    assert 'id="betulkan"' not in page
    link = next(one for one in re.findall(r'href="([^"]+#betulkan)"', page) if "Nyepi" in one)
    page = room.get("tuti", unescape(link).split("#")[0]).text
    assert page.count('id="betulkan"') == 1 and 'value="2027-03-08"' in page
    assert len(re.findall(r'id="tanggal"', page)) == 1


def test_a_shipped_day_is_moved_and_put_back(room):
    assert correct(room, tanggal="2027-03-07").status_code == 303
    said = line(room, "Nyepi, Day of Silence (Saka 1949)")
    assert "Sun 7 Mar" in said and "moved from 8 March" in said and "SKB 2027" in said
    assert "estimated" not in said.split("written by")[0]
    ref = room.session.scalars(select(CalendarDay.ref)).one()
    assert "Back to what it was" in said
    room.post("tuti", f"{PATH}/batalkan", hari=ref)
    assert "Mon 8 Mar" in line(room, "Nyepi, Day of Silence (Saka 1949)")


def test_an_open_office_is_told_and_a_feast_stays_quiet(room):
    natal = "2026-12-25 Natal"
    assert correct(room, natal, buka="1").status_code == 303
    assert "no texts office as usual" in line(room, "Christmas Day")
    day = TODAY.replace(month=12, day=25)
    assert (calendar(room).no_text_on(day, None), calendar(room).is_holiday(day)) == (True, False)


def test_an_estimated_date_is_confirmed(room):
    assert correct(room, tanggal="2027-03-08", pasti="1").status_code == 303
    assert "estimated" not in line(room, "Nyepi, Day of Silence (Saka 1949)").split("written by")[0]


@pytest.mark.parametrize(
    ("about", "fields", "fault"),
    [
        (NYEPI, {"tanggal": "2027-03-20"}, "A date can be corrected by three days at most."),
        (NYEPI, {"tanggal": "2027-03-08"}, "This would change nothing."),
        (NYEPI, {"tanggal": "2027-03-07", "sumber": ""}, "Write where this is known from"),
        ("2026-12-25 Natal", {"tanggal": "2026-12-26"}, "This day has the same date every year."),
        ("2027-03-10 Idulfitri 1448, hari pertama", {"tanggal": "2027-03-11"}, "Idulfitri moves with the end of Ramadan."),
        ("2027-03-10 Hari apa saja", {"tanggal": "2027-03-11"}, "This day is not in the calendar any more."),
    ],
)  # fmt: skip
def test_a_correction_that_cannot_be_is_refused(room, about, fields, fault):
    refused = correct(room, about, **fields)
    assert refused.status_code == 400
    assert fault in text(refused)
    assert room.session.scalars(select(CalendarDay)).all() == []


def test_ramadan_and_idulfitri_are_corrected_together(room):
    assert ramadan(room, pasti="1").status_code == 303
    assert "9 Feb – 10 Mar Ramadan 1448" in line(room, "Ramadan 1448")
    assert "Thu 11 Mar" in line(room, "Eid al-Fitr 1448, first day")
    assert "Fri 12 Mar" in line(room, "Eid al-Fitr 1448, second day")
    assert "Back to what it was" in line(room, "Ramadan 1448")
    assert "Back to what it was" not in line(room, "Eid al-Fitr 1448, first day")


@pytest.mark.parametrize(
    ("first", "feast", "fault"),
    [
        ("2027-02-20", "2027-03-10", "A date can be corrected by three days at most."),
        ("2027-02-11", "2027-03-10", "Ramadan lasts 29 or 30 days."),
        ("lusa", "2027-03-10", "This is no date."),
        ("2027-02-08", "2027-03-10", "This would change nothing."),
    ],
)
def test_a_ramadan_that_cannot_be_is_refused(room, first, feast, fault):
    refused = ramadan(room, first, feast)
    assert refused.status_code == 400
    assert fault in text(refused) and f'value="{first}"' in refused.text


# --- the next weeks --------------------------------------------------------------------------------------------------


def weeks(room, **asked):
    answer = room.get("tuti", f"{PATH}/pratinjau", **asked)
    found = re.findall(r"<li>\s*<h2>.*?</li>", answer.text, re.DOTALL)
    return answer, [" ".join(unescape(re.sub(r"<[^>]+>", " ", one)).split()) for one in found]


def test_the_weeks_of_somebody_in_three_zones(room):
    _answer, days = weeks(room, keluar="2026-11-01", jam="09:00")
    assert days[0].startswith(
        "Tue 3 Nov day 2 Jakarta WIB 09.00 08.40–09.20 reminder Wed 14.00 Makassar WITA 09.00"
    )
    assert "Jayapura WIT 09.00 08.40–09.20" in days[0]
    assert days[1] == "Wed 4 Nov day 3 staff get in touch"


def test_friday_noon_moves_a_part_or_all_of_it(room):
    on = {"keluar": str(TODAY - DAY)}  # Sunday: day 5 is a Friday
    _answer, days = weeks(room, jam="11:00", **on)
    friday = next(one for one in days if one.startswith("Fri 6 Nov"))
    assert "Jakarta WIB 11.00 10.40–11.20" in friday, "the jitter ends before half past eleven"
    _answer, days = weeks(room, jam="12:00", **on)
    friday = next(one for one in days if one.startswith("Fri 6 Nov"))
    assert "Jakarta WIB 13.15 Friday noon stays quiet, 11.30-13.15" in friday


def test_a_holiday_without_texts_moves_or_excuses_a_check_in(room):
    room.clock.at = NOW.replace(year=2026, month=12, day=20)
    _answer, days = weeks(room, keluar="2026-12-20", jam="10:00")  # day 5 is Natal
    natal = next(one for one in days if one.startswith("Fri 25 Dec"))
    assert "Christmas Day no texts · office closed" in natal
    assert "Jakarta WIB Sat 08.00 Christmas Day" in natal
    add(room, tanggal="2026-12-26", nama="Hari duka")
    _answer, days = weeks(room, keluar="2026-12-20", jam="10:00")
    natal = next(one for one in days if one.startswith("Fri 25 Dec"))
    assert "Jakarta WIB not sent Christmas Day" in natal


def test_an_institution_in_bali_sees_its_own_nyepi(room):
    room.clock.at = NOW.replace(year=2027, month=3, day=6)
    _answer, days = weeks(room, keluar="2027-03-06", jam="10:00")
    assert "Bali WITA" not in days[0]
    room.session.get_one(Institution, room.desk.damai.id).province = "BA"
    _answer, days = weeks(room, keluar="2027-03-06", jam="10:00")
    nyepi = next(one for one in days if one.startswith("Mon 8 Mar"))
    assert "Jakarta WIB 10.00" in nyepi and "Bali WITA Tue 08.00 Nyepi, Day of Silence (Saka 1949)" in nyepi


@pytest.mark.parametrize("day", ["kapan", "2020-01-01", "2030-01-01"])
def test_a_leaving_day_that_cannot_be_is_said(room, day):
    answer, _days = weeks(room, keluar=day)
    assert answer.status_code == 400
    assert "no date" in text(answer) or "within the months of follow-up" in text(answer)


def test_an_hour_nobody_may_choose_is_the_plans(room):
    _answer, days = weeks(room, keluar=str(TODAY - DAY), jam="03:00")
    assert "10.00 09.40–10.20" in days[0]


def test_what_a_supervisor_writes_is_shown_as_words(room):
    add(room, nama="<b>Libur</b>", sumber="<script>alert(1)</script>")
    page = room.get("tuti", PATH).text
    assert "<b>Libur" not in page and "<script" not in page
