"""``acwgan export``: a run's networks as files. Nothing heavy is imported before it runs."""

from pathlib import Path

from acwgan.cli.options import choice
from acwgan.errors import UserError
from acwgan.export.formats import FORMATS, QUANTIZATIONS

_ABOUT = (
    "Write the generator of a run's best checkpoint for other programs. With the default, litert, "
    "also the critic, as critic.tflite."
)


def add_parser(commands) -> None:
    """Add the command.

    Args:
        commands: What ``ArgumentParser.add_subparsers`` returned.
    """
    parser = commands.add_parser(
        "export", help="write a run's generator for other programs", description=_ABOUT
    )
    parser.set_defaults(command=_export)
    parser.add_argument("run_dir", metavar="RUN", type=Path, help="run folder")
    parser.add_argument("--out", type=Path, help="folder for the files (default: the run folder)")
    parser.add_argument(
        "--format",
        metavar="FORMAT",
        default="litert",
        help="litert (runs without TensorFlow), keras, savedmodel, or onnx with the extra "
        "acwgan[onnx] (default: litert)",
    )
    parser.add_argument(
        "--uint8", action="store_true", help="images as pixels 0..255 instead of [-1, 1]"
    )
    parser.add_argument(
        "--quantize",
        metavar="HOW",
        help="smaller numbers in the LiteRT generator: float16, int8 or int8-weights",
    )


def _export(arguments) -> int:
    form = choice("--format", arguments.format, tuple(FORMATS))
    if arguments.quantize and form != "litert":
        raise UserError(f"--quantize and --format {form} do not go together")
    from acwgan.startup_lines import without_start_up_lines

    with without_start_up_lines():
        from acwgan.export import litert
        from acwgan.networks import calls
        from acwgan.runs import weights

        if arguments.quantize:
            choice("--quantize", arguments.quantize, QUANTIZATIONS)
        restore = [weights.restore_generator]
        if form == "litert":
            restore.append(weights.restore_critic)
        best, config, generator, *critic = weights.best_networks(arguments.run_dir, *restore)
        if arguments.uint8:
            generator = calls.in_pixels(generator)
        out = arguments.out or arguments.run_dir
        path = out / FORMATS[form].file_name
        if critic:
            files = [
                litert.export_generator(generator, path, config.latent, arguments.quantize),
                litert.export_critic(*critic, out / "critic.tflite"),
            ]
        else:
            files = [FORMATS[form].export(generator, path, config.latent)]
    print(f"From {best}:", *files)
    return 0
