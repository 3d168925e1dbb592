"""TensorBoard's pages of real runs: ``acwgan board`` in a real browser.

``ACWGAN_SCREENSHOTS=FOLDER`` saves screenshots of all pages in this folder.
"""

import io
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from browsers import needs_browser, open_browser
from films import read_gif
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from acwgan.training.trainer import train

pytestmark = needs_browser
#: Steps of the second run, more than the ten pictures that TensorBoard keeps by default.
STEPS = 12
#: Script that returns all matching elements, including those in shadow trees. An element, given by
#: a selector and properties, limits the search to its shadow tree.
FIND = """
const [selector, within, properties] = arguments;
const look = (selector, root) => [
  ...root.querySelectorAll(selector),
  ...[...root.querySelectorAll('*')].flatMap(
    element => element.shadowRoot ? look(selector, element.shadowRoot) : []),
];
if (!within) return look(selector, document);
const one = look(within, document).find(
  element => Object.entries(properties).every(([name, value]) => element[name] === value));
return one ? look(selector, one.shadowRoot) : [];
"""


@pytest.fixture(scope="module")
def runs(trained_run, tiny_config, tmp_path_factory):
    """A folder with two runs, ``tiny`` and ``other``."""
    out = tmp_path_factory.mktemp("out")
    (out / "tiny").symlink_to(trained_run)
    other = replace(tiny_config, seed=1, steps=STEPS, sample_every=1, checkpoint_every=STEPS)
    train(other, out / "other")
    return out


@pytest.fixture(scope="module")
def address(runs):
    """The address of TensorBoard, once all pages have something to show."""
    command = [sys.executable, "-m", "acwgan", "board", runs, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = re.search(r"http://\S+", process.stdout.readline()).group()
            deadline = time.monotonic() + 60
            while not {"images", "hparams", "projector"} <= pages(address):
                assert time.monotonic() < deadline, pages(address)
                time.sleep(0.5)
            yield address
        finally:
            process.terminate()


def pages(address):
    """The names of the pages that have something to show."""
    listing = json.loads(served(f"{address}data/plugins_listing"))
    return {name for name, page in listing.items() if page["enabled"]}


def served(address):
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.read()


class Browser:
    """A browser on TensorBoard's pages."""

    def __init__(self, driver, address):
        self.driver, self.address = driver, address

    def open(self, page):
        self.driver.get("about:blank")  # Otherwise TensorBoard changes only a part of the page.
        self.driver.get(f"{self.address}#{page}")

    def wait(self, condition):
        """Wait until a condition is true; returns its value. Elements may vanish meanwhile."""
        gone = [StaleElementReferenceException]
        return WebDriverWait(self.driver, 40, 0.2, gone).until(lambda _: condition())

    def find(self, selector, within=None, **properties):
        """The first matching element, once there is one."""
        return self.find_all(selector, within, **properties)[0]

    def find_all(self, selector, within=None, **properties):
        return self.wait(lambda: self.driver.execute_script(FIND, selector, within, properties))

    def image(self, **card):
        """The picture of a card, once it is loaded."""

        def loaded():
            image = self.find("img", "tf-image-loader", **card)
            return image.get_property("complete") and image.get_property("naturalWidth") and image

        return self.wait(loaded)

    def save(self, name):
        if folder := os.environ.get("ACWGAN_SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.driver.save_screenshot(f"{folder}/{name}.png")


@pytest.fixture(scope="module")
def browser(address, tmp_path_factory):
    with open_browser(tmp_path_factory.mktemp("browser")) as driver:
        yield Browser(driver, address)


def test_the_slider_plays_every_grid(browser):
    card = {"run": "other", "tag": "samples/grid"}
    browser.open("images")
    browser.image(**card)
    slider = browser.find("#steps", "tf-image-loader", **card)
    assert slider.get_property("max") == STEPS - 1
    slider.send_keys(Keys.HOME)
    sources = []

    def shown(step):
        """The address of the picture of a step, once it has replaced the one before."""
        rows = browser.find_all(".heading-row", "tf-image-loader", **card)
        source = browser.image(**card).get_property("src")
        said = any(f"step {step}" in row.text.splitlines() for row in rows)
        return said and source not in sources and source

    for step in range(1, STEPS + 1):
        sources.append(browser.wait(lambda step=step: shown(step)))
        slider.send_keys(Keys.ARROW_RIGHT)
    assert len({served(source) for source in sources}) == STEPS
    browser.save("images")


def test_the_video_moves(browser):
    card = {"run": "other", "tag": "samples/video"}
    browser.open("images")
    seen = []

    def runs_again():
        """Whether a picture has come back after another one, so that it does not only fade in."""
        seen.append(browser.image(**card).screenshot_as_png)
        return len(seen) > 2 and seen[-1] != seen[-2] and seen[-1] in seen[:-2]

    browser.wait(runs_again)
    browser.save("video")
    source = browser.image(**card).get_property("src")
    frames, milliseconds, loops = read_gif(io.BytesIO(served(source)))
    assert len(frames) == STEPS and loops == 0 and min(milliseconds) > 10
    assert all(not np.array_equal(*pair) for pair in pairwise(frames))


def test_the_settings_of_both_runs_are_beside_each_other(browser):
    browser.open("hparams")

    def steps():
        """Run -> its steps in the table."""
        cells = [cell.text for cell in browser.find_all("vaadin-grid-cell-content")]
        if "Trial ID" not in cells or "steps" not in cells:
            return {}
        column = cells.index("steps") - cells.index("Trial ID")
        return {
            name.split()[0]: cells[place + column]
            for place, name in enumerate(cells)
            if re.match(r"(tiny|other) \(", name)
        }

    assert browser.wait(lambda: len(steps()) == 2 and steps()) == {
        "tiny": "4.0000",
        "other": "12.000",
    }
    browser.save("hparams")


def test_the_classes_are_points_with_their_names(browser):
    browser.open("projector")
    for _ in range(2):  # The page is in two nested frames.
        browser.driver.switch_to.frame(browser.find("iframe"))
    try:
        browser.wait(lambda: browser.find(".numDataPoints").text == "10")
        browser.find("#regex", "#search-box").click()
        browser.find("input", "#search-box").send_keys(".")
        names = browser.wait(lambda: browser.find(".matches-list .list").text)
        assert sorted(names.split()) == list("0123456789")
        browser.save("projector")
    finally:
        browser.driver.switch_to.default_content()
