"""The family reading says what it may and no more, in both languages alike."""

import re
from datetime import date

import pytest

from companion.content import articles
from companion.content.articles import Category, NoArticle, Strength
from companion.content.blocks import BlockKind

WEEKS = (1, 2, 3, 4)
LANGUAGES = ("id", "en")
EACH = [(week, language) for week in WEEKS for language in LANGUAGES]

# The basic GSM-7 alphabet without its extension table, from 3GPP TS 23.038.
GSM7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)

# domain 5 "Words: avoid"; `wajib lapor` and `sembuh total` by design 8 and domain 5.
STIGMA = r"""
    pecandu kecanduan junkie\w* penyalah\s?guna\w* mantan\specandu bersih kotor sembuh\stotal \w*gagal\w* \w*langgar\w*
    kabur aib perusak tidak\stahu\sdiri pencuri perempuan\snakal barang\sharam obat\ssetan pil\ssetan korban wajib\slapor
    addict addicts abuse abuser abusers clean dirty sober failed failure druggie thief victim victims user\sof
"""
# design 2.5, evidence 6 "Safe wording": what no text on a phone may hold.
ON_A_PHONE = r"""
    narkoba napza sabu ganja putaw zat rehab\w* bnn \w*candu\w* adiksi addict\w* drug\w* kambuh relaps\w* lapse sugesti urge\w*
    pemicu trigger\w* sakau urine positif konselor counsel\w* pendamping\w* pemulihan recover\w* overdos\w* opioid\w*
    agama iman doa ibadah allah tuhan god pray\w* faith rindu kangen sayang miss love minggu week weeks hari-hari
    selamat nomor kode akun password token dana verifikasi salah gagal malas kecewa malu blame fault
"""
# The help page is read by anybody: nothing there may say what the worry is about.
NEUTRAL = r"""
    narkoba napza sabu putaw heroin kokain cocaine opioid\w* stimulan\w* morfin zat drug\w* rehab\w* bnn ipwl adiksi addict\w*
    \w*kambuh\w* relaps\w* lapse sugesti urge\w* craving\w* pemicu trigger\w* pemulihan recover\w* overdos\w* konselor
    counsel\w* kebiasaan\slama old\shabit ketergantungan dependence penyalahgunaan
"""
# Legal figures and promises stay out of the reading (evidence 5, domain 2.3).
LEGAL = r"uu pasal undang-undang penjara pidana dipidana hukuman denda polisi law prison jail fined police prosecuted"


def found(words: str, text: str) -> list[str]:
    """The listed words that stand in a text as whole words."""
    return re.findall(rf"(?<![\w-])(?:{'|'.join(words.split())})(?![\w-])", text, re.IGNORECASE)


def everything(reading) -> str:
    """All that a family can see of a reading, sources too."""
    parts = [reading.title, *(block.text for block in reading.blocks)]
    parts += [part for source in reading.sources for part in (source.who, source.what)]
    if isinstance(reading, articles.Article):
        parts += [reading.action, *reading.choices, reading.question, reading.sms_title]
    return "\n".join(parts)


def readings():
    return [articles.article(*each) for each in EACH] + [articles.tonight(language) for language in LANGUAGES]


def named(reading) -> str:
    return f"{reading.language}/{getattr(reading, 'week', 'tonight')}"


every_reading = pytest.mark.parametrize("reading", readings(), ids=named)
every_article = pytest.mark.parametrize(("week", "language"), EACH)


def test_the_first_four_weeks_are_written():
    assert articles.weeks() == WEEKS


@every_article
def test_a_week_is_short_enough_for_a_tired_evening_and_long_enough_to_help(week, language):
    assert 600 <= articles.article(week, language).words <= 900


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_to_do_tonight_takes_two_minutes(language):
    assert 250 <= articles.tonight(language).words <= 350
    assert articles.tonight(language).minutes == 2


@pytest.mark.parametrize(
    "read", [*(lambda lang, week=week: articles.article(week, lang) for week in WEEKS), articles.tonight]
)
def test_both_languages_have_the_same_bones(read):
    indonesian, english = read("id"), read("en")

    def bones(reading):
        return {
            "blocks": [(block.kind, len(block.lines)) for block in reading.blocks],
            "bold": [sum(span.bold for line in block.lines for span in line) for block in reading.blocks],
            "sources": [(source.ids, source.year, source.strength) for source in reading.sources],
            "rest": (reading.minutes, reading.reviewed, getattr(reading, "category", None)),
            "choices": len(getattr(reading, "choices", ())),
        }

    assert bones(indonesian) == bones(english)


@every_article
def test_a_week_has_its_sections_its_sentence_to_try_and_what_to_hold_back(week, language):
    blocks = articles.article(week, language).blocks
    headings = [block.text for block in blocks if block.kind is BlockKind.HEADING]
    assert 3 <= len(headings) <= 5
    assert max(len(heading.split()) for heading in headings) <= 6
    assert articles.HOLD_BACK[language] in headings
    assert any(block.kind is BlockKind.SAY for block in blocks)


@every_article
def test_a_week_asks_for_one_thing_and_one_thought(week, language):
    article = articles.article(week, language)
    assert 2 <= len(article.choices) <= 3
    assert len(set(article.choices)) == len(article.choices)
    assert article.question.count("?") == 1
    assert article.question.endswith("?")
    assert "?" not in article.action


@every_reading
def test_every_reading_names_its_sources_in_plain_words(reading):
    assert any(source.year for source in reading.sources)
    for source in reading.sources:
        assert source.who.strip()
        assert source.what.strip()
        assert all(
            re.fullmatch(r"(evidence|domain) S\d+[a-z]?|design judgement", given) for given in source.ids
        )
        assert (source.ids == ("design judgement",)) <= (source.strength is Strength.PRACTICE)
    assert reading.sources[-1].ids == ("design judgement",), "what is only our advice says so, last"
    assert reading.reviewed == date(2026, 11, 1)


@every_article
def test_an_sms_title_fits_and_betrays_nothing(week, language):
    article = articles.article(week, language)
    assert 1 <= len(article.sms_title) <= 38
    assert set(article.sms_title) <= GSM7
    assert not re.search(r"\d", article.sms_title)
    assert found(ON_A_PHONE, article.sms_title) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("week", [2, 3, 4])
def test_a_heading_that_tells_too_much_stays_off_the_phone(week, language):
    article = articles.article(week, language)
    heading, shown = (set(re.findall(r"\w{4,}", text.lower())) for text in (article.title, article.sms_title))
    assert heading & shown == set()


@every_reading
def test_no_word_that_wounds_stands_in_the_reading(reading):
    assert found(STIGMA, everything(reading)) == []


def test_the_list_of_wounding_words_bites():
    assert found(STIGMA, "Ia kegagalan, mantan pecandu yang bersih") == [
        "kegagalan",
        "mantan pecandu",
        "bersih",
    ]
    assert found(STIGMA, "membersihkan, addiction") == []


@every_reading
def test_no_legal_promise_and_no_share_of_people_stands_in_the_reading(reading):
    assert found(LEGAL, everything(reading)) == []
    assert not re.search(r"%|persen|per ?cent", everything(reading))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_to_do_tonight_tells_a_stranger_nothing(language):
    assert found(NEUTRAL, everything(articles.tonight(language))) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_to_do_tonight_begins_with_danger(language):
    blocks = articles.tonight(language).blocks
    first, second = [number for number, block in enumerate(blocks) if block.kind is BlockKind.HEADING][:2]
    danger = " ".join(block.text for block in blocks[first:second])
    assert first == 1
    assert "119" in danger
    assert "112" in danger
    assert "IGD" in danger


@every_reading
def test_whoever_names_119_says_that_it_may_not_answer(reading):
    honest = {"id": "elum semua daerah punya", "en": "ot every district has"}[reading.language]
    told = everything(reading)
    assert "119" not in told or honest in told
    assert "119" not in told or "puskesmas" in told or "health centre" in told


@pytest.mark.parametrize("week", WEEKS)
def test_indonesian_families_are_spoken_to_as_bapak_ibu(week):
    told = everything(articles.article(week, "id"))
    assert "Bapak/Ibu" in told
    assert found("anda", told) == []
    assert "!" not in told


def test_the_curriculum_shows_all_sixteen_weeks_in_both_languages():
    planned = articles.curriculum()
    assert [each.week for each in planned] == list(range(1, 17))
    assert all(set(each.titles) == set(LANGUAGES) and all(each.titles.values()) for each in planned)
    assert [each.week for each in planned if each.written] == list(WEEKS)
    assert planned[6].categories == (Category.FAMILY_PRESERVATION, Category.PARENTING_SKILLS)


@every_article
def test_an_article_and_the_curriculum_agree(week, language):
    article, planned = articles.article(week, language), articles.curriculum()[week - 1]
    assert article.title == planned.titles[language]
    assert article.category is planned.categories[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_category_and_strength_has_a_name(language):
    assert all(articles.category_name(category, language) for category in Category)
    assert all(articles.strength_name(strength, language) for strength in Strength)
    assert "(home care)" in articles.category_name(Category.HOME_CARE, "id")


@pytest.mark.parametrize(("week", "language"), [(0, "id"), (5, "id"), (1, "fr"), (1, "../id"), (-1, "en")])
def test_a_reading_that_does_not_exist_is_said_to_be_missing(week, language):
    with pytest.raises(NoArticle):
        articles.article(week, language)
