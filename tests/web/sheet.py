"""What tests of the import share: a small sheet and a long one, uploaded and stored as by a browser."""

import io
import threading

from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from companion.models import ImportDraft, Person
from tests.web.office import post, rows, token_in

HEADER = "Nama;No HP;Tanggal keluar;Setuju dihubungi;Keluarga;HP Keluarga;Setuju keluarga dilibatkan"
SMALL = f"""{HEADER}
Nur'aini O'Brien;0813 5550 0001;20-11-2026;Ya;Rina;0813 5550 0009;Ya
Joko Susilo;0813 5550 0002;20-11-2026;Ya;;;
Tanpa Izin;0813 5550 0003;20-11-2026;belum;;;
Joko Susilo;0813 5550 0002;20-11-2026;Ya;;;
"""
STORE = {"consent": "have", "consent_ref": "map biru"}


def settle():
    """Wait for the storing in the background."""
    for thread in threading.enumerate():
        if thread.name.startswith("import-"):
            thread.join(30)


def upload(client, content, name="daftar.csv"):
    content = content.encode() if isinstance(content, str) else content
    fields = {
        "csrf_token": token_in(client.get("/impor").text),
        "file": FileStorage(io.BytesIO(content), name),
    }
    boundary, body = encode_multipart(fields)  # by hand: the test client leaves its temporary file open
    return client.post("/impor", data=body, content_type=f'multipart/form-data; boundary="{boundary}"')


def many(n, first=0):
    return "\n".join(
        [HEADER, *(f"Orang Nomor {i:03};0813 5560 {i:04};20-11-2026;Ya;;;" for i in range(first, first + n))]
    )


def store(client, path, **fields):
    answer = post(client, f"{path}/simpan", page=path, **(STORE | fields))
    settle()
    return answer


def enrolled(app):
    return rows(app, select(func.count()).select_from(Person))[0]


def draft(app) -> ImportDraft:
    return rows(app, select(ImportDraft).order_by(ImportDraft.id.desc()))[0]
