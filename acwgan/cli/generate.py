"""``acwgan generate``: its options, and what they do. Nothing heavy is imported before it runs."""

import sys
from math import ceil, sqrt
from pathlib import Path

from acwgan.cli.options import as_option, check_ending, choice, refused, share, whole
from acwgan.errors import UserError

_FORMATS = ("png", "npz", "pngs")
#: What to draw: one of these.
_WHAT = ("text", "classes", "count", "per_class", "morph")
#: Options that make no sense together: each of the first with any of the second.
_APART = [
    *((name, " ".join(_WHAT[:number])) for number, name in enumerate(_WHAT)),
    ("per_class", "rows style morph walk format"),
    ("morph", "walk style format min_score"),
    ("walk", "format min_score"),
    ("style", "seed min_score"),
    ("count", "rows style"),
    ("scores", "per_class morph walk"),
]
#: Options that need one of others.
_ONLY_WITH = {"frames": ("morph", "walk"), "columns": ("morph", "count")}
#: Images side by side in a morph.
_HANDS = 8
#: Images that are drawn into one picture, and of each class into a set.
_MOST = 1_000_000
#: Random latents that a walk passes through before it is back at the first.
_STOPS = 4


def add_parser(commands) -> None:
    """Add the command.

    Args:
        commands: What ``ArgumentParser.add_subparsers`` returned.
    """
    parser = commands.add_parser("generate", help="draw digits, a labelled set, an animation")
    parser.set_defaults(command=_generate)
    add = parser.add_argument
    add("text", metavar="TEXT", nargs="?", help="the digits to draw, as 20260")
    add("--classes", metavar="A,B", help="instead of TEXT: classes by name, as sneaker,bag")
    add("--count", metavar="N", help="instead of TEXT: so many images, of each class in turn")
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
    add("--scores", action="store_true", default=None, help="write the critic's score under each")
    add("--format", help="png: a strip; npz: x and y; pngs: a file for each (default: as --out)")
    add("--scale", metavar="N", help="side of a pixel (default: 1, with --scores 2, in a GIF 4)")
    add("--truncation", metavar="PSI", help="above 0, up to 1: less is cleaner and more alike")
    add("--min-score", metavar="P", help="keep only what the judge reads as meant, from P on")
    add("--per-class", metavar="N", help="write a labelled set with N of each class, as mnist.npz")
    add("--morph", metavar=("A", "B"), nargs=2, help="GIF: from a class to another and back")
    add("--walk", action="store_true", default=None, help="GIF: the same while its latents wander")
    add("--frames", metavar="N", help="frames of the GIF (default: 48)")
    add("--columns", metavar="N", help="images in a row of --morph (default: 8) or --count")


def _generate(arguments) -> int:
    given = {name for name, value in vars(arguments).items() if value is not None}
    _check_combination(given, _form(arguments))
    values = _values(arguments)
    from acwgan.evaluation.judge import judge_of
    from acwgan.generation import loading
    from acwgan.startup_lines import without_start_up_lines

    judge = None
    with without_start_up_lines():
        digits = loading.load(arguments.checkpoint)
        if arguments.min_score is not None:
            judge = judge_of(arguments.checkpoint)
    kinds = {"per_class": _set, "morph": _morph, "walk": _walk}
    draw = next((kinds[name] for name in kinds if name in given), _picture)
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


def _form(arguments) -> str:
    """What is written: as it is asked for, or else as the name of the file says."""
    if arguments.morph or arguments.walk:
        return "gif"
    if arguments.per_class:
        return "npz"
    arrays = arguments.out and arguments.out.suffix == ".npz"
    return arguments.format or ("npz" if arrays else "png")


def _path(digits, arguments) -> Path:
    form, name = _form(arguments), _name(digits)
    return arguments.out or Path(name if form == "pngs" else f"{name}.{form}")


def _check_combination(given, form) -> None:
    for name, others in _APART:
        for other in others.split():
            if {name, other} <= given:
                raise UserError(f"{_option(name)} and {_option(other)} do not go together")
    for name, others in _ONLY_WITH.items():
        if name in given and not given & set(others):
            raise UserError(f"{_option(name)}: only with {' or '.join(map(_option, others))}")
    if "scores" in given and form != "png":
        raise UserError(f"--scores and --format {form} do not go together")
    if "scale" in given and form == "npz":
        other = "--per-class" if "per_class" in given else "--format npz"
        raise UserError(f"--scale and {other} do not go together")
    if not given & set(_WHAT):
        others = ", ".join(map(_option, _WHAT[1:]))
        raise UserError(f"TEXT is missing: the digits to draw, as 20260; or one of {others}")


def _values(arguments) -> dict:
    """The numbers among the options, checked before anything is loaded."""

    def number(name, default, at_least=1, at_most=None):
        text = getattr(arguments, name)
        return default if text is None else whole(_option(name), text, at_least, at_most)

    choice("--format", arguments.format or "png", _FORMATS)
    form = _form(arguments)
    if arguments.out and form != "pngs":
        check_ending("--out", arguments.out, f".{form}")
    truncation, min_score = arguments.truncation, arguments.min_score
    style = number("style", None, at_least=0)
    return {
        "seed": number("seed", 0, at_least=0) if style is None else style,
        "rows": number("rows", 1, at_most=_MOST),
        "columns": number("columns", None, at_most=_MOST),
        "count": number("count", None, at_most=_MOST),
        "frames": number("frames", 48, at_least=2, at_most=1000),
        "scale": number("scale", 4 if form == "gif" else 2 if arguments.scores else 1, at_most=32),
        "per_class": number("per_class", None, at_most=_MOST),
        "truncation": 1.0 if truncation is None else share("--truncation", truncation, zero=False),
        "min_score": 0.0 if min_score is None else share("--min-score", min_score, zero=True),
    }


def _wanted(digits, arguments, values):
    """The labels that are asked for, and how many of them are in a row."""
    import numpy as np

    if arguments.count is not None:
        count = values["count"]
        return digits.labels_in_turn(count), min(count, values["columns"] or ceil(sqrt(count)))
    names = arguments.text if arguments.classes is None else arguments.classes.split(",")
    labels = digits.labels(names)
    _check_number(len(labels) * values["rows"])
    return np.tile(labels, values["rows"]), len(labels)


def _check_number(images) -> None:
    if images > _MOST:
        raise UserError(f"{images:,} images are too many at once; at most {_MOST:,} are allowed")


def _picture(digits, sampler, arguments, values) -> Path:
    from acwgan.generation.image_files import write
    from acwgan.images.grids import captioned, filled

    labels, columns = _wanted(digits, arguments, values)
    if arguments.style is None:
        images = sampler.all(labels)
    else:
        z = sampler.latents(values["rows"]).repeat(columns, axis=0)
        images = digits.draw(z, digits.one_hot(labels))
    form, scale = _form(arguments), values["scale"]
    if arguments.scores:
        from acwgan.generation.critic import load_critic

        scores, _ = load_critic(arguments.checkpoint)(images)
        images = captioned(images, [f"{score:.2g}" for score in scores], scale)
        scale = 1
    if form == "png":
        images = filled(images, columns)
    return write(
        images, labels if digits.classes else None, columns, form, _path(digits, arguments), scale
    )


def _name(digits) -> str:
    return "digits" if digits.classes == tuple("0123456789") else "images"


def _set(digits, sampler, arguments, values) -> Path:
    from acwgan.cli.progress_bar import CountLine
    from acwgan.generation.image_files import write_set

    digits.require_classes("--per-class")
    # In turn, so that each beginning of the set is balanced.
    labels = digits.labels_in_turn(len(digits.classes) * values["per_class"])
    path = _path(digits, arguments)
    with CountLine(len(labels), _name(digits)) as line:

        def portions():
            done = 0
            for images in sampler.stream(labels):
                yield images
                done += len(images)
                line.show(done)

        write_set(path, labels, portions())
    return path


def _morph(digits, sampler, arguments, values) -> Path:
    from acwgan.generation.paths import morph

    digits.require_classes("--morph")
    for name in arguments.morph:
        if name not in digits.classes:
            raise refused("--morph", name, f"a class of the model: {' '.join(digits.classes)}")
    first, second = digits.one_hot(digits.labels(arguments.morph))
    columns = values["columns"] or _HANDS
    _check_number(values["rows"] * columns)
    z = sampler.latents(values["rows"] * columns)
    frames = (
        digits.draw(z, weights[None].repeat(len(z), axis=0))
        for weights in morph(first, second, values["frames"])
    )
    return _gif(frames, columns, digits, arguments, values)


def _walk(digits, sampler, arguments, values) -> Path:
    from acwgan.generation.paths import walk
    from acwgan.images.grids import filled

    labels, columns = _wanted(digits, arguments, values)
    repeats = 1 if arguments.style is None else columns
    hands = len(labels) // repeats
    stops = sampler.latents(_STOPS * hands).reshape(_STOPS, hands, -1).repeat(repeats, axis=1)
    weights = digits.one_hot(labels)
    frames = (filled(digits.draw(z, weights), columns) for z in walk(stops, values["frames"]))
    return _gif(frames, columns, digits, arguments, values)


def _gif(frames, columns, digits, arguments, values) -> Path:
    from acwgan.images.gif import save_gif
    from acwgan.images.grids import enlarged, grid

    path = _path(digits, arguments)
    save_gif(path, (enlarged(grid(frame, columns), values["scale"]) for frame in frames))
    return path


def _option(name: str) -> str:
    return "TEXT" if name == "text" else as_option(name)
