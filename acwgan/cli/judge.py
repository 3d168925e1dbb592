"""``acwgan judge``: trains a judge of a data set. Nothing heavy is imported before it runs."""

import argparse
from pathlib import Path

from acwgan.cli.options import TENSORFLOW_SEED, Number, dataset
from acwgan.cli.output import say
from acwgan.cli.parser import Commands
from acwgan.cli.settings import add_read_options, load_data, read_options
from acwgan.datasets.registry import DATASETS
from acwgan.errors import Range, UserError

_ABOUT = (
    "Train a judge: a classifier of the training images of a data set. With --judge, acwgan train "
    "and acwgan evaluate measure generated images with it. Prints its accuracy on the test images."
)


def add_parser(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("judge", help="train a judge of a data set", description=_ABOUT)
    parser.set_defaults(command=run)
    add = parser.add_argument
    about = "data set: a name, folder or .npz file (default: %(default)s)"
    add("--dataset", metavar="NAME", type=dataset, default="mnist", help=about)
    about = "new LiteRT file (default: %(default)s)"
    add("--out", metavar="FILE", type=Path, default=Path("judge.tflite"), help=about)
    add_read_options(parser.add_argument_group("how the data is read; pass the same to train"))
    about = "passes over the training images (default: 12, or as many as make 600 steps)"
    epochs = Number(Range(whole=True, at_least=1))
    add("--epochs", metavar="N", type=epochs, help=about)
    about = "seed of all random numbers (default: %(default)s)"
    add("--seed", metavar="N", type=TENSORFLOW_SEED, default=0, help=about)


def run(arguments: argparse.Namespace) -> int:
    """Run the command.

    Args:
        arguments: Arguments of the command.

    Returns:
        The exit status.

    Raises:
        UserError: If no judge can be trained on the data.
    """
    from acwgan.startup_lines import without_start_up_lines

    with without_start_up_lines():
        from acwgan.evaluation.classifier import accuracy, enough_epochs, train_classifier
        from acwgan.evaluation.metrics import confidence
        from acwgan.export.litert import export_classifier
        from acwgan.runs.folder import cache_beside
        from acwgan.runs.model_info import ModelInfo

    options = read_options(arguments.given)
    cache = arguments.cache or cache_beside(Path("out", "judge"))
    data = load_data(arguments.dataset, options, arguments.spelled, cache)
    num_classes, sides = len(data.class_names), data.train_images.shape[1:3]
    if num_classes < 2:
        found = f"has {'one class' if num_classes else 'no labels'}"
        raise UserError(f"{arguments.dataset}: {found}; a judge needs two classes or more")
    if min(sides) < 8:
        raise UserError(
            f"{arguments.dataset}: images must be 8x8 or larger, got {sides[0]}x{sides[1]}"
        )
    classifier = train_classifier(
        data.train_images,
        data.train_labels,
        num_classes=num_classes,
        epochs=arguments.epochs or enough_epochs(len(data.train_images)),
        seed=arguments.seed,
        report=say,
    )
    if count := len(data.test_labels):
        share = accuracy(classifier, data.test_images, data.test_labels)
        say(f"{share:.2%} of the {count:,} test images; {confidence(share, count)}")
    else:
        say("The data set has no test images to measure the accuracy with.")
    with without_start_up_lines():
        known = arguments.dataset if arguments.dataset in DATASETS else None
        info = ModelInfo(data.class_names, known)
        path = export_classifier(classifier, arguments.out, info=info)
    say(path)
    return 0
