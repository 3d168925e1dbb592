"""Pages of the website that are made from the code: the reference, and the options of commands."""

import os
import sys
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).parent.parent


def on_files(files, config):
    """Add a page for each module, and one for the command line."""
    for path in sorted((ROOT / "acwgan").rglob("*.py")):
        *folders, stem = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(folders if stem == "__init__" else [*folders, stem])
        if stem != "__main__":
            content = f"# {name}\n\n::: {name}\n"
            files.append(File.generated(config, f"docs/reference/{name}.md", content=content))
    files.append(File.generated(config, "docs/reference/commands.md", content=_commands()))
    return files


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
