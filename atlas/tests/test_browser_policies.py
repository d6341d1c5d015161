"""Each area works in a browser under the policy that its answers carry: nothing is reported as blocked."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from atlas.twilio.simulator.testing import SimulatorProcess
from calls.models import Call
from calls.services import CallRequest, place_call
from users.tests.factories import PASSWORD, make_staff, make_user

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER), reason="Debian's packages chromium and chromium-driver are missing"
    ),
    pytest.mark.django_db(transaction=True),
]
PATIENCE = 30  # seconds, on a machine that is busy with other things


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for argument in (
        "headless=new",
        "no-sandbox",
        "disable-dev-shm-usage",
        "disable-background-networking",
        "window-size=1400,1000",
        "host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
    ):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER)) as driver:
        yield driver


@pytest.fixture
def site(live_server: Any, settings: Any, browser: webdriver.Chrome) -> Iterator[str]:
    settings.BASE_URL = str(live_server.url)
    yield str(live_server.url)
    browser.get("about:blank")
    browser.get_log("browser")


def complaints(browser: webdriver.Chrome) -> list[str]:
    """What the console has reported since it was last asked, but for an icon that is not there."""
    entries = browser.get_log("browser")
    errors = [entry["message"] for entry in entries if entry["level"] == "SEVERE"]
    return [text for text in errors if "/favicon.ico" not in text]


def wait(browser: webdriver.Chrome, until: Callable[[webdriver.Chrome], Any]) -> Any:
    return WebDriverWait(browser, PATIENCE).until(until)


def wait_for(browser: webdriver.Chrome, selector: str) -> Any:
    found = wait(browser, lambda driver: driver.find_elements(By.CSS_SELECTOR, selector))
    return found[0]


def test_swagger_ui_works(browser: webdriver.Chrome, site: str) -> None:
    browser.get(f"{site}/docs")
    wait_for(browser, "#operations-service-health_get, .opblock-get").click()
    wait_for(browser, ".try-out__btn").click()
    wait_for(browser, ".execute").click()
    wait_for(browser, ".responses-table.live-responses-table")

    assert complaints(browser) == []


def test_redoc_works(browser: webdriver.Chrome, site: str) -> None:
    browser.get(f"{site}/redoc")
    wait_for(browser, "[data-section-id] h2")
    wait_for(browser, "input[role=search], .search-input").send_keys("feedback")
    wait_for(browser, "[data-role='search:results'] li, .search-results li, [role=menuitem]")

    # Its maker's logo, from another host, is what the policy is for.
    assert [text for text in complaints(browser) if "cdn.redoc.ly/redoc/logo-mini.svg" not in text] == []


def sign_in(browser: webdriver.Chrome, site: str) -> None:
    make_staff(is_superuser=True)
    browser.get(f"{site}/admin/login/")
    wait_for(browser, "input[name=username]").send_keys("ada")
    browser.find_element(By.NAME, "password").send_keys(PASSWORD)
    browser.find_element(By.CSS_SELECTOR, "form [type=submit]").click()
    wait(browser, lambda driver: driver.current_url.endswith("/admin/"))


def admin_pages() -> Iterator[str]:
    yield reverse("admin:index")
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        first = model._default_manager.first()
        if first is not None:
            yield reverse(f"{name}_change", args=[first.pk])
    yield reverse("admin:users_staff_add")


def test_every_page_of_the_admin_works(
    browser: webdriver.Chrome, site: str, simulator: SimulatorProcess
) -> None:
    make_user()
    place_call(request=CallRequest(to="+14155550123", user_external_id="user-1"))
    simulator.drain()
    assert Call.objects.get().recording_url
    sign_in(browser, site)

    for path in admin_pages():
        browser.get(f"{site}{path}")
        wait(browser, lambda driver: driver.execute_script("return !!window.Alpine"))
        assert complaints(browser) == [], path


def test_the_menus_of_the_admin_open(browser: webdriver.Chrome, site: str) -> None:
    browser.delete_all_cookies()
    sign_in(browser, site)
    wait(browser, lambda driver: driver.execute_script("return !!window.Alpine"))
    opened = browser.execute_script(
        "return [...document.querySelectorAll('[x-data]')].some(each => each._x_dataStack)"
    )

    assert opened, "Alpine has read no expression: it is blocked"
    assert complaints(browser) == []


def test_a_script_that_somebody_smuggled_in_does_not_run(browser: webdriver.Chrome, site: str) -> None:
    for path in ("/docs", "/redoc", "/admin/login/", "/health"):
        browser.get(f"{site}{path}")
        browser.execute_script(
            "const script = document.createElement('script'); script.textContent = 'window.smuggled = 1';"
            "document.documentElement.append(script);"
            "const image = document.createElement('img');"
            "image.setAttribute('onerror', 'window.smuggled = 2');"
            "image.src = '/nowhere'; document.documentElement.append(image);"
        )
        blocked = wait(browser, lambda driver: complaints(driver))
        assert any("Content Security Policy" in text for text in blocked), path
        assert browser.execute_script("return window.smuggled") is None
