"""Pages of the website that are made from the code: the reference, and the options of commands."""

import os
import re
import sys
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).parent.parent
#: The pages as readers look for them. Those that no group names, such as new ones, come last.
GROUPS = {
    "Start": "README docs/index docs/cheat-sheet docs/notebooks docs/from_tutorials "
    "docs/troubleshooting",
    "How to": "docs/generate docs/hand docs/your-own-pictures docs/data docs/runs docs/tensorboard "
    "docs/video docs/evaluation docs/export docs/web docs/serve docs/callbacks "
    "docs/your-own-network docs/devices docs/gpu docs/scale "
    "deploy/README deploy/tpu",
    "Explanations": "docs/recipes docs/networks docs/speed docs/reliability docs/untrusted-files "
    "docs/architecture bench/README bench/recipes",
    "Reference": "docs/reference docs/reference/commands",
    "The project": "CONTRIBUTING CHANGELOG SECURITY CODE_OF_CONDUCT docs/hunt docs/walks "
    "acwgan/data/README acwgan/data/MODEL acwgan/data/JUDGE acwgan/data/ENCODER",
}


def on_config(config):
    """Say under each page which version it describes."""
    text = (ROOT / "acwgan" / "__init__.py").read_text(encoding="utf-8")
    config.copyright = "acwgan " + re.search(r'__version__ = "(.+)"', text)[1]
    return config


def on_files(files, config):
    """Add a page for each module, and one for the command line."""
    for path in sorted((ROOT / "acwgan").rglob("*.py")):
        *folders, stem = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(folders if stem == "__init__" else [*folders, stem])
        if stem != "__main__":
            content = f"# {name}\n\n::: {name}\n"
            files.append(File.generated(config, f"docs/reference/{name}.md", content=content))
    files.append(File.generated(config, "docs/reference/commands.md", content=_commands()))
    config.nav = _navigation([file.src_uri for file in files.documentation_pages()])
    return files


def on_page_markdown(markdown, page, **_):
    """In the search, the pages about a word come before the modules that have it."""
    if page.file.src_uri.startswith("docs/reference/acwgan"):
        page.meta["search"] = {"boost": 0.001}


def _navigation(pages):
    """The pages in their groups, and the modules under one heading."""
    rest = sorted(pages)
    groups = []
    for title, names in GROUPS.items():
        there = [f"{name}.md" for name in names.split() if f"{name}.md" in rest]
        rest = [page for page in rest if page not in there]
        groups.append({title: there})
    modules = [page for page in rest if page.startswith("docs/reference/acwgan")]
    groups[list(GROUPS).index("Reference")]["Reference"].append({"Modules": modules})
    if others := [page for page in rest if page not in modules]:
        groups.append({"More": others})
    return [group for group in groups if next(iter(group.values()))]


def _commands():
    """The help of every command."""
    os.environ["COLUMNS"] = "100"  # argparse would measure the terminal.
    sys.path.insert(0, str(ROOT))
    from acwgan.cli.app import build_parser

    parser = build_parser()
    (commands,) = parser._subparsers._group_actions
    text = "# Commands\n\nWhat `acwgan --help` and the help of each command say.\n"
    for one in (parser, *commands.choices.values()):
        text += f"\n## {one.prog}\n\n```text\n{one.format_help()}```\n"
    return text
