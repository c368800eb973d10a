"""Every page in both languages: valid, one h1, a label for every field, nothing inline, no name in address or title."""

import re
from html.parser import HTMLParser

import html5lib
import pytest

from companion.web.access import Who
from tests.whole import routes

VIEWER = {Who.FAMILY: "family", Who.CASEWORKER: "owner", Who.SUPERVISOR: "supervisor", Who.ANYONE: "nobody"}
NOT_PAGES = {"static", "health.health", "importing.report"}
NAMES = ("Budi", "Santoso", "Wati", "Ibu Contoh", "Sari", "Dewi", "Ratna", "Melati", "Bayu")
GRADUATE_DOORS = ("home.", "checkin.", "help.", "family.", "auth.form")
BETRAYING = re.compile(
    r"narkoba|rehab|bnn|napza|konselor|pendamping|kambuh|pecandu|relapse|drug", re.IGNORECASE
)


class Elements(HTMLParser):
    """What a test wants to know of a page."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def all(self, tag):
        return [attrs for name, attrs in self.found if name == tag]


def pages(app):
    for rule, method in routes.rules(app):
        if method == "GET" and rule.endpoint not in NOT_PAGES:
            yield rule


def viewers(app, rule):
    """One signed-in person of each kind that may see it."""
    open_to = app.view_functions[rule.endpoint].open_to
    return [role for who, role in VIEWER.items() if who in open_to]


@pytest.fixture(scope="module", params=["id", "en"])
def fetched(request, whole, clients):
    """(rule, role, address, text) of every page that shows something."""
    app, here = whole
    found = []
    for rule in pages(app):
        for role in viewers(app, rule):
            address = routes.url(app, rule, here)
            answer = clients[role].get(address, query_string={"bahasa": request.param})
            if answer.status_code == 200:
                found.append((rule, role, address, answer, request.param))
    for address in ("/tidak-ada", "/c/tidakada12345", "/f/tidakada12345"):
        answer = clients["nobody"].get(address, query_string={"bahasa": request.param})
        found.append((None, "nobody", address, answer, request.param))
    return found


def test_every_page_is_valid_html(fetched):
    for _rule, role, address, answer, _language in fetched:
        parser = html5lib.HTMLParser(strict=False)
        parser.parse(answer.text)
        faults = [(place, code) for place, code, _values in parser.errors]
        assert not faults, f"{address} as {role}: {faults[:3]}"


def test_every_page_has_one_h1_a_title_and_its_language(fetched):
    for _rule, role, address, answer, language in fetched:
        elements = Elements(answer.text)
        assert len(elements.all("h1")) == 1, f"{address} as {role}"
        assert elements.all("html")[0].get("lang") == language, address
        assert re.search(r"<title>[^<]+</title>", answer.text), address


def test_every_field_has_a_label(fetched):
    for _rule, role, address, answer, _language in fetched:
        elements = Elements(answer.text)
        labelled = {attrs.get("for") for attrs in elements.all("label")}
        for tag in ("input", "select", "textarea"):
            for attrs in elements.all(tag):
                if attrs.get("type") in ("hidden", "submit"):
                    continue
                inside = re.search(
                    rf"<label[^>]*>(?:(?!</label>).)*name=\"{re.escape(attrs.get('name', ''))}\"",
                    answer.text,
                    re.DOTALL,
                )
                named = attrs.get("id") in labelled or attrs.get("aria-label") or inside
                assert named, f"{address} as {role}: {attrs.get('name')} has no label"


def test_nothing_runs_or_is_styled_inline(fetched):
    for _rule, role, address, answer, _language in fetched:
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe-inline" not in policy and "default-src 'none'" in policy
        for tag, attrs in Elements(answer.text).found:
            bad = [name for name in attrs if name == "style" or name.startswith("on")]
            assert not bad, f"{address} as {role}: <{tag} {bad}>"
            assert tag != "style" and not (tag == "script" and "src" not in attrs), address
            assert not (attrs.get("href") or "").startswith("javascript:"), address


def test_nothing_personal_is_cached(fetched):
    for _rule, _role, address, answer, _language in fetched:
        assert answer.headers["Cache-Control"] == "no-store", address


def test_no_name_stands_in_an_address_or_title(fetched):
    for _rule, _role, address, answer, _language in fetched:
        title = re.search(r"<title>([^<]*)</title>", answer.text)[1]
        for name in NAMES:
            assert name not in title and name not in address, f"{address}: {title}"


def test_what_a_bystander_may_see_betrays_nothing(fetched):
    """Titles of graduates' and families' pages, and the shared-phone form, carry no word that tells."""
    for rule, _role, address, answer, _language in fetched:
        if rule is None or rule.endpoint.startswith(GRADUATE_DOORS):
            title = re.search(r"<title>([^<]*)</title>", answer.text)[1]
            assert not BETRAYING.search(title), f"{address}: {title}"


def test_help_is_one_tap_away_for_graduates_and_families(fetched):
    for rule, _role, address, answer, _language in fetched:
        if rule is not None and rule.endpoint.startswith(("checkin.", "family.", "home.")):
            assert "/bantuan" in answer.text, address


def test_every_button_says_what_it_does(fetched):
    for _rule, _role, address, answer, _language in fetched:
        for attrs, words in re.findall(r"<button([^>]*)>(.*?)</button>", answer.text, re.DOTALL):
            said = re.sub(r"<[^>]*>", "", words).strip() or "aria-label" in attrs
            assert said, f"{address}: an empty button"
