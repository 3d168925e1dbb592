"""``acwgan score``: its options, and what they do. Nothing heavy is imported before it runs."""

import csv
import sys
from pathlib import Path

#: What people must know of a score.
_ABOUT = (
    "Rate pictures with a trained critic. Its Wasserstein score is higher for what is more real "
    "to this critic; it has no unit and compares pictures under the same critic only."
)


def add_parser(commands) -> None:
    """Add the command.

    Args:
        commands: What ``ArgumentParser.add_subparsers`` returned.
    """
    parser = commands.add_parser("score", help="rate pictures with a critic", description=_ABOUT)
    parser.set_defaults(command=_score)
    parser.add_argument(
        "images",
        metavar="IMAGES",
        nargs="+",
        help="PNG files as large as the critic's (28x28 and grey), and .npz files with x or "
        "x_train (N, 28, 28) uint8",
    )
    parser.add_argument(
        "--checkpoint",
        metavar="PATH",
        type=Path,
        help="run folder or .tflite file (default: the critic of the package)",
    )
    parser.add_argument("--csv", metavar="FILE", help="write a table with all digits; - is stdout")


def _score(arguments) -> int:
    from acwgan.files.atomic import whole_file
    from acwgan.generation.critic import load_critic
    from acwgan.generation.picture_files import read_pictures
    from acwgan.startup_lines import without_start_up_lines

    with without_start_up_lines():
        critic = load_critic(arguments.checkpoint)
        names, images = read_pictures(arguments.images, critic.image_shape)
        scores, class_probs = critic(images)
    if arguments.csv is None:
        _print_table(names, scores, class_probs)
    elif arguments.csv == "-":
        _write_csv(sys.stdout, names, scores, class_probs)
    else:
        with whole_file(arguments.csv) as partial, partial.open("w", newline="") as file:
            _write_csv(file, names, scores, class_probs)
        print(arguments.csv)
    return 0


def _columns(class_probs):
    classes = [f"p{label}" for label in range(class_probs.shape[1])]
    return ["name", "score", *(["read_as", "probability", *classes] if classes else [])]


def _rows(names, scores, class_probs):
    for name, score, probs in zip(names, scores, class_probs, strict=True):
        read_as = [probs.argmax(), probs.max()] if len(probs) else []
        yield name, score, *read_as, *probs


def _print_table(names, scores, class_probs) -> None:
    width = max(map(len, ["name", *names]))
    heads = [head.replace("_", " ") for head in _columns(class_probs)[1:]]
    widths = [
        max(len(head), least) for head, least in zip(heads, [8, 7, 11, *[4] * 99], strict=False)
    ]
    cells = [head.rjust(size) for head, size in zip(heads, widths, strict=True)]
    print("name".ljust(width), *cells)
    for name, *numbers in _rows(names, scores, class_probs):
        forms = [".3f", "d", ".3f", *[".2f"] * class_probs.shape[1]]
        texts = [f"{number:{form}}" for number, form in zip(numbers, forms, strict=False)]
        cells = [text.rjust(size) for text, size in zip(texts, widths, strict=True)]
        print(name.ljust(width), *cells)


def _write_csv(file, names, scores, class_probs) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_columns(class_probs))
    # str() of a float32 is the shortest text that reads back as the same number.
    writer.writerows([name, *map(str, row)] for name, *row in _rows(names, scores, class_probs))
