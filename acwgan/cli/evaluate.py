"""``acwgan evaluate``: its options, and what they do. Nothing heavy is imported before it runs."""

import contextlib
import json
import sys
from pathlib import Path

from acwgan.cli.options import check_ending, whole
from acwgan.errors import UserError


def add_parser(commands) -> None:
    """Add the command.

    Args:
        commands: What ``ArgumentParser.add_subparsers`` returned.
    """
    parser = commands.add_parser(
        "evaluate",
        help="measure how good generated images are",
        description="Measure how good generated images are, each figure beside that of real ones.",
    )
    parser.set_defaults(command=run)
    parser.add_argument(
        "path",
        metavar="PATH",
        nargs="?",
        type=Path,
        help="run folder, .keras or .tflite file, or images in an .npz file "
        "(default: the generator of the package)",
    )
    parser.add_argument(
        "--dataset",
        metavar="NAME",
        help="what they imitate: a name, folder or .npz file (default: that of the run, or mnist)",
    )
    parser.add_argument(
        "--judge",
        metavar="FILE",
        help="who reads them (default: that of the run; for mnist the one of the package)",
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures; - is stdout, alone")
    parser.add_argument("--picture", metavar="FILE", type=Path, help="write a PNG")
    parser.add_argument("--seed", metavar="N", default="0", help="of the images (default: 0)")
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
    if arguments.picture:
        check_ending("--picture", arguments.picture, ".png")
    import dataclasses

    from acwgan.datasets.loading import load
    from acwgan.evaluation.full import evaluate
    from acwgan.evaluation.generated_images import check_data
    from acwgan.evaluation.judge import judge_for
    from acwgan.startup_lines import without_start_up_lines

    config = _config(arguments.path)
    dataset = arguments.dataset or getattr(config, "dataset", "mnist")
    of_run = config is not None and dataset == config.dataset
    judge = judge_for(dataset, arguments.judge or (config.judge if of_run else None))
    try:
        data = load(dataset)
        for note in data.notes:
            _say(note)
        check_data(data)
        judge.check(data.train_images.shape[1:])
        images, labels = _samples(arguments.path, data, seed, cas)
        if cas and labels is not None:
            with without_start_up_lines():
                import tensorflow as tf

                tf.config.list_logical_devices()  # The start of the devices has its lines too.
        report = evaluate(images, labels, data, judge=judge, cas=cas, seed=seed, report=_say)
    except KeyboardInterrupt:
        _say("Stopped; nothing was written.")
        return 130
    report = dataclasses.replace(report, dataset=dataset, warnings=_warnings(config))
    _write(report, arguments.json)
    if arguments.picture:
        from acwgan.evaluation.report_picture import picture

        picture(report, images, labels, arguments.picture)
        _say(str(arguments.picture))
    return 0


def _write(report, path) -> None:
    """The table, and JSON where it is wanted."""
    from acwgan.files.atomic import whole_file

    text = json.dumps(report.to_dict(), indent=2, ensure_ascii=False)
    print(text if path == "-" else report.table())
    if path not in (None, "-"):
        with whole_file(path) as partial:
            partial.write_text(text + "\n")


def _samples(path, data, seed, cas):
    """Images and labels: those of the file, or as many as are needed from the generator.

    The labels are None for images without classes.
    """
    if path and path.suffix == ".npz":
        from acwgan.evaluation.generated_images import load_samples

        images, labels = load_samples(path, data.train_images.shape[1:])
        if labels is None:
            _say(f"{path}: has no labels; the figures of classes are left out")
        return images, labels
    import numpy as np

    from acwgan.evaluation.real_images import IMAGES, balanced
    from acwgan.generation import loading
    from acwgan.startup_lines import without_start_up_lines

    with without_start_up_lines():
        generator = loading.load(path)
    if not generator.classes:
        count = min(IMAGES, len(data.train_images))
        _say(f"drawing {count:,} images")
        return generator.generate_count(count, seed), None
    classes = len(data.class_names)
    if len(generator.classes) != classes:
        raise UserError(
            f"{path or 'the generator of the package'}: has {len(generator.classes)} classes, the "
            f"data {classes}; give its data with --dataset"
        )
    a_class = int(balanced(data).max())
    if cas:  # In all as many as real ones.
        a_class = max(a_class, -(-len(data.train_images) // classes))
    # In turn, so that the first of each class are the same with the score and without it.
    labels = np.arange(classes * a_class, dtype=np.int32) % classes
    _say(f"drawing {len(labels):,} images")
    return generator.generate_labels(labels, seed), labels


def _config(path):
    """That of the run which the path is or lies in; a file that lies elsewhere tells nothing."""
    if path and path.suffix != ".npz":
        from acwgan.runs.folder import RunFolderError, read_config

        with contextlib.suppress(RunFolderError):
            return read_config(path if path.is_dir() else path.parent)
    return None


def _warnings(config) -> tuple[str, ...]:
    if config and config.include_test:
        return ("this run trained on the test images too; no figure here is sound.",)
    return ()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
