"""The documentation: the website builds without warnings and is complete, pages match the code."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from acwgan.cli.app import build_parser

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("bench/*.md")])
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.glob("acwgan/**/*.py"))
    if path.stem != "__main__"
}


def build(root, site):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    command += ["-f", root / "docs" / "mkdocs.yml", "-d", site]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The website, built with every warning an error: dead links, anchors, docstrings."""
    place = tmp_path_factory.mktemp("docs") / "site"
    done = build(ROOT, place)
    assert done.returncode == 0, done.stdout + done.stderr
    return place


def test_every_page_is_in_the_website(site):
    built = {path.relative_to(site).as_posix() for path in site.rglob("index.html")}
    for page in PAGES:
        name = page.relative_to(ROOT).with_suffix("").as_posix()
        name = re.sub(r"(^|/)(README|index)$", "", name)
        assert f"{name}/index.html".lstrip("/") in built


def test_the_pages_are_in_groups_and_none_is_left_over(site):
    text = (site / "docs" / "runs" / "index.html").read_text()
    headings = re.findall(r'<span class="caption-text">([^<]+)</span>', text)
    assert headings == ["Start", "How to", "Explanations", "Reference", "The project"]
    menu = text[text.index('class="wy-menu') : text.index("</nav>")]
    assert menu.index("cheat-sheet") < menu.index("export/") < menu.index("untrusted-files/")


def test_the_pages_find_their_styles_and_scripts_and_load_nothing_from_elsewhere(site):
    for page in ("index.html", "docs/reference/acwgan.wgan.losses/index.html"):
        text = (site / page).read_text()
        found = re.findall(r'<(?:link [^>]*href|script [^>]*src|img [^>]*src)="([^"]+)"', text)
        assert any(".css" in link for link in found) and any(".js" in link for link in found)
        for link in found:
            assert (site / page).parent.joinpath(link.split("?")[0]).exists(), link


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


def options():
    """The options of each command."""
    (commands,) = build_parser()._subparsers._group_actions
    return {
        name: {option for action in one._actions for option in action.option_strings}
        for name, one in commands.choices.items()
    }


def test_every_option_is_in_the_website(site):
    page = (site / "docs" / "reference" / "commands" / "index.html").read_text()
    for name, found in options().items():
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
    (tmp_path / "acwgan" / "__init__.py").write_text('"""A package."""\n')
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
    done = build(tmp_path, tmp_path.parent / f"{tmp_path.name}-site")
    assert done.returncode != 0
    assert [target for target in dead if f"'{target}'" not in done.stderr] == []
    assert "runs.md#runs" not in done.stderr
