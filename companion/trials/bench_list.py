"""How fast the work list and the search are in a large institution (design 7)."""

from flask.testing import FlaskClient

from companion.clock import Clock
from companion.trials.bench_pages import PASSWORD, office
from companion.trials.bench_rows import Options, figure, most, p95
from companion.trials.stopwatch import thread_seconds

PAGES = {
    "staff list, whole institution": ("boss-melati", "/kasus?lingkup=lembaga&halaman={n}", 50),
    "staff list, own people": ("melati-0", "/kasus", 50),
    "name search, whole institution": ("boss-melati", "/kasus/orang?lingkup=lembaga&cari={word}", 150),
}
WORDS = ("hana", "prabowo", "eko", "galih kus", "nainggolan", "12")


def rows(options: Options) -> list[dict]:
    """The time the server needs for a page, 95 of a hundred; the network and the browser are not in it."""
    with office(options.enrolled) as place:
        return [row for name, how in PAGES.items() for row in _measured(place.app, options, name, *how)]


def _measured(app, options: Options, name: str, login: str, path: str, limit: float) -> list[dict]:
    client = _signed_in(app.test_client(), login)
    times, used = [], []
    for n in range(options.pages + 5):
        asked = path.format(n=n % 5 + 1, word=WORDS[n % len(WORDS)])
        began, before = Clock.stopwatch(), thread_seconds()
        status = client.get(asked, follow_redirects=True).status_code
        times.append((Clock.stopwatch() - began) * 1000)
        used.append((thread_seconds() - before) * 1000)
        if status != 200:
            raise RuntimeError(f"{asked} answered {status}")
    name = f"{name}, {options.enrolled} graduates, p95"
    return [most(name, p95(times[5:]), "ms", limit), figure(f"{name} of processor", p95(used[5:]), "ms")]


def _signed_in(client: FlaskClient, login: str) -> FlaskClient:
    secret = client.get("/masuk").text.split('name="csrf_token" value="')[1].split('"')[0]
    done = client.post("/masuk", data={"login": login, "password": PASSWORD, "csrf_token": secret})
    if done.status_code != 303:
        raise RuntimeError("not let in")
    return client
