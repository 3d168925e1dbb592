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


#: Milliseconds from a movement of the pen to the picture in that hand, the median of fifty.
STROKE = """
const done = arguments[0], field = document.getElementById('field'), times = [];
if (!performance.getEntriesByName('field ready').length) return done(null);
const box = field.getBoundingClientRect(), ten = document.getElementById('all-classes');
const send = (kind, i) => field.dispatchEvent(new PointerEvent(kind, {
  pointerId: 1, isPrimary: true, bubbles: true,
  clientX: box.left + 80 + 2 * i, clientY: box.top + 60 + 3 * i }));
field.setPointerCapture = () => {};  // Only real pointers can be captured.
const redrawn = () => new Promise((drawn) => {
  const seen = new MutationObserver(() => { seen.disconnect(); drawn(); });
  seen.observe(ten, { childList: true });
});
(async () => {
  for (let i = 0; i < 50; i++) {
    const began = performance.now(), drawn = redrawn();
    send(i ? 'pointermove' : 'pointerdown', i);
    await drawn;
    times.push(performance.now() - began);
    await new Promise((next) => setTimeout(next, 20));
  }
  done(times.sort((a, b) => a - b)[25]);
})();
"""


def measure(page: Path, picture: str | None) -> tuple[float, float, float | None]:
    """Milliseconds to the first picture, and from a step of a slider or a pen to its picture.

    The last is None for a page without a field.
    """
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in ("headless", "no-sandbox", "disable-gpu", "window-size=760,880"):
        options.add_argument(f"--{flag}")
    with webdriver.Chrome(options, Service(shutil.which("chromedriver"))) as driver:
        driver.get(page.as_uri())
        first = WebDriverWait(driver, 120, 0.1).until(lambda _: driver.execute_script(FIRST))
        if picture:
            driver.save_screenshot(picture)
        driver.set_script_timeout(120)
        redraw = driver.execute_async_script(REDRAW)
        return first, redraw, driver.execute_async_script(STROKE)


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
        figures = zip(*(measure(page, arguments.picture) for _ in range(TIMES)), strict=True)
    names = ("first picture", "a step of the slider", "a movement of the pen")
    for name, values in zip(names, figures, strict=True):
        if None in values:
            continue
        values = sorted(values)
        middle = values[len(values) // 2]
        print(f"{name}: {values[0]:.0f} to {values[-1]:.0f} ms, median {middle:.0f} ms")


if __name__ == "__main__":
    main()
