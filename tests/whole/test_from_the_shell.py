"""The main job through the doors that other people's scripts use, and a carrier that is not ours (design 6)."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from tests.whole.stand_in import StandIn

ROOT = Path(__file__).resolve().parents[2]
ANSWERS, LATE, SILENT, REFUSED, STOPPED = (f"+62813000000{n:02d}" for n in range(1, 6))
SHEET = """Nama,No HP,Tanggal keluar,Tanggal lahir,Provinsi,Setuju
Ani Contoh,{},2026-11-21,1990-01-01,DKI Jakarta,ya
Beni Contoh,{},2026-11-21,1990-01-02,DKI Jakarta,ya
Cici Contoh,{},2026-11-21,1990-01-03,DKI Jakarta,ya
Doni Contoh,{},2026-11-21,1990-01-04,DKI Jakarta,ya
"""


@pytest.fixture
def carrier():
    stand_in = StandIn(refused=[REFUSED])
    yield stand_in
    stand_in.stop()


class Shell:
    """One installation, used only by its commands and its pages."""

    def __init__(self, folder, carrier):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder = folder
        self.env = {
            "PATH": os.environ["PATH"], "DEMO": "1", "DATABASE_URL": f"sqlite:///{folder}/var/companion.db",
            "TWILIO_ACCOUNT_SID": "AC" + "1" * 32, "TWILIO_AUTH_TOKEN": "only a stand-in", "TWILIO_SENDER": "Sahabat",
            "TWILIO_API_URL": carrier.url, "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
        }  # fmt: skip
        for line in self("make-keys").splitlines():
            name, value = line.split("=", 1)
            self.env[name] = value

    def command(self, *words):
        return [sys.executable, "-m", "flask", "--app", "app", *words]

    def __call__(self, *words, status=0):
        done = subprocess.run(
            self.command(*words),
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == status, (words, done.stdout, done.stderr)
        return done.stdout

    def until(self, at):
        """Let the clock stand at `at` and live through the time since the last tick."""
        self("clock", "set", at)
        report = json.loads(self("tick", "--walk"))
        time.sleep(1.1)  # the pages look at the clock once a second
        return report

    def export(self, kind, *words):
        return [json.loads(line) for line in self("export", kind, *words).splitlines()]


@pytest.fixture
def shell(tmp_path, carrier):
    made = Shell(tmp_path, carrier)
    made("migrate")
    server = subprocess.Popen(made.command("serve", "--port", str(made.port)), cwd=ROOT, env=made.env)
    for _ in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{made.port}/bantuan", timeout=1).close()
            break
        except OSError:
            time.sleep(0.2)
    yield made
    server.terminate()
    server.wait(timeout=10)


def post(url, **fields):
    with urllib.request.urlopen(url, urllib.parse.urlencode(fields).encode(), timeout=10) as answer:
        return answer.status, answer.read().decode()


def test_every_end_is_where_it_belongs(shell, carrier, tmp_path):
    sheet, report = tmp_path / "klien.csv", tmp_path / "laporan.csv"
    sheet.write_text(SHEET.format(ANSWERS, LATE, SILENT, REFUSED), encoding="utf-8")
    other = tmp_path / "lain.csv"
    other.write_text(
        "Nama,HP,Tgl keluar,Setuju\nEka Contoh," + STOPPED + ",2026-11-21,ya\n", encoding="utf-8"
    )
    for code in ("x", "y"):
        shell(
            "create-institution",
            code,
            "--name",
            f"Balai {code}",
            "--province",
            "DKI Jakarta",
            "--phones",
            "own",
        )
        shell("create-staff", f"sari-{code}", "--institution", code, "--name", "Sari", "--role", "caseworker")
    shell("clock", "set", "2026-11-23T09:00:00+07:00")
    given = ("--today", "2026-11-23", "--consent-ref", "map biru")
    shell(
        "import-clients",
        str(sheet),
        "--institution",
        "x",
        "--caseworker",
        "sari-x",
        *given,
        "--report",
        str(report),
    )
    shell("import-clients", str(other), "--institution", "y", "--caseworker", "sari-y", *given)
    assert report.read_text().splitlines()[0] == "row,verdict,why,e164,zone,left_on,ref"
    shell("tick", "--walk")
    shell("stop", "y", "--reason", "banjir", "--until", "2026-11-25T12:00:00+07:00")

    first = shell.until("2026-11-23T12:00:00+07:00")
    assert (first["opened"], first["sent"], first["refused"], first["unreached"]) == (5, 3, 1, 1)
    link = carrier.links(ANSWERS)[0]
    assert post(link, mood=4, urge=1, confidence=8)[0] == 200
    assert "sudah kami terima" in post(link, mood=1)[1], "a second submit changes nothing"
    shell.until("2026-11-25T13:00:00+07:00")
    assert post(carrier.links(LATE)[0], here=1)[0] == 200

    refs = {row["e164"]: row["ref"] for row in shell.export("people", "--identify")}
    due = [row for row in reversed(shell.export("slots")) if row["state"] not in ("planned", "open")]
    ends = {row["person_ref"]: (row["state"], row["reason"]) for row in due}
    first_ends = {number: ends[refs[number]] for number in (ANSWERS, LATE, SILENT, REFUSED, STOPPED)}
    assert first_ends == {
        ANSWERS: ("answered", None), LATE: ("answered_late", None), SILENT: ("missed", None),
        REFUSED: ("unreached", None), STOPPED: ("void", "stop"),
    }  # fmt: skip
    lists = {(row["person_ref"], row["list"]) for row in shell.export("alerts")}
    assert {(refs[SILENT], "silence"), (refs[REFUSED], "undelivered"), (refs[STOPPED], "system")} <= lists
    assert not any(ref == refs[ANSWERS] for ref, _list in lists)
    answers = {row["person_ref"]: row for row in shell.export("answers")}
    assert (answers[refs[ANSWERS]]["urge"], answers[refs[ANSWERS]]["proven"]) == (1, True)
    assert not carrier.links(STOPPED), "nothing leaves while the institution is stopped"
    assert len(carrier.links(ANSWERS)) == 1, "nobody is reminded who has answered"


def test_a_pretended_time_is_refused_where_people_could_be_texted_by_it(shell):
    shell.env["DEMO"] = "0"
    shell("tick", "--at", "2026-12-01T00:00:00Z", status=2)
    shell("clock", "set", "2026-12-01T00:00:00Z", status=2)
    shell.env |= {"DEMO": "1", "TWILIO_API_URL": "https://api.twilio.com"}
    shell("tick", "--walk", status=2)
