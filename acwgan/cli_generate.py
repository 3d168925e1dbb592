"""``acwgan generate``: its options, and what they do. Nothing heavy is imported before it runs."""

import sys
from pathlib import Path

from acwgan.cli_options import choice, refused, share, whole
from acwgan.errors import UserError

_FORMATS = ("png", "npz", "pngs")
#: Options that make no sense together: each of the first with any of the second.
_APART = [
    ("per_class", "text rows style morph walk format"),
    ("morph", "text walk style format min_score"),
    ("walk", "format min_score"),
    ("style", "seed min_score"),
]
#: Options that need one of others.
_ONLY_WITH = {"frames": ("morph", "walk"), "columns": ("morph",)}
#: Random latents that a walk passes through before it is back at the first.
_STOPS = 4


def add_parser(commands) -> None:
    """Add the command.

    Args:
        commands: What ``ArgumentParser.add_subparsers`` returned.
    """
    parser = commands.add_parser("generate", help="draw the digits of a text, a set, an animation")
    parser.set_defaults(command=_generate)
    add = parser.add_argument
    add("text", metavar="TEXT", nargs="?", help="the digits to draw, as 20260")
    add(
        "--checkpoint",
        metavar="PATH",
        type=Path,
        help="run folder, .keras or .tflite file (default: the generator of the package)",
    )
    add("--seed", metavar="N", help="another seed, other digits (default: 0)")
    add("--style", metavar="SEED", help="draw every digit of a row in one hand, of this seed")
    add("--rows", metavar="N", help="times to draw the text (default: 1)")
    add("--out", metavar="PATH", type=Path, help="file, or folder for pngs (default: digits)")
    add("--format", help="png: one strip; npz: x and y; pngs: a file for each digit (default: png)")
    add("--scale", metavar="N", help="side of a pixel in pictures (default: 1, in a GIF 4)")
    add("--truncation", metavar="PSI", help="above 0, up to 1: less is cleaner and more alike")
    add("--min-score", metavar="P", help="keep only what the judge reads as meant, from P on")
    add("--per-class", metavar="N", help="write a labelled set with N of each class, as mnist.npz")
    add("--morph", metavar=("A", "B"), nargs=2, help="GIF: from a class to another and back")
    add("--walk", action="store_true", default=None, help="GIF: TEXT while its latents wander")
    add("--frames", metavar="N", help="frames of the GIF (default: 48)")
    add("--columns", metavar="N", help="hands side by side in a morph (default: 8)")


def _generate(arguments) -> int:
    given = {name for name, value in vars(arguments).items() if value is not None}
    _check_combination(given, arguments.format)
    values = _values(arguments)
    from acwgan import generation
    from acwgan.quiet import without_start_up_lines

    judge = None
    with without_start_up_lines():
        digits = generation.load(arguments.checkpoint)
    if arguments.min_score is not None:
        from acwgan.judge import Judge

        judge = Judge()
    kinds = {"per_class": _set, "morph": _morph, "walk": _walk}
    draw = next((kinds[name] for name in kinds if name in given), _text)
    sampler = digits.sampler(values["seed"], values["truncation"], judge, values["min_score"])
    try:
        path = draw(digits, sampler, arguments, values)
    except KeyboardInterrupt:
        print("Stopped; nothing was written.", file=sys.stderr)
        return 130
    if judge:
        print(f"rejected {sampler.rejected} of {sampler.drawn}", file=sys.stderr)
    print(path)
    return 0


def _check_combination(given, form) -> None:
    for name, others in _APART:
        for other in others.split():
            if {name, other} <= given:
                raise UserError(f"{_option(name)} and {_option(other)} do not go together")
    for name, others in _ONLY_WITH.items():
        if name in given and not given & set(others):
            raise UserError(f"{_option(name)}: only with {' or '.join(map(_option, others))}")
    if "scale" in given and ("per_class" in given or form == "npz"):
        other = "--per-class" if "per_class" in given else "--format npz"
        raise UserError(f"--scale and {other} do not go together")
    if not given & {"text", "per_class", "morph"}:
        raise UserError("TEXT is missing: the digits to draw, as 20260; or --per-class or --morph")


def _values(arguments) -> dict:
    """The numbers among the options, checked before anything is loaded."""

    def number(name, default, at_least=1, at_most=None):
        text = getattr(arguments, name)
        return default if text is None else whole(_option(name), text, at_least, at_most)

    choice("--format", arguments.format or "png", _FORMATS)
    moves = arguments.morph or arguments.walk
    truncation, min_score = arguments.truncation, arguments.min_score
    style = number("style", None, at_least=0)
    return {
        "seed": number("seed", 0, at_least=0) if style is None else style,
        "rows": number("rows", 1),
        "columns": number("columns", 8),
        "frames": number("frames", 48, at_least=2, at_most=1000),
        "scale": number("scale", 4 if moves else 1, at_most=32),
        "per_class": number("per_class", None),
        "truncation": 1.0 if truncation is None else share("--truncation", truncation, zero=False),
        "min_score": 0.0 if min_score is None else share("--min-score", min_score, zero=True),
    }


def _text(digits, sampler, arguments, values) -> Path:
    from acwgan.output import write

    labels = digits.labels(arguments.text)
    columns, rows = len(labels), values["rows"]
    labels = [*labels] * rows
    if arguments.style is None:
        images = sampler.all(labels)
    else:
        z = sampler.latents(rows).repeat(columns, axis=0)
        images = digits.draw(z, digits.one_hot(labels))
    form = arguments.format or "png"
    path = arguments.out or Path("digits" if form == "pngs" else f"digits.{form}")
    return write(images, labels, columns, form, path, values["scale"])


def _set(digits, sampler, arguments, values) -> Path:
    import numpy as np

    from acwgan.console import CountLine
    from acwgan.output import write_set

    # In turn, so that each beginning of the set is balanced.
    labels = np.tile(np.arange(len(digits.classes), dtype=np.uint8), values["per_class"])
    path = arguments.out or Path("digits.npz")
    with CountLine(len(labels), "digits") as line:

        def portions():
            done = 0
            for images in sampler.stream(labels):
                yield images
                done += len(images)
                line.show(done)

        write_set(path, labels, portions())
    return path


def _morph(digits, sampler, arguments, values) -> Path:
    from acwgan.animation import morph

    for text in arguments.morph:
        if text not in digits.classes:
            raise refused("--morph", text, f"a class of the model: {' '.join(digits.classes)}")
    first, second = digits.one_hot(digits.labels("".join(arguments.morph)))
    z = sampler.latents(values["rows"] * values["columns"])
    frames = (
        digits.draw(z, weights[None].repeat(len(z), axis=0))
        for weights in morph(first, second, values["frames"])
    )
    return _gif(frames, values["columns"], arguments, values)


def _walk(digits, sampler, arguments, values) -> Path:
    import numpy as np

    from acwgan.animation import walk

    labels, rows = digits.labels(arguments.text), values["rows"]
    hands, repeats = (rows * len(labels), 1) if arguments.style is None else (rows, len(labels))
    stops = sampler.latents(_STOPS * hands).reshape(_STOPS, hands, -1).repeat(repeats, axis=1)
    weights = digits.one_hot(np.tile(labels, rows))
    frames = (digits.draw(z, weights) for z in walk(stops, values["frames"]))
    return _gif(frames, len(labels), arguments, values)


def _gif(frames, columns, arguments, values) -> Path:
    from acwgan.animation import save_gif
    from acwgan.images import grid
    from acwgan.output import enlarged

    path = arguments.out or Path("digits.gif")
    save_gif(path, (enlarged(grid(frame, columns), values["scale"]) for frame in frames))
    return path


def _option(name: str) -> str:
    return "TEXT" if name == "text" else "--" + name.replace("_", "-")
