"""Options of the fields of ``Config``, for ``train`` and for all commands that read data."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from acwgan.cli.options import Number, as_option, dataset, with_options
from acwgan.cli.output import note
from acwgan.config import Config
from acwgan.datasets.options import NEUTRAL, ReadOptions
from acwgan.datasets.registry import HANDED_IN
from acwgan.errors import Range, UserError

if TYPE_CHECKING:
    from acwgan.datasets.dataset import Dataset

#: Field of ``Config`` -> its option in other programs of this kind.
_ALIASES = {
    "clip_value": "--n-clip",
    "epochs": "--n-epoch",
    "n_critic": "--n-update-dis",
    "latent_dim": "--noise-dim",
}
#: Number of pictures from which on the progress of reading them is shown.
_MANY = 5000


def add_settings(group: argparse._ActionsContainer, names: set[str] | None = None) -> None:
    """Add the options of fields of ``Config``; types, ranges and help come from there.

    Args:
        group: Parser or group of the options.
        names: The fields; all if None.
    """
    kinds = typing.get_type_hints(Config)
    for field in dataclasses.fields(Config):
        if field.metadata.get("option", True) and (names is None or field.name in names):
            _add_setting(group, field, kinds[field.name])


def add_read_options(group: argparse._ActionsContainer) -> None:
    """Add the options that say how a data set is read.

    Args:
        group: Parser or group of the options.
    """
    add_settings(group, {field.name for field in dataclasses.fields(ReadOptions)})
    add_cache(group)


def add_cache(group: argparse._ActionsContainer) -> None:
    """Add the option that says where a large folder of pictures is prepared.

    Args:
        group: Parser or group of the option.
    """
    about = (
        "folder in which a large folder of pictures is prepared once (default: prepared beside the "
        "run, or in out)"
    )
    group.add_argument("--cache", metavar="DIR", type=Path, help=about)


def _add_setting(
    group: argparse._ActionsContainer, field: dataclasses.Field[Any], kind: Any
) -> None:
    about = field.metadata["help"]
    names = [as_option(field.name), *filter(None, [_ALIASES.get(field.name)])]
    options: dict[str, Any]
    if kind is bool:
        options = {"action": argparse.BooleanOptionalAction}
    elif "choices" in field.metadata:
        options = {"choices": list(field.metadata["choices"])}
    else:
        options = {"type": _type(field, kind), "metavar": "X"}
        if isinstance(options["type"], Number):
            about += ": %(type)s"
    if field.name == "color_mode":
        for words in (("gray", "grey"), ("color", "colour")):
            spelled = [f"--{word}" for word in words]
            group.add_argument(
                *spelled,
                dest=field.name,
                action="store_const",
                const=words[0],
                help=f"the same as --color-mode {words[0]}",
            )
    group.add_argument(*names, default=None, help=about, **options)


def _type(field: dataclasses.Field[Any], kind: Any) -> Any:
    """The type of the option of a field whose values are numbers or text."""
    kinds = typing.get_args(kind) or (kind,)
    none = type(None) in kinds
    if field.name == "dataset":
        return dataset
    if "fault" in field.metadata:
        return _checked(field.metadata["fault"], none)
    if str in kinds:
        return lambda text: None if none and text == "none" else text
    bounds = {key: value for key, value in field.metadata.items() if key != "help"}
    return Number(Range(whole=int in kinds, **bounds), none)


def _checked(fault: Callable[[str], str | None], none: bool) -> Callable[[str], str | None]:
    """The type of an option whose values a function checks."""

    def parse(text: str) -> str | None:
        if none and text == "none":
            return None
        found = fault(text)
        if found:
            raise argparse.ArgumentTypeError(found)
        return text

    return parse


def read_options(given: Mapping[str, Any], base: ReadOptions = NEUTRAL) -> ReadOptions:
    """How the options of a command say that data is read.

    Args:
        given: Option -> value of all options that are given.
        base: What holds without options.
    """
    names = [field.name for field in dataclasses.fields(ReadOptions)]
    return dataclasses.replace(base, **{name: given[name] for name in names if name in given})


def trained_on(name: str, config: Config | None) -> Config | None:
    """The config of a run if it was trained on this data set, else None.

    What was handed in lies in no file: the data set that is named is taken for it.

    Args:
        name: Name or path of the data set.
        config: Config of the run; None without a run.
    """
    return config if config and config.dataset in (name, HANDED_IN) else None


def load_data_as(
    name: str, arguments: argparse.Namespace, run_dir: Path, config: Config | None
) -> Dataset:
    """Load a data set as the networks of a run take it.

    Args:
        name: Name or path of the data set.
        arguments: With the options of ``add_read_options``.
        run_dir: Folder beside which a large folder of pictures is prepared.
        config: Config of the run; None without a run. If the run was trained on this data set, it
            says how it is read where no option does.
    """
    from acwgan.datasets.dataset import padded_as_in_0_1
    from acwgan.runs.folder import cache_beside

    own = trained_on(name, config)
    options = read_options(arguments.given, own.read_options if own else NEUTRAL)
    data = load_data(name, options, arguments.spelled, arguments.cache or cache_beside(run_dir))
    return padded_as_in_0_1(data) if config and config.networks_version == 1 else data


def check_classes(path: Path | None, classes: Sequence[str], data: Dataset) -> None:
    """Refuse data of other classes than those that a generator draws.

    Args:
        path: The generator; None for that of the package.
        classes: Names of its classes; none if it has none, which fits any data.
        data: The data.

    Raises:
        UserError: If the classes are others, or in another order.
    """
    from acwgan.runs.model_info import may_be_same_classes

    if classes and not may_be_same_classes(classes, data.class_names):
        drawn, given = ", ".join(classes), ", ".join(data.class_names) or "none"
        raise other_data(path, f"the classes {drawn}", given)


def other_data(path: Path | None, drawn: str, given: str) -> UserError:
    """The error that a generator does not draw what the data holds.

    Args:
        path: The generator; None for that of the package.
        drawn: What it draws, in words.
        given: What the data holds.
    """
    name = path or "the generator in the package"
    pass_ = "pass the data that it was trained on as `dataset`"
    return UserError(f"{name}: draws {drawn}, the data has {given}; {pass_}")


def options_of(options: ReadOptions) -> dict[str, Any]:
    """The options of a command that reads data so.

    Args:
        options: How the data is read.

    Returns:
        Parameter -> value, for ``messages.command``, without those that are the default.

    Example:
        >>> options_of(ReadOptions(test_share=0.1))
        {'test_share': 0.1}
    """
    values = dataclasses.asdict(options)
    return {name: value for name, value in values.items() if value != getattr(NEUTRAL, name)}


def load_data(
    name: str | Path, options: ReadOptions, spelled: Mapping[str, str], cache: Path
) -> Dataset:
    """Load a data set, and show the progress and the notes on standard error.

    Args:
        name: Name or path of the data set.
        options: How it is read.
        spelled: Parameter -> argument of the command, for the notes.
        cache: Folder in which a large folder of pictures is prepared.
    """
    from acwgan.datasets.loading import load_of_run

    with _progress() as progress:
        data = load_of_run(name, options, progress, cache)
    for line in data.notes:
        note(with_options(line, spelled))
    return data


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A function that shows how many of many pictures are read."""
    from acwgan.cli.progress_bar import CountLine

    with contextlib.ExitStack() as stack:
        lines: list[CountLine] = []

        def show(done: int, total: int) -> None:
            if total >= _MANY:
                if not lines:
                    lines.append(stack.enter_context(CountLine(total, "pictures")))
                lines[0].show(done)

        yield show
