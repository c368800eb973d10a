"""The made-up people of the demonstration: name, province, days since leaving, whose phone, habit."""

PEOPLE = """
Ahmad Fauzi|Jakarta|24|own|steady
Nur'aini Lestari|Jawa Barat|19|own|steady
Bayu Saputra|Jakarta|23|own|worsening
Melati Wulandari|Banten|9|shared|fading
Yosef Rumbiak|Papua|61|own|dead
Dedi Kurniawan|Jawa Barat|3|own|honest
Siti Rahmawati|Jakarta|40|shared|brief
Rizky Pratama|Jawa Tengah|12|own|silent
Komang Adi|Bali|30|own|steady
Maria Tabuni|Papua|17|own|steady
Agus Salim|Sumatera Barat|55|own|steady
Dewi Anggraini|Jakarta|6|shared|brief
Fajar Nugroho|Jawa Timur|70|own|steady
Indah Permata|Jakarta|28|own|talker
Hendra Gunawan|Kalimantan Timur|14|own|steady
Lukman Hakim|Sulawesi Selatan|46|own|fading
Putri Ayu|Jakarta|11|own|steady
Teguh Wibowo|Jawa Tengah|85|own|steady
Yulianti Sari|Banten|21|shared|brief
Wahyu Hidayat|Jakarta|4|own|steady
Oktavianus Manu|Nusa Tenggara Timur|33|own|steady
Ratih Kusuma|Jakarta|50|own|late
Eko Prasetyo|Jawa Timur|8|own|steady
Gilang Ramadhan|Jawa Barat|16|own|worsening
Citra Maharani|Jakarta|64|own|steady
Samsul Bahri|Sumatera Utara|26|own|steady
Ujang Suryana|Jawa Barat|38|shared|silent
Lestari Dewanti|DI Yogyakarta|13|own|steady
Made Sukarta|Bali|92|own|steady
Arif Budiman|Jakarta|2|own|steady
Novita Hutapea|Sumatera Utara|58|own|late
Iwan Setiadi|Jawa Barat|10|own|steady
Kartika Puspita|Jakarta|35|own|steady
Rahmat Hidayat|Kalimantan Selatan|20|own|steady
Sulastri Ningsih|Jawa Timur|44|shared|brief
Taufik Ismail|Sumatera Barat|7|own|steady
Vera Simatupang|Jakarta|78|own|steady
Wawan Hermawan|Jawa Barat|15|own|talker
Zainal Abidin|Jakarta|29|own|leaver
Dian Pertiwi|Lampung|5|own|steady
"""
REPLY_CHANCE = {
    "steady": 0.94, "brief": 0.85, "talker": 0.9, "worsening": 0.95, "honest": 0.95, "late": 0.95, "fading": 0.5,
    "silent": 0.1, "dead": 0.0, "leaver": 0.6,
}  # fmt: skip
DEAD_NUMBER = "+6281234560004"  # Yosef's, the fifth line
HOUSEHOLDS = (("Ahmad Fauzi", "Bu Aminah", "Ibu"), ("Nur'aini Lestari", "Pak Darto", "Ayah"))

PROPOSAL = {
    "id": "{pengirim}: {sapaan}, isi kabar masih bisa dibuka sampai {hari}. Satu ketukan saja cukup: {tautan}",
    "en": "{pengirim}: {sapaan}, your update stays open until {hari}. One tap is enough: {tautan}",
}
"""Own words for a text that one supervisor has proposed and the other has yet to read."""
