"""Access of every route for every role: declared as data, and knocked on (design 2.9, 2.11)."""

import pytest

from companion.web.access import Who
from tests.whole import routes

PUBLIC = {
    "static", "home.index", "help.page", "help.tonight", "help.ten_minutes", "auth.form", "auth.enter_staff",
    "auth.leave", "auth.work_link", "checkin.page", "checkin.take", "checkin.stop", "checkin.stop_now",
    "checkin.readers", "family.pin", "family.enter", "health.health",
}  # fmt: skip
SIGNED = {"carrier.status"}
WHO = {
    "owner": Who.CASEWORKER, "colleague": Who.CASEWORKER, "stranger": Who.CASEWORKER,
    "supervisor": Who.SUPERVISOR, "family": Who.FAMILY,
}  # fmt: skip
OWN_ONLY = {"importing"}
"""Doors where even the supervisor has no business in somebody else's: an uploaded sheet is its uploader's."""


def knock(client, app, rule, method, here):
    return client.open(routes.url(app, rule, here), method=method)


def test_every_view_says_who_may_use_it(whole):
    app, _here = whole
    silent = [name for name, view in app.view_functions.items() if not getattr(view, "open_to", None)]
    assert not silent, f"add @open_to(...) to: {', '.join(silent)}"


def test_the_list_of_public_pages_is_short_and_deliberate(whole):
    app, _here = whole
    public = {name for name, view in app.view_functions.items() if Who.ANYONE in view.open_to}
    assert public <= PUBLIC, f"open to the world without having been listed: {sorted(public - PUBLIC)}"
    assert {name for name, view in app.view_functions.items() if Who.CARRIER in view.open_to} == SIGNED


def test_the_demo_bar_does_not_exist_without_a_demonstration(clients):
    assert clients["owner"].post("/demo/waktu", data={"by": "day"}).status_code == 404


def closed_doors(app):
    for rule, method in routes.rules(app):
        open_to = app.view_functions[rule.endpoint].open_to
        if not open_to & {Who.ANYONE, Who.CARRIER, Who.DEMO}:
            yield rule, method, open_to


@pytest.mark.parametrize("role", WHO)
def test_the_wrong_role_is_turned_away(whole, clients, role):
    app, here = whole
    for rule, method, open_to in closed_doors(app):
        if WHO[role] not in open_to:
            status = knock(clients[role], app, rule, method, here).status_code
            assert status == 403, f"{role} at {method} {rule.rule}: {status}"


def test_whoever_is_not_signed_in_is_asked_to(whole, clients):
    app, here = whole
    for rule, method, _open_to in closed_doors(app):
        answer = knock(clients["nobody"], app, rule, method, here)
        assert answer.status_code in (302, 303), f"{method} {rule.rule}: {answer.status_code}"
        assert "/masuk" in answer.location or "/f/" in answer.location


@pytest.mark.parametrize("role", ["colleague", "stranger"])
def test_somebody_elses_graduate_does_not_exist(whole, clients, role):
    app, here = whole
    for rule, method, open_to in closed_doors(app):
        if routes.belongs_to_somebody(rule) and WHO[role] in open_to:
            status = knock(clients[role], app, rule, method, here).status_code
            assert status == 404, f"{role} at {method} {rule.rule}: {status}"


@pytest.mark.parametrize("role", ["owner", "supervisor"])
def test_the_right_person_gets_in(whole, clients, role):
    app, here = whole
    for rule, method, open_to in closed_doors(app):
        mine = role == "owner" or rule.endpoint.split(".")[0] not in OWN_ONLY
        if method == "GET" and WHO[role] in open_to and mine:
            status = knock(clients[role], app, rule, method, here).status_code
            assert status in (200, 302, 303), f"{role} at {method} {rule.rule}: {status}"


def test_the_family_reads_and_sees_nothing_of_the_graduate(whole, clients):
    app, here = whole
    for rule, method, open_to in closed_doors(app):
        if Who.FAMILY in open_to and method == "GET":
            answer = knock(clients["family"], app, rule, method, here)
            assert answer.status_code == 200
            assert "Budi" not in answer.text


@pytest.mark.parametrize(("ref", "week"), [("tidak-ada", 99), ("tidak\0ada", 10**30)], ids=["unknown", "odd"])
def test_no_door_answers_a_broken_knock_with_our_own_fault(whole, clients, ref, week):
    """Empty forms, unknown refs, odd methods: 2xx to 4xx with a page, never a 500."""
    app, here = whole
    for rule, method in routes.rules(app):
        if rule.endpoint in {"auth.leave", "family_invite.end"}:
            continue  # an empty form there is a right one
        for role in ("nobody", "owner", "supervisor"):
            unknown = {name: week if name == "week" else ref for name in rule.arguments}
            address = routes.url(app, rule, here, **unknown)
            status = clients[role].open(address, method=method).status_code
            assert 200 <= status < 500 or rule.endpoint == "health.health", (
                f"{role} {method} {address}: {status}"
            )


def test_a_post_without_its_token_is_refused(whole, clients):
    app, here = whole
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        for rule, method, open_to in closed_doors(app):
            if method == "POST" and Who.CASEWORKER in open_to:
                status = knock(clients["owner"], app, rule, method, here).status_code
                assert status == 400, f"{method} {rule.rule}: {status}"
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
