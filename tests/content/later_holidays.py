"""Make `content/holidays.toml`, the public holidays of the years after `calendar.toml`: `make calendar`.

The dates are those of the library `holidays`, kept by many hands and pinned with our test tools. They are written
down here and shipped as data, not asked of the library while the program runs: docs/decisions/0007 says why.
"""

import re
import sys
from datetime import date, timedelta
from pathlib import Path

import holidays
from holidays.countries.indonesia import IndonesiaIslamicHolidays

OUT = Path(__file__).resolve().parents[2] / "companion" / "content" / "holidays.toml"
YEARS = range(2028, 2036)
FIRST_HIJRI = 1449
"""The Islamic year of the first Ramadan in YEARS."""
KNOWN = {
    "Hari Suci Nyepi": ("Nyepi", "Nyepi, Day of Silence", 'no_text = ["BA", "bali"], '),
    "Hari Raya Idul Fitri": ("Idulfitri {h}, hari pertama", "Eid al-Fitr {h}, first day", 'no_text = ["*"], '),
    "Hari kedua dari Hari Raya Idul Fitri": (
        "Idulfitri {h}, hari kedua", "Eid al-Fitr {h}, second day", 'no_text = ["*"], ',
    ),
    "Hari Raya Idul Adha": ("Iduladha", "Eid al-Adha", ""),
    "Hari Raya Waisak": ("Waisak", "Vesak", ""),
    "Isra Mikraj Nabi Muhammad": ("Isra Mikraj", "Ascension of the Prophet", ""),
    "Kebangkitan Yesus Kristus": ("Paskah", "Easter Sunday", ""),
    "Kenaikan Yesus Kristus": ("Kenaikan Yesus Kristus", "Ascension of Christ", ""),
    "Maulid Nabi Muhammad": ("Maulid Nabi", "Birthday of the Prophet", ""),
    "Tahun Baru Imlek": ("Tahun Baru Imlek", "Lunar New Year", ""),
    "Tahun Baru Islam": ("Tahun Baru Islam", "Islamic New Year", ""),
    "Wafat Yesus Kristus": ("Wafat Yesus Kristus", "Good Friday", ""),
}  # fmt: skip
"""The library's name of a moving holiday, and ours in both languages with what it forbids."""
YEARLY = {
    "Tahun Baru Masehi", "Hari Buruh Internasional", "Hari Lahir Pancasila", "Hari Kemerdekaan Republik Indonesia",
    "Hari Raya Natal",
}  # fmt: skip
"""Same date every year: those stand in calendar.toml once."""
HEAD = """\
# Public holidays of later years, made by `make calendar` out of the Python library holidays {version} (MIT).
# Do not edit: when the joint decree of a year is out, write that year into calendar.toml and start YEARS after it.
# No cuti bersama: they are decreed year by year. Every date is estimated.

[sources.library]
id = "Pustaka hari libur (holidays {version}); menunggu surat keputusan bersama dan sidang isbat"
en = "Public-holiday library (holidays {version}); to be confirmed by the joint decree and isbat"
"""


def library_days(years, category: str = "public") -> list[tuple[date, str]]:
    """(date, name) of every holiday of the library, two on one date told apart, without its mark of doubt."""
    found = holidays.country_holidays("ID", years=years, language="id", categories=(category,))
    return [
        (day, re.sub(r" \(perkiraan\)$", "", name))
        for day, names in sorted(found.items())
        for name in names.split("; ")
    ]


def ramadans(years) -> list[tuple[date, date]]:
    """First and last day of fasting of every Ramadan that ends in these years."""
    feasts = [day for day, name in library_days(years) if name == "Hari Raya Idul Fitri"]
    islamic = IndonesiaIslamicHolidays()
    firsts = {day for year in years for day, _estimated in islamic.ramadan_beginning_dates(year)}
    return [(max(day for day in firsts if day < feast), feast - timedelta(days=1)) for feast in feasts]


def text() -> str:
    """The whole file."""
    hijri = dict(enumerate(ramadans(YEARS), start=FIRST_HIJRI))
    lines = [HEAD.format(version=holidays.__version__), "[later]", "days = ["]
    lines += [line for day, name in library_days(YEARS) if (line := _line(day, name, hijri))]
    lines += ["]", "ramadan = ["]
    lines += [
        f'  {{ first = {first}, last = {last}, hijri = {year}, estimated = true, source = "library" }},'
        for year, (first, last) in hijri.items()
    ]
    return "\n".join([*lines, "]", ""])


def _line(day: date, name: str, hijri) -> str | None:
    if name in YEARLY:
        return None
    ours, english, forbids = KNOWN[name]
    if "{h}" in ours:
        year = next(year for year, (_first, last) in hijri.items() if 0 < (day - last).days < 3)
        ours, english, forbids = ours.format(h=year), english.format(h=year), f"{forbids}hijri = {year}, "
    return (
        f'  {{ date = {day}, name = "{ours}", en = "{english}", kind = "national", {forbids}'
        'estimated = true, source = "library" },'
    )


if __name__ == "__main__":
    OUT.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{OUT.name}: {YEARS.start}-{YEARS.stop - 1}\n")
