"""Measures how soon the page of `acwgan web` draws: `python -m bench.page [PATH]`.

Opens the page from the disk in a headless Chromium, ten times, each time in a new browser.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

TIMES = 10
FIRST = "return performance.getEntriesByName('first picture')[0]?.startTime"
#: Milliseconds from a step of the slider to its picture, the median of fifty.
REDRAW = """
const done = arguments[0], style = document.getElementById('style'), times = [];
const picture = document.getElementById('picture');
const redrawn = () => new Promise((drawn) =>
  new MutationObserver(drawn).observe(picture, { attributeFilter: ['aria-label'] }));
(async () => {
  for (style.value = 1; style.value <= 50; style.value++) {
    const began = performance.now();
    style.dispatchEvent(new Event('input'));
    await redrawn();
    times.push(performance.now() - began);
  }
  done(times.sort((a, b) => a - b)[25]);
})();
"""


def measure(page: Path, picture: str | None) -> tuple[float, float]:
    """Milliseconds to the first picture, and from a step of a slider to its picture."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in ("headless", "no-sandbox", "disable-gpu", "window-size=760,880"):
        options.add_argument(f"--{flag}")
    with webdriver.Chrome(options, Service(shutil.which("chromedriver"))) as driver:
        driver.get(page.as_uri())
        first = WebDriverWait(driver, 120, 0.1).until(lambda _: driver.execute_script(FIRST))
        if picture:
            driver.save_screenshot(picture)
        return first, driver.execute_async_script(REDRAW)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", nargs="*", help="as for acwgan web")
    parser.add_argument("--picture", help="write a screenshot")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        words = ["-m", "acwgan", "web", *arguments.path, "--out", folder]
        subprocess.run([sys.executable, *words], check=True)
        megabytes = sum(file.stat().st_size for file in Path(folder).rglob("*.*")) / 1e6
        print(f"the folder: {megabytes:.1f} MB")
        page = Path(folder) / "index.html"
        firsts, redraws = zip(
            *(measure(page, arguments.picture) for _ in range(TIMES)), strict=True
        )
    for name, values in (("first picture", firsts), ("a step of the slider", redraws)):
        values = sorted(values)
        middle = values[len(values) // 2]
        print(f"{name}: {values[0]:.0f} to {values[-1]:.0f} ms, median {middle:.0f} ms")


if __name__ == "__main__":
    main()
