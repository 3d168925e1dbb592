"""``acwgan web``: writes a page that draws. Nothing heavy is imported before it runs."""

import argparse
import tempfile
from pathlib import Path

from acwgan.cli.output import say
from acwgan.cli.parser import Commands
from acwgan.errors import UserError
from acwgan.messages import command

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
    from acwgan.files.bundled import ENCODER, GENERATOR, JUDGE
    from acwgan.generation import loading
    from acwgan.startup_lines import without_start_up_lines
    from acwgan.web.writer import Hand, write_page

    path = arguments.path or GENERATOR
    shown = command("generate", **({"checkpoint": path} if arguments.path is not None else {}))
    if path.is_file() and path.suffix != ".tflite":
        raise UserError(f"{path}: the page takes a run folder or a .tflite file")
    # The encoder and the judge in the package belong to the generator in the package.
    hand = Hand(JUDGE, ENCODER) if arguments.path is None and ENCODER.exists() else None
    with tempfile.TemporaryDirectory() as folder:
        with without_start_up_lines():
            network = _exported(path, Path(folder)) if path.is_dir() else path
            generator = loading.load(network)
        page = write_page(network, generator, arguments.out, shown, hand)
    say(page)
    if arguments.open:
        import webbrowser

        webbrowser.open(page.resolve().as_uri())
    return 0


def _exported(run_dir: Path, folder: Path) -> Path:
    """The generator of a run as a LiteRT file in a folder."""
    from acwgan.export import litert
    from acwgan.runs import weights
    from acwgan.runs.folder import read_config, read_data_spec
    from acwgan.runs.model_info import ModelInfo
    from acwgan.web.writer import nothing_to_type

    if not read_config(run_dir).conditional:
        raise nothing_to_type(run_dir)
    _, config, generator = weights.best_networks(run_dir, weights.restore_generator)
    info = ModelInfo.of_run(config, read_data_spec(run_dir))
    path = folder / "generator.tflite"
    return litert.export_generator(generator, path, config.latent, info=info)
