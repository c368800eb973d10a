"""What a column says, told from its label. Offices word labels freely, so each is read for its topics."""

import re
import unicodedata
from enum import StrEnum


class Meaning(StrEnum):
    """What a column of a sheet of graduates can say."""

    NAME = "name"
    CALLED = "called"
    SEX = "sex"
    BORN = "born"
    PHONE = "phone"
    SECOND_PHONE = "second_phone"
    PHONE_KIND = "phone_kind"
    PROVINCE = "province"
    LEFT_ON = "left_on"
    FAMILY_NAME = "family_name"
    RELATION = "relation"
    FAMILY_PHONE = "family_phone"
    CONSENT = "consent"
    FAMILY_CONSENT = "family_consent"
    HOUR = "hour"
    OPIOID = "opioid"


_TOPICS = {
    "name": r"nama|name|fullname|namalengkap",
    "client": r"klien|client|residen|resident|pasien|patient|penerima manfaat|pm|peserta|warga binaan|wbs",
    "called": r"panggilan|sapaan|disapa|dipanggil|nick ?name|called|alias|preferred name",
    "guardian": r"wali|orang ?tua|ortu|guardians?|parents?|penanggung ?jawab|penjamin|pj|caregiver",
    "household": r"keluarga|kerabat|family|kin|relatives?|darurat|emergency",
    "kin": r"ibu|ayah|bapak|suami|istri|isteri|mother|father|spouse|husband|wife|pasangan",
    "relation": r"hubungan|hub|relation|relationship|kekerabatan",
    "mobile": r"hp|nohp|handphone|hand phone|wa|nowa|whats ?app|ponsel|selul[ae]r|selular|mobile|cell|"
    r"cell ?phone|cellular|gsm",
    "phone": r"tel|telp|tlp|telepon|telpon|tilpon|telephone|phone|kontak|contact",
    "callable": r"dihubungi|aktif|active|reachable",
    "second": r"2|ii|kedua|lain|lainnya|alternati[fv]e?|alternate|cadangan|second|secondary|other",
    "own": r"sendiri|pribadi|own|personal",
    "owned": r"milik|kepemilikan|pemilik|ownership|owner|dipakai|shared|bersama",
    "kind": r"jenis|status|kind|type|kategori|category",
    "province": r"provinsi|propinsi|prov|prop|province",
    "address": r"domisili|wilayah|alamat|address|daerah|region",
    "yes": r"setuju|persetujuan|menyetujui|bersedia|kesediaan|izin|ijin|boleh|consents?|consented|agree[sd]?|"
    r"agreement|permission",
    "involved": r"dilibatkan|melibatkan|terlibat|involved?|involvement",
    "day": r"tgl|tanggal|tg|date|hari|on|kapan|when",
    "birth": r"lahir|birth|ttl|dob|birthda(?:te|y)|tgllahir|born",
    "birthday": r"ttl|dob|birthda(?:te|y)|tgllahir|born",
    "end": r"selesai|keluar|pulang|kepulangan|left|leaving|leave|exit|lulus|kelulusan|terminasi|bebas|tamat|"
    r"berakhir|akhir|discharged?|completed|completion|finish(?:ed)?|graduat(?:ed|ion)|released?|end",
    "discharge": r"discharged?|tglkeluar|tglselesai",
    "start": r"masuk|entry|admission|admitted|mulai|start",
    "hour": r"jam|pukul|hours?",
    "time": r"waktu|time",
    "liked": r"pilihan|aman|terbaik|nyaman|kabar|menghubungi|preferred|best|safe|call",
    "sex": r"jk|j k|jenis kelamin|kelamin|l p|p l|lp|sex|gender|m f|f m",
    "opioid": r"opioids?|opioida|opiat|opiates?",
    "number": r"nomor|nomer|no|number",
    "paper": r"surat|bukti|berkas|file|ref|referensi|reference|sertifikat|certificate|letter",
    "detail": r"alasan|reason|cara|kondisi|tempat|place|ket|keterangan|catatan|note|notes|jumlah|lama|asal",
    "identity": r"nik|ktp|kk|kartu|induk|id|kode|code|email|surel|umur|usia|age|agama|pekerjaan|occupation",
    "home": r"rumah|home|kantor|office|fax",
    "staff": r"konselor|petugas|peksos|pekerja|pendamping|counsell?or|staff|caseworker|officer|manajer|manager|agen",
    "other": r"lembaga|institusi|instansi|ipwl|balai|yayasan|institution|program|programme|layanan|zat|obat|narkoba|"
    r"substance|kota|kab|kabupaten|desa|kelurahan|kecamatan|jalan|bank|sekolah|school|user|kandung|unit",
}  # fmt: skip
_PATTERNS = {topic: re.compile(rf"\b(?:{words})\b") for topic, words in _TOPICS.items()}

_RULES = tuple(
    (meaning, weight, frozenset(needs.split()), frozenset(without.split()))
    for meaning, weight, needs, without in (
        (Meaning.PROVINCE, 3, "province", "birth other staff guardian household kin"),
        (Meaning.FAMILY_CONSENT, 3, "yes household", "day number paper guardian mobile"),
        (Meaning.FAMILY_CONSENT, 3, "involved household", "day number paper"),
        (Meaning.HOUR, 3, "hour", "start birth end household guardian kin"),
        (Meaning.HOUR, 2, "time callable", "household guardian kin"),
        (Meaning.HOUR, 2, "time liked", "household guardian kin"),
        (Meaning.PHONE_KIND, 3, "mobile kind", "household guardian kin"),
        (Meaning.PHONE_KIND, 3, "phone kind", "household guardian kin"),
        (Meaning.PHONE_KIND, 2, "mobile owned", "household guardian kin number"),
        (Meaning.PHONE_KIND, 2, "phone owned", "household guardian kin number"),
        *(
            (Meaning.FAMILY_PHONE, 3, f"{phone} {who}", "yes own staff identity name")
            for who in ("household", "guardian", "kin")
            for phone in ("mobile", "phone", "number callable")
        ),
        (Meaning.FAMILY_PHONE, 2, "number household", "identity paper name relation"),
        (Meaning.CONSENT, 3, "yes", "day number paper household guardian"),
        (Meaning.CONSENT, 1, "yes", "day mobile phone callable household guardian"),
        (Meaning.SECOND_PHONE, 3, "mobile second", "staff"),
        (Meaning.SECOND_PHONE, 3, "phone second", "staff"),
        (Meaning.PHONE, 3, "mobile", "staff home other name"),
        (Meaning.PHONE, 2, "number callable", "staff home other name identity"),
        (Meaning.PHONE, 1, "phone", "staff home other name"),
        (Meaning.RELATION, 3, "relation", "number day paper"),
        (Meaning.CALLED, 3, "called", "household guardian kin"),
        (Meaning.BORN, 3, "day birth", "household guardian kin"),
        (Meaning.BORN, 3, "birthday", "household guardian kin"),
        (Meaning.BORN, 1, "birth", "household guardian kin detail"),
        (Meaning.LEFT_ON, 3, "day end", "start paper detail kind"),
        (Meaning.LEFT_ON, 2, "discharge", "detail kind paper"),
        (Meaning.LEFT_ON, 1, "end", "start paper detail kind number client name"),
        (Meaning.SEX, 3, "sex", "household guardian kin"),
        (Meaning.OPIOID, 3, "opioid", "detail day"),
        (Meaning.FAMILY_NAME, 3, "name household", "identity address staff other"),
        (Meaning.FAMILY_NAME, 3, "name guardian", "identity address staff other"),
        (Meaning.FAMILY_NAME, 2, "name kin", "identity address staff other"),
        (Meaning.FAMILY_NAME, 1, "household", "identity address staff other kind detail"),
        (Meaning.FAMILY_NAME, 1, "guardian", "identity address staff other kind detail yes"),
        (Meaning.NAME, 3, "name client", "household guardian kin staff identity"),
        (Meaning.NAME, 3, "name", "household guardian kin staff identity address other"),
        (
            Meaning.NAME,
            1,
            "client",
            "household guardian kin staff identity address other kind detail end number",
        ),
        (Meaning.PROVINCE, 1, "address", "household guardian kin staff identity other"),
    )
)
"""The first that fits counts: meaning, weight, topics that must be there, topics that must not."""


def meaning_of(label: str) -> tuple[Meaning, int] | None:
    """What a label means and how surely (1 to 3); None for columns we do not use, such as notes."""
    plain = unicodedata.normalize("NFKC", label).casefold()
    words = " ".join(re.findall(r"[^\W_]+", plain))
    topics = {topic for topic, pattern in _PATTERNS.items() if pattern.search(words)}
    for meaning, weight, needs, without in _RULES:
        if needs <= topics and not without & topics:
            return meaning, weight
    return None
