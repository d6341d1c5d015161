from atlas.tests.browser import browser, chromium

__all__ = ["browser", "chromium"]
