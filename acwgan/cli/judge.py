"""``acwgan judge``: train a judge of a data set. Nothing heavy is imported before it runs."""

from pathlib import Path

from acwgan.cli.options import whole
from acwgan.errors import UserError

_ABOUT = (
    "Train a classifier on the training images of a data set alone. With --judge it then reads "
    "generated images, in acwgan train and acwgan evaluate."
)


def add_parser(commands) -> None:
    """Add the command.

    Args:
        commands: What ``ArgumentParser.add_subparsers`` returned.
    """
    parser = commands.add_parser("judge", help="train a judge of a data set", description=_ABOUT)
    parser.set_defaults(command=_judge)
    add = parser.add_argument
    add("--dataset", default="mnist", help="name, folder or .npz file (default: mnist)")
    add("--out", type=Path, required=True, help="LiteRT file to write")
    add("--epochs", default="12", help="how often each image is seen (default: 12)")
    add("--seed", default="0", help="of all draws (default: 0)")


def _judge(arguments) -> int:
    epochs = whole("--epochs", arguments.epochs, at_least=1)
    seed = whole("--seed", arguments.seed, at_least=0, at_most=2**31 - 1)
    from acwgan.startup_lines import without_start_up_lines

    with without_start_up_lines():
        from acwgan.datasets.loading import load
        from acwgan.evaluation.classifier import accuracy, train_classifier
        from acwgan.export.litert import export_classifier

    dataset = arguments.dataset
    data = load(dataset)
    num_classes = len(data.class_names)
    if num_classes < 2:
        raise UserError(f"{dataset}: has one class; a judge needs at least two to tell apart")
    if min(data.train_images.shape[1:3]) < 8:
        raise UserError(f"{dataset}: images are {data.train_images.shape[1:3]}; at least (8, 8)")
    for note in data.notes:
        _say(note)
    classifier = train_classifier(
        data.train_images,
        data.train_labels,
        num_classes=num_classes,
        epochs=epochs,
        seed=seed,
        report=_say,
    )
    if len(data.test_labels):
        _say(f"{accuracy(classifier, data.test_images, data.test_labels):.2%} of the test images")
    else:
        _say("there are no test images to say how good it is")
    with without_start_up_lines():
        path = export_classifier(classifier, arguments.out)
    _say(str(path))
    return 0


def _say(line: str) -> None:
    print(line, flush=True)
