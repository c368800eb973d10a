"""The other language of a half-filled form: what was chosen is kept, and nothing is taken."""

import pytest

from companion.models import Alert, Answer
from companion.rules.states import Family
from tests.web.guests import everything, fields, rows, tree


def switch(page):
    """The button that shows the form in the other language: where it leads, and what it sends."""
    (form,) = page.findall(".//main//form")
    (button,) = [one for one in page.findall(".//header//button") if one.get("name")]
    assert button.get("form") == form.get("id")
    assert page.findall(".//header//a[@hreflang]") == []
    return button.get("formaction"), {button.get("name"): button.get("value")}


def ticked(page) -> set:
    return {
        (one.get("name"), one.get("value"))
        for one in page.findall(".//main//input")
        if one.get("checked") is not None
    }


FILLED = {
    "mood": "4",
    "urge": "0",
    "situation": "coming",
    "situation_kind": ["uang", "rumah"],
    "contact": "soon",
}


def test_the_other_language_keeps_what_was_chosen_and_takes_nothing(client, url, database):
    before = everything(database)
    there, sent = switch(tree(client.get(url("own"))))
    response = client.post(there, data=FILLED | sent)
    page = tree(response)
    assert (response.status_code, page.get("lang")) == (200, "en")
    chosen = {(name, one) for name, many in FILLED.items() for one in ([many] if type(many) is str else many)}
    assert ticked(page) == chosen
    assert page.findall(".//main//*[@role='alert']") == []
    back, sent = switch(page)
    again = client.post(back, data=FILLED | sent)
    assert (tree(again).get("lang"), ticked(tree(again))) == ("id", chosen)
    assert everything(database) == before
    assert client.post(there, data=FILLED).status_code == 303  # the very same, sent
    assert len(rows(database, Answer)) == 1
    assert Family.SAFETY in {alert.family for alert in rows(database, Alert)}


def test_an_empty_or_broken_form_is_no_mistake_yet_in_the_other_language(client, url, database):
    there, sent = switch(tree(client.get(url("own"))))
    before = everything(database)
    for data in ({}, {"mood": "99"}):
        response = client.post(there, data=data | sent)
        assert (response.status_code, ticked(tree(response))) == (200, set())
        assert tree(response).findall(".//main//*[@role='alert']") == []
    assert everything(database) == before


@pytest.mark.parametrize(("name", "status"), [("own", 200), ("closed", 410)])
def test_where_the_form_is_over_meanwhile_the_other_language_says_that(client, url, database, name, status):
    client.post(url(name), data={"mood": "4"})
    client.get(url(name))
    before = everything(database)
    response = client.post(url(name) + "?bahasa=en", data=FILLED | {"bahasa": "en"})
    assert (response.status_code, tree(response).get("lang")) == (status, "en")
    assert "mood" not in fields(response)
    assert everything(database) == before


def test_what_was_kept_can_be_cleared(client, url):
    there, sent = switch(tree(client.get(url("own"))))
    kept = tree(client.post(there, data=FILLED | sent))
    (clear,) = [one for one in kept.findall(".//main//form//a") if one.text == "Clear all choices"]
    assert kept.findall(".//main//button[@type='reset']") == []  # that would bring the old choices back
    empty = tree(client.get(clear.get("href")))
    assert (empty.get("lang"), ticked(empty)) == ("en", set())
