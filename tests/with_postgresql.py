"""Run a command beside a throw-away PostgreSQL server on a Unix socket, as an ordinary user.

`python tests/with_postgresql.py -- pytest ...` sets TEST_POSTGRESQL_URL for the command. Where no server is
installed the command runs without it; the tests then name what they skip, or fail with CI=true.
"""

import glob
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PLACES = ["/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin"]


def find_server() -> Path | None:
    """The newest installation's folder of programs, or the one on the PATH."""
    for pattern in PLACES:
        for place in sorted(glob.glob(pattern), reverse=True):
            if (Path(place) / "initdb").exists():
                return Path(place)
    found = shutil.which("initdb")
    return Path(found).parent if found else None


def ordinary() -> list[str]:
    """PostgreSQL refuses to run as root: then as the user its package made, or as nobody."""
    if os.geteuid() != 0:
        return []
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return ["runuser", "-u", name, "--"]
    sys.exit("PostgreSQL cannot run as root and there is no ordinary user to run it as.")


def main(command: list[str]) -> int:
    programs = find_server()
    if os.environ.get("TEST_POSTGRESQL_URL") or programs is None:
        return subprocess.call(command)
    folder = Path(tempfile.mkdtemp(prefix="companion-pg-"))
    folder.chmod(0o777)
    data, user = folder / "data", ordinary()
    quiet = {"stdout": subprocess.DEVNULL, "cwd": folder}
    subprocess.run(
        [*user, programs / "initdb", "-D", data, "-U", "companion", "-A", "trust", "--no-sync"],
        check=True,
        **quiet,
    )
    options = f"-k {folder} -c listen_addresses='' -c max_connections=200 -c fsync=off"
    control = [*user, programs / "pg_ctl", "-D", data, "-w"]
    subprocess.run([*control, "-l", folder / "log", "-o", options, "start"], check=True, **quiet)
    try:
        url = f"postgresql://companion@/postgres?host={folder}"
        return subprocess.call(command, env=os.environ | {"TEST_POSTGRESQL_URL": url})
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, **quiet)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[sys.argv.index("--") + 1 :]))
