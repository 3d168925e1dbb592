"""The documentation: the website builds without warnings and is complete, pages match the code."""

import argparse
import ast
import functools
import http.server
import json
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from browsers import needs_browser, open_browser
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait
from website import list_versions

import acwgan
from acwgan.cli.app import build_parser

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("bench/*.md")])
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.glob("acwgan/**/*.py"))
    if path.stem != "__main__"
}


@pytest.fixture(scope="module")
def versions(tmp_path_factory):
    """The website of this version, beside a page of an older one.

    Every warning is an error: dead links, anchors, docstrings.
    """
    folder = tmp_path_factory.mktemp("docs") / "website"
    (folder / "0.0.9").mkdir(parents=True)
    (folder / "0.0.9" / "index.html").write_text("<title>older</title>\n")
    command = [sys.executable, "-m", "tools.website", folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "excluded from the built site" not in done.stderr
    return folder


@pytest.fixture(scope="module")
def site(versions):
    return versions / acwgan.__version__


def test_every_page_is_in_the_website(site):
    built = {path.relative_to(site).as_posix() for path in site.rglob("index.html")}
    for page in PAGES:
        name = page.relative_to(ROOT).with_suffix("").as_posix()
        name = re.sub(r"(^|/)(README|index)$", "", name)
        assert f"{name}/index.html".lstrip("/") in built


def test_the_pages_are_in_groups_and_none_is_left_over(site):
    text = (site / "docs" / "runs" / "index.html").read_text()
    tabs = text[text.index('class="md-tabs"') :].partition("</nav>")[0]
    names = re.findall(r"<a [^>]*md-tabs__link[^>]*>\s*([^<]+?)\s*</a>", tabs)
    assert names == ["Start", "How to", "Explanations", "Reference", "The project"]
    pages = re.findall(r'<a href="([^"#]+)" class="md-nav__link', text)
    menu = [page for page in pages if page.startswith("../")]
    assert menu.index("../your-own-pictures/") < menu.index("../tensorboard/")


def links(page):
    """The files that a page loads."""
    pattern = r'<(?:link [^>]*href|script [^>]*src|img [^>]*src)="([^"]+)"'
    return re.findall(pattern, page.read_text())


def test_the_pages_find_their_styles_and_scripts_and_load_nothing_from_elsewhere(site):
    for name in ("index.html", "docs/reference/acwgan.wgan.losses/index.html"):
        found = links(site / name)
        assert any(".css" in link for link in found) and any(".js" in link for link in found)
        for link in found:
            assert (site / name).parent.joinpath(link.split("?")[0]).exists(), link


def test_each_page_says_its_version(site):
    for name in ("index.html", "docs/runs/index.html"):
        assert f"acwgan {acwgan.__version__}\n" in (site / name).read_text()


def test_the_newest_version_comes_first(versions, tmp_path):
    rows = json.loads((versions / "versions.json").read_text())
    assert [row["version"] for row in rows] == [acwgan.__version__, "0.0.9"]
    for name in ("0.9.0", "0.10.0", "0.10.0rc1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text("")
    list_versions(tmp_path)
    rows = json.loads((tmp_path / "versions.json").read_text())
    assert [row["version"] for row in rows] == ["0.10.0", "0.10.0rc1", "0.9.0"]
    assert "url=0.10.0/" in (tmp_path / "index.html").read_text()


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def address(versions):
    """The website on a server of this machine."""
    handler = functools.partial(Handler, directory=versions)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


#: Pages with wide tables, code, pictures.
WIDE = ["", "docs/runs/", "docs/reference/commands/", "docs/reference/acwgan.wgan.losses/"]


@needs_browser
def test_the_website_in_a_browser(address, tmp_path):
    """The version, the search, the copy buttons, dark colours, and a phone."""
    with open_browser(tmp_path, logs=("performance", "browser")) as driver:
        wait = WebDriverWait(driver, 60)
        shown = functools.partial(driver.find_elements, By.CSS_SELECTOR)
        origin = {"origin": address, "permissions": ["clipboardReadWrite"]}
        driver.execute_cdp_cmd("Browser.grantPermissions", origin)
        driver.get(address)
        wait.until(lambda _: "acwgan" in driver.title)
        wait.until(lambda _: shown(".md-version__link"))
        names = [link.get_attribute("textContent").strip() for link in shown(".md-version__link")]
        assert names == [acwgan.__version__, "0.0.9"]
        for picture in shown("article img"):
            assert int(picture.get_attribute("naturalWidth")) > 100, picture.get_attribute("src")

        shown(".md-search__input")[0].click()
        shown(".md-search__input")[0].send_keys("gradient penalty")
        wait.until(lambda _: shown(".md-search-result__item a"))
        found = shown(".md-search-result__item a")[0].get_attribute("href")
        assert found.startswith(f"{address}/{acwgan.__version__}/docs/")
        assert "/docs/reference/acwgan" not in found
        shown(".md-search__input")[0].send_keys(Keys.ESCAPE)

        driver.get(f"{address}/{acwgan.__version__}/docs/video/")
        (button, *_) = wait.until(lambda _: shown("button.md-code__button[data-md-type=copy]"))
        ActionChains(driver).move_to_element(button).click().perform()
        wait.until(lambda _: "Copied" in shown(".md-dialog")[0].text)
        read = "navigator.clipboard.readText().then(arguments[0], arguments[0])"
        wait.until(lambda _: "acwgan video" in str(driver.execute_async_script(read)))

        color = "return getComputedStyle(document.body).backgroundColor"
        light = driver.execute_script(color)
        dark = [{"name": "prefers-color-scheme", "value": "dark"}]
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": dark})
        wait.until(lambda _: driver.execute_script(color) != light)

        phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
        for page in WIDE:
            driver.get(f"{address}/{acwgan.__version__}/{page}")
            assert driver.execute_script("return document.documentElement.scrollWidth") == 390

        messages = [json.loads(row["message"])["message"] for row in driver.get_log("performance")]
        asked = {
            row["params"]["request"]["url"]
            for row in messages
            if row["method"] == "Network.requestWillBeSent"
        }
        assert {url for url in asked if url[:4] == "http" and not url.startswith(address)} == set()
        assert driver.get_log("browser") == []


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_in_the_reference(site, module):
    page = (site / "docs" / "reference" / module / "index.html").read_text()
    anchors = set(re.findall(r'id="([^"]+)"', page))
    public = {
        f"{module}.{node.name}"
        for node in ast.parse(MODULES[module].read_text()).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    }
    assert public <= anchors


def options(old=True):
    """The options of each command, with or without the old ones, which no help shows."""
    (commands,) = build_parser()._subparsers._group_actions
    return {
        name: {
            option
            for action in one._actions
            for option in action.option_strings
            if old or action.help != argparse.SUPPRESS
        }
        for name, one in commands.choices.items()
    }


def test_every_option_is_in_the_website(site):
    page = (site / "docs" / "reference" / "commands" / "index.html").read_text()
    for name, found in options(old=False).items():
        section = page[page.index(f'id="acwgan-{name}"') :].split("</pre>")[0]
        assert [option for option in found if option not in section] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_option_that_a_page_mentions_with_its_command_exists(page):
    found = options()
    found["launch"] |= found["train"]  # launch passes them on to train.
    for name, words in re.findall(r"\bacwgan ([a-z]+)\b([^\n`|#]*)", page.read_text()):
        if name in found:
            mentioned = set(re.findall(r"(?<!\S)--?[a-z][\w-]*", words))
            assert mentioned <= found[name], f"acwgan {name}{words}"


def test_the_architecture_page_names_every_folder_and_module_of_the_package():
    page = (ROOT / "docs" / "architecture.md").read_text()
    names = [
        f"`{path.name}`" if path.suffix == ".py" else f"`{path.name}/`"
        for path in (ROOT / "acwgan").iterdir()
        if path.suffix == ".py" or path.is_dir()
        if not path.name.startswith("__")
    ]
    assert [name for name in names if name not in page] == []


def test_dead_links_and_anchors_fail(tmp_path):
    (tmp_path / "acwgan").mkdir()
    (tmp_path / "acwgan" / "__init__.py").write_text('"""A package."""\n\n__version__ = "3"\n')
    parser = (
        "def build_parser():\n    parser = argparse.ArgumentParser()\n    parser.add_subparsers()\n"
    )
    lines = f'"""Its commands."""\n\nimport argparse\n\n\n{parser}    return parser\n'
    (tmp_path / "acwgan" / "cli").mkdir()
    (tmp_path / "acwgan" / "cli" / "__init__.py").write_text('"""Commands."""\n')
    (tmp_path / "acwgan" / "cli" / "app.py").write_text(lines)
    (tmp_path / "docs").mkdir()
    for name in ("mkdocs.yml", "site_pages.py", "site_examples.py"):
        shutil.copy(ROOT / "docs" / name, tmp_path / "docs")
    dead = ["gone.md", "runs.md#gone", "../README.md#gone"]
    links = "".join(f"[there]({target})\n" for target in dead)
    (tmp_path / "docs" / "runs.md").write_text(f"# Runs\n\n{links}")
    (tmp_path / "README.md").write_text("# Read me\n\n[there](docs/runs.md#runs)\n")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    command += ["-f", tmp_path / "docs" / "mkdocs.yml"]
    command += ["-d", tmp_path.parent / f"{tmp_path.name}-site"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode != 0
    assert [target for target in dead if f"'{target}'" not in done.stderr] == []
    assert "runs.md#runs" not in done.stderr
