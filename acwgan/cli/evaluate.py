"""``acwgan evaluate``: measures generated images. Nothing heavy is imported before it runs."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

from acwgan.cli.options import TENSORFLOW_SEED, Number, dataset, file
from acwgan.cli.output import note, say, write
from acwgan.cli.parser import Commands
from acwgan.cli.settings import add_read_options, check_classes, load_data_as, trained_on
from acwgan.errors import Range, UserError

if TYPE_CHECKING:
    import numpy as np

    from acwgan.config import Config
    from acwgan.datasets.dataset import Dataset
    from acwgan.evaluation.report import Report

_ABOUT = (
    "Measure how good generated images are. Every figure stands beside the figure of real images."
)


def add_parser(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "evaluate", help="measure how good generated images are", description=_ABOUT
    )
    parser.set_defaults(command=run)
    add = parser.add_argument
    about = (
        "run folder, .keras or .tflite file of a generator, or .npz file of images (default: the "
        "generator in the package)"
    )
    add("path", metavar="PATH", nargs="?", type=Path, help=about)
    about = (
        "real images: a name, folder or .npz file (default: as in the run, or as the file of a "
        "generator says; for an .npz file mnist)"
    )
    add("--dataset", metavar="NAME", type=dataset, help=about)
    add_read_options(parser.add_argument_group("how the data is read (default: as in the run)"))
    about = "LiteRT file of a judge (default: as in the run; for mnist the one in the package)"
    add("--judge", metavar="FILE", type=Path, help=about)
    about = "write all figures as JSON; - is standard output, without the table"
    add("--json", metavar="FILE", help=about)
    about = "write a picture of the evaluation, .png"
    add("--picture", metavar="FILE", type=file(".png"), help=about)
    about = "write a picture of the images nearest to a training image, each beside it, .png"
    add("--pairs", metavar="FILE", type=file(".png"), help=about)
    about = (
        "compare with N training images, or a share of them, that are kept apart, instead of the "
        "test images (default: as in the run, else 0)"
    )
    add("--hold-out", metavar="N", type=Number(Range(at_least=0)), help=about)
    about = "seed of the generated images (default: %(default)s)"
    add("--seed", metavar="N", type=TENSORFLOW_SEED, default=0, help=about)
    about = "leave out the classification accuracy score, which takes minutes"
    add("--no-cas", action="store_true", help=about)


def run(arguments: argparse.Namespace) -> int:
    """Run the command.

    Args:
        arguments: Arguments of the command.

    Returns:
        The exit status.

    Raises:
        UserError: If the images, the data or the judge cannot be used.
    """
    config = _config(arguments.path)
    try:
        report, images, labels, data = _evaluate(arguments, config)
    except KeyboardInterrupt:
        note("Stopped; nothing was written.")
        return 130
    _write(dataclasses.replace(report, warnings=_warnings(config)), arguments.json)
    if arguments.picture:
        from acwgan.evaluation.report_picture import picture

        picture(report, images, labels, arguments.picture)
        note(arguments.picture)
    if arguments.pairs:
        from acwgan.evaluation.pairs_picture import pairs_picture

        pairs_picture(report.nearest_pairs, images, data.train_images, arguments.pairs)
        note(arguments.pairs)
    return 0


def _evaluate(
    arguments: argparse.Namespace, config: Config | None
) -> tuple[Report, np.ndarray, np.ndarray | None, Dataset]:
    """The report, the images and labels that it is about, and the data."""
    from acwgan.datasets.held_out import hold_out
    from acwgan.evaluation.full import evaluate
    from acwgan.evaluation.generated_images import check_data
    from acwgan.evaluation.judge import judge_for
    from acwgan.startup_lines import without_start_up_lines

    name = arguments.dataset or (config.dataset if config else _dataset_of(arguments.path))
    own = trained_on(name, config)
    judge = judge_for(name, arguments.judge or (own.judge if own else None))
    run_dir = arguments.path if config else Path("out", "samples")
    if run_dir.is_file():
        run_dir = run_dir.parent
    data = load_data_as(name, arguments, run_dir, config)
    amount = arguments.hold_out
    if amount is None:
        amount = own.hold_out if own else 0
    data = hold_out(data, amount)
    if amount:
        held_out = f"{len(data.test_labels):,} held-out training images"
        note(f"comparing with {held_out}; --hold-out 0 compares with the test images")
    check_data(data)
    judge.check(data.train_images.shape[1:])
    cas = not arguments.no_cas
    images, labels = _samples(arguments.path, data, arguments.seed, cas)
    if cas and labels is not None:
        with without_start_up_lines():
            from acwgan.devices.gpus import start_devices

            start_devices()
    report = evaluate(images, labels, data, judge=judge, cas=cas, seed=arguments.seed, report=note)
    return dataclasses.replace(report, dataset=name), images, labels, data


def _write(report: Report, path: str | None) -> None:
    """Print the table, and write the JSON file if there is a path; - prints JSON instead."""
    from acwgan.files.atomic import whole_file

    figures = report.to_dict()
    if path == "-":
        # In ASCII, which every standard output can write and every terminal can show.
        write(json.dumps(figures, indent=2) + "\n")
        return
    for line in report.table().split("\n"):
        say(line)
    if path is not None:
        text = json.dumps(figures, indent=2, ensure_ascii=False)
        with whole_file(path) as partial:
            partial.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")


def _samples(
    path: Path | None, data: Dataset, seed: int, cas: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    """Images and labels from a file, or as many as needed from a generator.

    The labels are None for images without classes.
    """
    if path and path.suffix == ".npz":
        from acwgan.evaluation.generated_images import check_names, load_samples

        images, labels = load_samples(path, data.train_images.shape[1:])
        check_names(path, data)
        if labels is None:
            note(f"{path}: has no labels; the figures of the classes are left out")
        return images, labels
    import numpy as np

    from acwgan.evaluation.real_images import IMAGES, balanced
    from acwgan.generation import loading
    from acwgan.startup_lines import without_start_up_lines

    with without_start_up_lines():
        generator = loading.load(path)
    if not generator.classes:
        count = min(IMAGES, len(data.train_images))
        note(f"drawing {count:,} images")
        return generator.generate_count(count, seed), None
    check_classes(path, generator.classes, data)
    classes = len(generator.classes)
    per_class = int(balanced(data).max())
    if cas:  # As many generated images as real ones.
        per_class = max(per_class, -(-len(data.train_images) // classes))
    # Each class in turn: the first images are the same with and without --no-cas.
    labels = np.arange(classes * per_class, dtype=np.int32) % classes
    note(f"drawing {len(labels):,} images")
    return generator.generate_labels(labels, seed), labels


def _config(path: Path | None) -> Config | None:
    """The config of the run that a path is or lies in; None if there is no run."""
    if path is None or path.suffix == ".npz":  # Samples may lie anywhere.
        return None
    from acwgan.runs.folder import run_of

    return run_of(path).config


def _dataset_of(path: Path | None) -> str:
    """The name of the data that a file outside a run imitates."""
    from acwgan.runs.model_info import info_of

    if path is not None and not path.exists():
        raise UserError(f"{path}: does not exist")
    if path is not None and path.suffix == ".npz":
        note(f"{path}: is compared with mnist; --dataset compares it with other data")
        return "mnist"
    name = info_of(path).dataset
    if name is None:
        raise UserError(
            f"{path}: does not say what it was trained on; pass the data with --dataset, and a "
            "judge of it with --judge"
        )
    return name


def _warnings(config: Config | None) -> tuple[str, ...]:
    if config and config.include_test:
        return ("this run was trained on the test images too: the figures cannot be trusted.",)
    return ()
