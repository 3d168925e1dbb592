"""A real browser for the tests; where there is none they are skipped."""

import shutil

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

_PROGRAMS = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
needs_browser = pytest.mark.skipif(
    not all(_PROGRAMS.values()),
    reason="needs a browser: apt-get install chromium chromium-driver",
)
_FLAGS = """--headless --no-sandbox --disable-gpu --enable-unsafe-swiftshader --disable-quic
--no-first-run --disable-background-networking --disable-component-update --disable-sync
--disable-dev-shm-usage"""


def open_browser(folder, window="1600,1000", logs=()):
    """A driver; leave it with ``with``.

    Args:
        folder: A path, for its profile and, in ``downloads``, for what it downloads.
        window: Its width and height.
        logs: The kinds to be kept, such as ``performance``.
    """
    options = webdriver.ChromeOptions()
    options.binary_location = _PROGRAMS["chromium"]
    for flag in [*_FLAGS.split(), f"--window-size={window}", f"--user-data-dir={folder}/profile"]:
        options.add_argument(flag)
    downloads = {"download.default_directory": str(folder / "downloads")}
    options.add_experimental_option("prefs", downloads)
    options.set_capability("goog:loggingPrefs", dict.fromkeys(logs, "ALL"))
    return webdriver.Chrome(options, Service(_PROGRAMS["chromedriver"]))
