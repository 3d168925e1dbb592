"""``acwgan export``: writes a run's networks as files. Nothing heavy is imported before it runs."""

import argparse
from pathlib import Path

from acwgan.cli.options import Combinations
from acwgan.cli.output import say
from acwgan.cli.parser import Commands
from acwgan.errors import ParameterError
from acwgan.export.formats import FORMATS, QUANTIZATIONS

_ABOUT = (
    "Write the generator of a run's best checkpoint for other programs. The format litert also "
    "writes the critic, as critic.tflite."
)
_COMBINATIONS = Combinations(needs={"quantize": "format=litert"})


def add_parser(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "export", help="write a run's generator for other programs", description=_ABOUT
    )
    parser.set_defaults(command=run)
    add = parser.add_argument
    add("run_dir", metavar="RUN", type=Path, help="run folder")
    about = "folder of the new files (default: the run folder)"
    add("--out", metavar="DIR", type=Path, help=about)
    about = "litert runs without TensorFlow; onnx needs the extra acwgan[onnx] (default: litert)"
    add("--format", choices=list(FORMATS), default="litert", help=about)
    about = "make images of pixels 0 to 255 (uint8) instead of numbers in [-1, 1]"
    add("--uint8", action="store_true", help=about)
    about = "store the weights of the LiteRT generator as smaller numbers; with int8 it computes "
    about += "with them too"
    add("--quantize", choices=QUANTIZATIONS, help=about)


def run(arguments: argparse.Namespace) -> int:
    """Run the command.

    Args:
        arguments: Arguments of the command.

    Returns:
        The exit status.

    Raises:
        UserError: If the options do not go together, or the run has no usable checkpoint.
    """
    _COMBINATIONS.check({"format": arguments.format, **arguments.given})
    from acwgan.startup_lines import without_start_up_lines

    with without_start_up_lines():
        best, files = _export(arguments)
    say(" ".join([f"From {best}:", *map(str, files)]))
    return 0


def _export(arguments: argparse.Namespace) -> tuple[Path, list[Path]]:
    """The checkpoint that is exported, and the files that are written."""
    from acwgan.export import litert
    from acwgan.networks import calls
    from acwgan.runs import weights
    from acwgan.runs.folder import read_data_spec
    from acwgan.runs.model_info import ModelInfo

    with_critic = arguments.format == "litert"
    restore = [weights.restore_generator, weights.restore_critic][: 1 + with_critic]
    best, config, generator, *critics = weights.best_networks(arguments.run_dir, *restore)
    if arguments.uint8:
        generator = calls.in_pixels(generator)
    out = arguments.out or arguments.run_dir
    written = FORMATS[arguments.format]
    if out.suffix in {Path(each.file_name).suffix for each in FORMATS.values()}:
        help_ = f"pass '{out.parent}', where the generator becomes {written.file_name}"
        raise ParameterError({"out": f"must be a folder, got '{out}'; {help_}"})
    path = out / written.file_name
    options = {"quantize": arguments.quantize} if arguments.quantize else {}
    info = ModelInfo.of_run(config, read_data_spec(arguments.run_dir), best)
    files = [written.export(generator, path, config.latent, info=info, **options)]
    for critic in critics:
        how = {"info": info, "class_in_score": config.class_in_score}
        files.append(litert.export_critic(critic, out / "critic.tflite", **how))
    return best, files
