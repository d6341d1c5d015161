"""A headless Chromium, where there is one."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from users.tests.factories import PASSWORD

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--mute-audio",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-prefers-reduced-motion",
    "--window-size=1400,1000",
]
PATIENCE = 30


class Browser:
    """One window that knows the address of the desk."""

    def __init__(self, driver: webdriver.Chrome, downloads: Path) -> None:
        self.driver, self.downloads = driver, downloads
        self.url = ""

    def open(self, path: str) -> None:
        self.driver.get(self.url + path)

    def find(self, selector: str) -> WebElement:
        found: WebElement = self.until(
            lambda: next(iter(self.driver.find_elements(By.CSS_SELECTOR, selector)), None)
        )
        return found

    def click(self, selector: str) -> None:
        element = self.find(selector)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def follow(self, selector: str) -> None:
        """Clicks, and waits for the next page."""
        before = self.find("html")
        self.click(selector)
        self.until(
            lambda: self.find("html") != before and self.run("return document.readyState") == "complete"
        )

    def write(self, selector: str, text: str) -> None:
        self.find(selector).send_keys(text)

    def until(self, found: Callable[[], Any]) -> Any:
        return WebDriverWait(self.driver, PATIENCE, poll_frequency=0.05).until(lambda _: found())

    def run(self, script: str) -> Any:
        return self.driver.execute_script(script)

    @property
    def text(self) -> str:
        return str(self.find("body").text)

    def sign_in(self, username: str) -> None:
        self.driver.delete_all_cookies()
        self.prefer("light")
        self.open("/admin/")
        self.write("[name=username]", username)
        self.write("[name=password]", PASSWORD)
        self.follow("form [type=submit]")

    def prefer(self, scheme: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def violations(self, path: str = "") -> list[str]:
        """What axe-core finds serious or critical on that page, or the one at hand, with where it is."""
        if path:
            self.open(path)
        self.run((files("axe_core_python") / "axe.min.js").read_text())
        found = self.driver.execute_async_script(
            "axe.run(document, {resultTypes: ['violations']}).then((found) => arguments[0](found.violations))"
        )
        return [
            f"{each['id']}: {node['target']} {node['html'][:120]}"
            for each in found
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"]
        ]

    def leave(self) -> None:
        """So that no page asks on, and no error counts, when the next test is at work."""
        self.driver.get("about:blank")
        self.errors()

    def errors(self) -> list[str]:
        return [each["message"] for each in self.driver.get_log("browser") if each["level"] == "SEVERE"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not (CHROMIUM and DRIVER):
        pytest.skip("there is no chromium and chromedriver on this machine")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        downloads = Path(profile) / "downloads"
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for flag in [*FLAGS, f"--user-data-dir={profile}/profile"]:
            options.add_argument(flag)
        options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
        options.set_capability("goog:loggingPrefs", {"browser": "SEVERE"})
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
        yield Browser(driver, downloads)
        driver.quit()


@pytest.fixture
def browser(chromium: Browser, live_server: Any, settings: Any) -> Iterator[Browser]:
    settings.BASE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    chromium.url = live_server.url
    yield chromium
    chromium.leave()
