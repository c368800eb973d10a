"""Two languages, instants in words, and plurals that Indonesian does not have (tech.md 6)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from companion import i18n

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 09.00 in Jakarta
JAKARTA, MAKASSAR, JAYAPURA = "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"


@pytest.fixture(autouse=True)
def indonesian():
    with i18n.speaking("id"):
        yield


def test_indonesian_is_spoken_unless_another_language_is_wished():
    assert (i18n.DEFAULT, i18n.language()) == ("id", "id")
    i18n.speak("en")
    assert i18n.language() == "en"
    i18n.speak("xx")
    assert i18n.language() == "id"


def test_a_language_holds_inside_its_block_only():
    with i18n.speaking("en"):
        assert i18n.language() == "en"
        with i18n.speaking("id"):
            assert i18n.language() == "id"
        assert i18n.language() == "en"
    assert i18n.language() == "id"


def test_indonesian_has_one_form_for_all_numbers():
    """The default header of Babel would give English plurals and say nothing (tech.md 6)."""
    assert i18n.ngettext("%(n)s day", "%(n)s days", 1) == "1 hari"
    assert i18n.ngettext("%(n)s day", "%(n)s days", 5) == "5 hari"
    with i18n.speaking("en"):
        assert [i18n.ngettext("%(n)s day", "%(n)s days", n) for n in (1, 5)] == ["1 day", "5 days"]


@pytest.mark.parametrize(
    ("zone", "said"), [(JAKARTA, "09.00 WIB"), (MAKASSAR, "10.00 WITA"), (JAYAPURA, "11.00 WIT")]
)
def test_a_time_has_a_dot_and_the_name_of_its_zone(zone, said):
    assert i18n.clock_time(NOW, zone) == said


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (-1, "kemarin"),
        (0, "hari ini"),
        (1, "besok"),
        (2, "Rabu"),
        (6, "Minggu"),
        (7, "Senin 30 November"),
        (-2, "Sabtu 21 November"),
    ],
)
def test_a_day_is_said_as_people_say_it(days, said):
    assert i18n.day_words(NOW + timedelta(days=days), JAKARTA, NOW) == said


def test_a_day_far_away_has_its_year():
    assert i18n.day_words(NOW + timedelta(days=400), JAKARTA, NOW) == "Selasa 28 Desember 2027"


@pytest.mark.parametrize(("hour", "said"), [(16, "hari ini"), (17, "besok")])
def test_today_ends_at_midnight_on_the_persons_own_clock(hour, said):
    """17.00 UTC is midnight in Jakarta."""
    assert i18n.day_words(NOW.replace(hour=hour), JAKARTA, NOW) == said


def test_a_deadline_is_said_with_its_day_and_time():
    assert i18n.before_words(NOW + timedelta(hours=4), JAKARTA, NOW) == "hari ini sebelum 13.00 WIB"
    with i18n.speaking("en"):
        assert "13.00 WIB" in i18n.before_words(NOW + timedelta(hours=4), JAKARTA, NOW)


def test_a_moment_that_has_passed():
    assert i18n.moment_words(NOW - timedelta(hours=1), JAKARTA, NOW) == "hari ini 08.00"


@pytest.mark.parametrize(
    ("past", "said"),
    [
        (timedelta(seconds=-5), "1 menit"), (timedelta(seconds=119), "1 menit"), (timedelta(minutes=59), "59 menit"), (timedelta(hours=1), "1 jam"),
        (timedelta(hours=47, minutes=59), "47 jam"), (timedelta(days=2), "2 hari"), (timedelta(days=9), "9 hari"),
    ],
)  # fmt: skip
def test_how_long_ago_is_said_coarsely(past, said):
    assert i18n.ago_words(NOW - past, NOW) == said


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_day_in_a_text_never_takes_more_than_twelve_letters(language):
    days = [datetime(2026, 1, 1, 5, tzinfo=UTC) + timedelta(days=day) for day in range(366)]
    assert all(6 <= len(i18n.sms_day(at, JAKARTA, language)) <= 12 for at in days)


def test_a_date():
    assert i18n.date_words(date(2026, 12, 7)) == "7 Desember 2026"
    with i18n.speaking("en"):
        assert i18n.date_words(date(2026, 12, 7)) == "7 December 2026"


def test_marking_a_sentence_leaves_it_as_it_is():
    assert i18n.lazy("yesterday") == "yesterday"
    assert i18n.gettext("yesterday") == "kemarin"
