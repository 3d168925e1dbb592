"""``acwgan evaluate``: its options, and what they do. Nothing heavy is imported before it runs."""

import contextlib
import json
import sys
from pathlib import Path

from acwgan.cli_options import whole
from acwgan.errors import UserError

#: Images a class: for the classification accuracy score, and for all else.
_A_CLASS, _A_CLASS_WITHOUT_SCORE = 6000, 1000


def add_parser(commands) -> None:
    """Add the command.

    Args:
        commands: What ``ArgumentParser.add_subparsers`` returned.
    """
    parser = commands.add_parser(
        "evaluate",
        help="measure how good generated digits are",
        description="Measure how good generated digits are, each figure beside that of real ones.",
    )
    parser.set_defaults(command=run)
    parser.add_argument(
        "path",
        metavar="PATH",
        nargs="?",
        type=Path,
        help="run folder, .keras or .tflite file, or labelled images in an .npz file "
        "(default: the generator of the package)",
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures; - is stdout, alone")
    parser.add_argument("--picture", metavar="FILE", type=Path, help="write a PNG")
    parser.add_argument("--seed", metavar="N", default="0", help="of the digits (default: 0)")
    parser.add_argument(
        "--no-cas", action="store_true", help="no classification accuracy score: saves minutes"
    )


def run(arguments) -> int:
    """Evaluate and write what was asked for.

    Args:
        arguments: Of the parser.

    Returns:
        The exit status.

    Raises:
        UserError: If an option, the path or what is there cannot be used.
    """
    seed, cas = whole("--seed", arguments.seed, at_least=0, at_most=2**31 - 1), not arguments.no_cas
    import dataclasses

    from acwgan.evaluation import evaluate
    from acwgan.judge import Judge
    from acwgan.quiet import without_start_up_lines

    try:
        images, labels = _samples(arguments.path, seed, cas)
        judge = Judge()
        if cas:
            with without_start_up_lines():
                import tensorflow as tf

                tf.config.list_logical_devices()  # The start of the devices has its lines too.
        report = evaluate(images, labels, judge=judge, cas=cas, seed=seed, report=_say)
    except KeyboardInterrupt:
        _say("Stopped; nothing was written.")
        return 130
    report = dataclasses.replace(report, warnings=_warnings(arguments.path))
    _write(report, arguments.json)
    if arguments.picture:
        from acwgan.report_picture import picture

        picture(report, images, labels, arguments.picture)
        _say(str(arguments.picture))
    return 0


def _write(report, path) -> None:
    """The table, and JSON where it is wanted."""
    from acwgan.files import whole_file

    text = json.dumps(report.to_dict(), indent=2, ensure_ascii=False)
    print(text if path == "-" else report.table())
    if path not in (None, "-"):
        with whole_file(path) as partial:
            partial.write_text(text + "\n")


def _samples(path, seed, cas):
    """Images and labels: those of the file, or as many as are needed from the generator."""
    if path and path.suffix == ".npz":
        from acwgan.evaluation import load_samples

        return load_samples(path)
    import numpy as np

    from acwgan import generation
    from acwgan.quiet import without_start_up_lines

    with without_start_up_lines():
        digits = generation.load(path)
    if len(digits.classes) != 10:
        raise UserError(
            f"{path}: has {len(digits.classes)} classes; the judge reads the ten digits"
        )
    # In turn, so that the first 1,000 of each class are the same with the score and without it.
    labels = np.arange(10 * (_A_CLASS if cas else _A_CLASS_WITHOUT_SCORE), dtype=np.int32) % 10
    _say(f"drawing {len(labels):,} digits")
    return digits.generate_labels(labels, seed), labels


def _warnings(path) -> tuple[str, ...]:
    if path and path.suffix != ".npz":
        from acwgan.run_folder import RunFolderError, read_config

        # A file in a run folder counts; one that lies elsewhere tells nothing.
        with contextlib.suppress(RunFolderError):
            if read_config(path if path.is_dir() else path.parent).include_test:
                return ("this run trained on the test digits too; no figure here is sound.",)
    return ()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
