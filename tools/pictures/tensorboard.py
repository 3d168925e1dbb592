"""TensorBoard's pages of a run as pictures for the docs.

python -m tools.pictures.tensorboard out/acwgan docs/pictures --beside out/other

Needs chromium and chromedriver. The pictures show the folder as `out`, wherever it lies, and leave
out the folder that HParams writes behind the name of each run.
"""

import argparse
import contextlib
import io
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

#: Size of the browser's window, and the width of the pictures; the heights follow.
WINDOW, WIDTH = (1400, 1000), 1100
_FLAGS = """headless no-sandbox disable-gpu enable-unsafe-swiftshader disable-quic no-first-run
disable-background-networking disable-component-update disable-sync disable-dev-shm-usage"""
#: All elements that match a selector, also those in shadow trees; of one element if it is given.
_FIND = """
const look = (selector, root) => [
  ...root.querySelectorAll(selector),
  ...[...root.querySelectorAll('*')].flatMap(
    element => element.shadowRoot ? look(selector, element.shadowRoot) : []),
];
const [selector, within] = arguments;
return look(selector, within ? look(within, document)[0].shadowRoot : document);
"""
#: Cut the folder off the name of a run, in a cell such as `acwgan (/home/me/out)`.
_WITHOUT_FOLDER = """
const texts = document.createTreeWalker(arguments[0], NodeFilter.SHOW_TEXT);
for (let text; text = texts.nextNode();) text.data = text.data.replace(/ [(][/].*[)]/, '');
"""


@contextlib.contextmanager
def board(runs: list[Path]) -> Iterator[str]:
    """TensorBoard on a folder `out` that links to the runs; its address.

    It is started with the options of `acwgan board`, which would show the whole path of the folder.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        out.mkdir()
        for run in runs:
            (out / run.name).symlink_to(run.absolute())
        command = [sys.executable, "-m", "tensorboard.main", "--logdir", "out", "--port", port]
        command += ["--samples_per_plugin", "images=100000", "--load_fast", "false"]
        process = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL)
        address = f"http://127.0.0.1:{port}/"
        try:
            while not {"images", "hparams", "projector"} <= pages(address):
                if process.poll() is not None:
                    raise RuntimeError(f"TensorBoard ended with {process.returncode}")
                time.sleep(1)
            yield address
        finally:
            process.terminate()
            process.wait()


def pages(address: str) -> set[str]:
    """The pages that have something to show."""
    try:
        with urllib.request.urlopen(f"{address}data/plugins_listing", timeout=30) as answer:
            return {name for name, page in json.load(answer).items() if page["enabled"]}
    except OSError:
        return set()  # TensorBoard does not listen yet.


@contextlib.contextmanager
def browser() -> Iterator[webdriver.Chrome]:
    """A headless Chromium."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in [*_FLAGS.split(), "window-size={},{}".format(*WINDOW)]:
        options.add_argument(f"--{flag}")
    with webdriver.Chrome(options, Service(shutil.which("chromedriver"))) as driver:
        yield driver


def photograph(driver: webdriver.Chrome, address: str, page: str, path: Path) -> None:
    """Open a page, wait until it is drawn, and save it as a PNG file of 256 colours."""

    def find(selector, within=None):
        return driver.execute_script(_FIND, selector, within)

    def loaded():
        """Whether the elements of this page are there."""
        if page == "projector":
            return any(points.text == "10" for points in find(".numDataPoints"))
        if page == "hparams":
            return any("(" in cell.text for cell in find("vaadin-grid-cell-content"))
        if page == "images":
            return sum(image.get_property("naturalWidth") > 100 for image in find("img")) >= 4
        return len(find("vz-line-chart2")) > 6

    driver.get("about:blank")  # From page to page TensorBoard only changes a part.
    driver.get(f"{address}#{page}")
    wait = WebDriverWait(driver, 60, 0.5, [StaleElementReferenceException])
    if page == "projector":
        for _ in range(2):  # The page is in a frame in a frame.
            driver.switch_to.frame(wait.until(lambda _: find("iframe"))[0])
    wait.until(lambda _: loaded())
    if page == "projector":  # A point that is found has its name beside it.
        find("#regex", "#search-box")[0].click()
        find("input", "#search-box")[0].send_keys(".")
    time.sleep(8)  # Curves and points move to their places.
    for cell in find("vaadin-grid-cell-content") if page == "hparams" else []:
        driver.execute_script(_WITHOUT_FOLDER, cell)
    driver.switch_to.default_content()
    picture = Image.open(io.BytesIO(driver.get_screenshot_as_png())).convert("RGB")
    height = round(picture.height * WIDTH / picture.width)
    picture = picture.resize((WIDTH, height), Image.Resampling.LANCZOS)
    picture.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def main() -> None:
    """Write the four pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_dir", type=Path, help="run that the pictures show")
    parser.add_argument("pictures", type=Path, help="folder for tensorboard*.png")
    parser.add_argument("--beside", type=Path, help="another run, for the page HParams")
    arguments = parser.parse_args()
    run, other = arguments.run_dir, arguments.beside
    names = {"images": "", "custom_scalars": "_scalars", "projector": "_projector"}
    with browser() as driver:
        with board([run]) as address:
            for page, name in names.items():
                photograph(driver, address, page, arguments.pictures / f"tensorboard{name}.png")
        with board([run, other] if other else [run]) as address:
            path = arguments.pictures / "tensorboard_hparams.png"
            photograph(driver, address, "hparams", path)


if __name__ == "__main__":
    main()
