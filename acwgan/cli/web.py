"""``acwgan web``: a page that draws what is typed. Nothing heavy is imported before it runs."""

import shlex
import tempfile
from pathlib import Path

from acwgan.errors import UserError

_ABOUT = (
    "Write a folder with a page that draws what is typed, in the browser, offline. It opens from "
    "the disk and can be put on any web server as it is."
)


def add_parser(commands) -> None:
    """Add the command.

    Args:
        commands: What ``ArgumentParser.add_subparsers`` returned.
    """
    parser = commands.add_parser(
        "web", help="write a page that draws what is typed, in the browser", description=_ABOUT
    )
    parser.set_defaults(command=_web)
    parser.add_argument(
        "path",
        metavar="PATH",
        nargs="?",
        type=Path,
        help="run folder or .tflite file (default: the generator of the package)",
    )
    parser.add_argument(
        "--out", metavar="DIR", type=Path, default=Path("web"), help="the folder (default: web)"
    )
    parser.add_argument("--open", action="store_true", help="open the page in the browser")


def _web(arguments) -> int:
    from acwgan.files.bundled import GENERATOR
    from acwgan.generation import loading
    from acwgan.startup_lines import without_start_up_lines
    from acwgan.web.writer import write_page

    path, command = arguments.path, "acwgan generate"
    if path is None:
        path = GENERATOR
    else:
        command += f" --checkpoint {shlex.quote(str(path))}"
    if path.is_file() and path.suffix != ".tflite":
        raise UserError(f"{path}: is not allowed; allowed: a run folder or a .tflite file")
    with tempfile.TemporaryDirectory() as folder:
        with without_start_up_lines():
            generator = loading.load(path)
            network = path if path.is_file() else _exported(path, Path(folder))
        page = write_page(network, generator, arguments.out, command)
    print(page)
    if arguments.open:
        import webbrowser

        webbrowser.open(page.resolve().as_uri())
    return 0


def _exported(run_dir, folder) -> Path:
    from acwgan.export import litert
    from acwgan.runs import weights

    _, config, generator = weights.best_networks(run_dir, weights.restore_generator)
    return litert.export_generator(generator, folder / "generator.tflite", config.latent)
