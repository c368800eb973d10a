"""Every page in a real browser: nothing sticks out at 320 px, everything is large enough to hit, axe finds nothing."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests import cast
from tests.whole import routes, world
from tests.whole.test_pages import pages, viewers

LOGINS = {"owner": "sari", "supervisor": "ratna"}
WIDTHS = (320, 1200)
STICKS_OUT = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
TOO_SMALL = """() => [...document.querySelectorAll('main a, main button, main input:not([type=hidden]), main select, main summary')]
  .filter(e => e.checkVisibility() && !e.closest('.tile') && !(e.tagName === 'A' && e.closest('p, li p, dd, .prose, .skip')))
  .map(e => [e.textContent.trim().slice(0, 30) || e.name, Math.round(e.getBoundingClientRect().height)])
  .filter(([, height]) => height < 44)"""
"""Links inside running text may be as high as their line (WCAG 2.5.8); what one aims at may not."""


@pytest.fixture
def here(stack):
    return world.build(stack.house, stack.clock)


def enter(page, stack, here, role):
    if role in LOGINS:
        page.goto(f"{stack.url}/masuk")
        page.fill("[name=login]", LOGINS[role])
        page.fill("[name=password]", cast.PASSWORD)
        page.click("main form button")
        page.wait_for_url("**/kasus")
    elif role == "family":
        page.goto(f"{stack.url}/f/{here.tokens['family']}")
        page.fill("[name=pin]", world.PIN)
        page.click("main form button")
        page.wait_for_url("**/keluarga")


@pytest.mark.parametrize("role", ["nobody", "owner", "supervisor", "family"])
def test_pages_fit_and_can_be_used(stack, here, chromium, role):
    faults = []
    for width in WIDTHS:
        context = chromium.new_context(viewport={"width": width, "height": 640}, bypass_csp=True)
        page = context.new_page()
        enter(page, stack, here, role)
        for rule in pages(stack.app):
            if role not in viewers(stack.app, rule):
                continue
            address = routes.url(stack.app, rule, here)
            page.goto(stack.url + address)
            faults += _looks(page, f"{address} at {width}", axe=width == WIDTHS[0])
        context.close()
    assert not faults, "\n".join(faults)


def _looks(page, where, *, axe) -> list[str]:
    found = []
    if (over := page.evaluate(STICKS_OUT)) > 0:
        found.append(f"{where}: sticks out by {over} px")
    if small := page.evaluate(TOO_SMALL):
        found.append(f"{where}: too small to hit: {small[:4]}")
    if axe:
        for violation in Axe().run(page).response["violations"]:
            nodes = [node["target"] for node in violation["nodes"]][:2]
            found.append(f"{where}: {violation['id']} at {nodes}")
    return found


def test_the_first_visit_of_a_check_in_is_light_and_needs_no_script(stack, here, chromium):
    """At most 15 kB and two requests, everything on the wire (design 7)."""
    for address in (f"/c/{here.tokens['open']}", "/bantuan"):
        context = chromium.new_context(java_script_enabled=False)
        page = context.new_page()
        sizes = []
        page.on("requestfinished", lambda request: sizes.append(sum(request.sizes()[part] for part in (  # noqa: B023
            "responseBodySize", "responseHeadersSize"))))  # fmt: skip
        page.goto(stack.url + address)
        context.close()
        assert len(sizes) <= 2, address
        assert sum(sizes) <= 15_000, f"{address}: {sum(sizes)} bytes"
