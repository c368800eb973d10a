"""The 38 provinces, the zone each lives in, and the many ways offices spell them (domain 4.6)."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

WIB, WITA, WIT = "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"


@dataclass(frozen=True, slots=True)
class Province:
    """One province: code as in ISO 3166-2:ID without the country, its name, its IANA zone."""

    code: str
    name: str
    zone: str


PROVINCES = (
    Province("AC", "Aceh", WIB),
    Province("SU", "Sumatera Utara", WIB),
    Province("SB", "Sumatera Barat", WIB),
    Province("RI", "Riau", WIB),
    Province("KR", "Kepulauan Riau", WIB),
    Province("JA", "Jambi", WIB),
    Province("SS", "Sumatera Selatan", WIB),
    Province("BB", "Kepulauan Bangka Belitung", WIB),
    Province("BE", "Bengkulu", WIB),
    Province("LA", "Lampung", WIB),
    Province("BT", "Banten", WIB),
    Province("JK", "DKI Jakarta", WIB),
    Province("JB", "Jawa Barat", WIB),
    Province("JT", "Jawa Tengah", WIB),
    Province("YO", "DI Yogyakarta", WIB),
    Province("JI", "Jawa Timur", WIB),
    Province("KB", "Kalimantan Barat", WIB),
    Province("KT", "Kalimantan Tengah", WIB),
    Province("KS", "Kalimantan Selatan", WITA),
    Province("KI", "Kalimantan Timur", WITA),
    Province("KU", "Kalimantan Utara", WITA),
    Province("BA", "Bali", WITA),
    Province("NB", "Nusa Tenggara Barat", WITA),
    Province("NT", "Nusa Tenggara Timur", WITA),
    Province("SA", "Sulawesi Utara", WITA),
    Province("GO", "Gorontalo", WITA),
    Province("ST", "Sulawesi Tengah", WITA),
    Province("SR", "Sulawesi Barat", WITA),
    Province("SN", "Sulawesi Selatan", WITA),
    Province("SG", "Sulawesi Tenggara", WITA),
    Province("MA", "Maluku", WIT),
    Province("MU", "Maluku Utara", WIT),
    Province("PA", "Papua", WIT),
    Province("PB", "Papua Barat", WIT),
    Province("PD", "Papua Barat Daya", WIT),
    Province("PS", "Papua Selatan", WIT),
    Province("PT", "Papua Tengah", WIT),
    Province("PE", "Papua Pegunungan", WIT),
)
"""From west to east, as a select box lists them."""

_BY_CODE = {province.code: province for province in PROVINCES}

_ALSO = {
    "AC": "nad; nanggroe aceh darussalam; di aceh; daerah istimewa aceh; atjeh",
    "SU": "sumut; north sumatera",
    "SB": "sumbar; west sumatera; minangkabau",
    "KR": "kepri; riau kepulauan; riau islands",
    "SS": "sumsel; south sumatera",
    "BB": "babel; bangka belitung; bangka belitung islands; kep babel",
    "JK": "dki; jakarta; dk jakarta; dkj; daerah khusus jakarta; daerah khusus ibukota jakarta; jakarta raya;"
    "jakarta pusat; jakarta utara; jakarta barat; jakarta selatan; jakarta timur; jakpus; jakut; jakbar;"
    "jaksel; jaktim; kepulauan seribu; special capital region of jakarta",
    "JB": "jabar; west java",
    "JT": "jateng; central java",
    "YO": "diy; yogyakarta; yogya; jogja; jogjakarta; di jogjakarta; daerah istimewa yogyakarta;"
    "special region of yogyakarta",
    "JI": "jatim; east java",
    "KB": "kalbar; west kalimantan",
    "KT": "kalteng; central kalimantan",
    "KS": "kalsel; south kalimantan",
    "KI": "kaltim; east kalimantan",
    "KU": "kaltara; kalut; north kalimantan",
    "NB": "ntb; west nusa tenggara",
    "NT": "ntt; east nusa tenggara",
    "SA": "sulut; north sulawesi",
    "ST": "sulteng; central sulawesi",
    "SR": "sulbar; west sulawesi",
    "SN": "sulsel; south sulawesi",
    "SG": "sultra; south east sulawesi; southeast sulawesi",
    "MU": "malut; north maluku; north moluccas",
    "MA": "moluccas",
    "PA": "irian jaya; irja",
    "PB": "pabar; papbar; west papua; irian jaya barat; irjabar",
    "PD": "pbd; papua bd; southwest papua; south west papua",
    "PS": "papsel; south papua",
    "PT": "papteng; central papua",
    "PE": "papeg; pegunungan papua; highland papua; papua highlands",
}

_SHORT_WORDS = {
    "sumatra": "sumatera", "sum": "sumatera", "smtr": "sumatera", "kal": "kalimantan", "klmtn": "kalimantan",
    "borneo": "kalimantan", "sul": "sulawesi", "sulwesi": "sulawesi", "celebes": "sulawesi", "jw": "jawa",
    "kep": "kepulauan", "kepri": "kepri", "prop": "provinsi", "prov": "provinsi", "propinsi": "provinsi",
    "brt": "barat", "bar": "barat", "bart": "barat", "tim": "timur", "tmr": "timur", "tmur": "timur",
    "teng": "tengah", "tgh": "tengah", "tngh": "tengah", "sel": "selatan", "slt": "selatan", "sltn": "selatan",
    "ut": "utara", "utr": "utara", "tenggra": "tenggara", "pegng": "pegunungan", "nusatenggara": "nusa tenggara",
}  # fmt: skip
_NOT_PART_OF_A_NAME = {"provinsi", "province", "indonesia"}


def by_code(code: str) -> Province | None:
    """The province with this code (`SB`), None if there is none."""
    return _BY_CODE.get(code)


def find(text: str) -> Province | None:
    """The province a cell names, also at the end of an address ("Padang, Sumbar").

    None rather than a guess: the institution's own zone is then used and the row says so.
    """
    for part in [text, *reversed(text.split(","))]:
        if province := _spellings().get(_key(part)):
            return province
    return None


@cache
def _spellings() -> dict[str, Province]:
    """Every known spelling, in the form `_key` gives it."""
    known = {_key(province.name): province for province in PROVINCES}
    for code, others in _ALSO.items():
        known |= {_key(other): _BY_CODE[code] for other in others.split(";")}
    return known


def _key(text: str) -> str:
    """One form for all spellings: small letters, full words, no dots, blanks or "Provinsi"."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = re.findall(r"[^\W\d_]+", re.sub(r"\b(\w)\.\s?(?=\w\b)", r"\1", plain))
    full = (_SHORT_WORDS.get(word, word) for word in words)
    return "".join(word for word in full if word not in _NOT_PART_OF_A_NAME)
