"""``acwgan web``: writes a page that draws. Nothing heavy is imported before it runs."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from acwgan.cli.output import say
from acwgan.cli.parser import Commands
from acwgan.errors import UserError
from acwgan.messages import command

if TYPE_CHECKING:
    from acwgan.generation.generator import Generator
    from acwgan.web.writer import Hand

_ABOUT = (
    "Write a folder with a page that draws what is typed, in the browser and offline. It opens "
    "from the disk, and any web server can serve it as it is."
)


def add_parser(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "web", help="write a page that draws what is typed, in the browser", description=_ABOUT
    )
    parser.set_defaults(command=run)
    add = parser.add_argument
    about = "run folder or .tflite file (default: the generator in the package)"
    add("path", metavar="PATH", nargs="?", type=Path, help=about)
    about = "new folder, or one with such a page, which is replaced (default: %(default)s)"
    add("--out", metavar="DIR", type=Path, default=Path("web"), help=about)
    add("--open", action="store_true", help="open the page in the browser")


def run(arguments: argparse.Namespace) -> int:
    """Run the command.

    Args:
        arguments: Arguments of the command.

    Returns:
        The exit status.

    Raises:
        UserError: If the generator cannot be used on the page, or the folder is in use.
    """
    from acwgan.files.bundled import GENERATOR
    from acwgan.generation import loading
    from acwgan.startup_lines import without_start_up_lines
    from acwgan.web.writer import write_page

    path = arguments.path or GENERATOR
    shown = command("generate", **({"checkpoint": path} if arguments.path is not None else {}))
    if path.is_file() and path.suffix != ".tflite":
        raise UserError(f"{path}: the page takes a run folder or a .tflite file")
    with tempfile.TemporaryDirectory() as folder:
        with without_start_up_lines():
            network = _exported(path, Path(folder)) if path.is_dir() else path
            generator = loading.load(network)
            hand = _hand(arguments.path, generator)
        page = write_page(network, generator, arguments.out, shown, hand)
    say(page)
    if arguments.open:
        import webbrowser

        webbrowser.open(page.resolve().as_uri())
    return 0


def _hand(path: Path | None, generator: Generator) -> Hand | None:
    """The networks of a field to draw digits into; None if there is no encoder of digits."""
    from acwgan.encoder.trained import encoder_path, load_encoder
    from acwgan.evaluation.judge import judge_of
    from acwgan.files.bundled import JUDGE
    from acwgan.runs.model_info import info_of
    from acwgan.web.writer import Hand

    if path is None:
        return Hand(JUDGE, encoder_path())
    if info_of(path).dataset != "mnist" or not encoder_path(path).exists():
        return None
    encoder = load_encoder(path)
    encoder.check(generator)
    # What is drawn is brought to the form of MNIST's digits, which other images do not have.
    return Hand(judge_of(path).path, encoder.path) if encoder.image_shape[:2] == (28, 28) else None


def _exported(run_dir: Path, folder: Path) -> Path:
    """The generator of a run as a LiteRT file in a folder."""
    from acwgan.export import litert
    from acwgan.runs import weights
    from acwgan.runs.folder import read_config, read_data_spec
    from acwgan.runs.model_info import ModelInfo
    from acwgan.web.writer import nothing_to_type

    if not read_config(run_dir).conditional:
        raise nothing_to_type(run_dir)
    best, config, generator = weights.best_networks(run_dir, weights.restore_generator)
    info = ModelInfo.of_run(config, read_data_spec(run_dir), best)
    path = folder / "generator.tflite"
    return litert.export_generator(generator, path, config.latent, info=info)
