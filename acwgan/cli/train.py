"""``acwgan train``: its options, and what they do. Nothing heavy is imported before it runs."""

import argparse
import dataclasses
import os
import sys
import typing
import warnings
from pathlib import Path

from acwgan.cli.options import as_option, whole
from acwgan.config import Config
from acwgan.datasets.registry import DATASETS
from acwgan.devices.cluster import cluster_of
from acwgan.errors import UserError, UserNotice
from acwgan.presets import PRESETS

#: The words of other command lines for a field of ``Config``.
_ALIASES = {
    "clip_value": "--n-clip",
    "epochs": "--n-epoch",
    "n_critic": "--n-update-dis",
    "latent_dim": "--noise-dim",
}


def add_parser(commands) -> None:
    """Add the command.

    Args:
        commands: What ``ArgumentParser.add_subparsers`` returned.
    """
    train = commands.add_parser("train", help="train into a run folder, or go on with one")
    train.set_defaults(command=_train)
    train.add_argument(
        "--preset", metavar="NAME", help=f"recipe: {', '.join(PRESETS)} (default: acwgan)"
    )
    train.add_argument(
        *("--run-dir", "--save-dir"),
        metavar="DIR",
        type=Path,
        help="run folder (default: out/ and the preset)",
    )
    train.add_argument(
        "--samples-dir",
        metavar="DIR",
        type=Path,
        help="folder for the pictures of samples (default: samples in the run folder)",
    )
    existing = train.add_mutually_exclusive_group()
    existing.add_argument("--resume", action="store_true", help="go on with the run that is there")
    existing.add_argument("--overwrite", action="store_true", help="remove the run that is there")
    train.add_argument(
        "--halve-rates",
        action="store_true",
        help="where a loss or a weight is not finite, go on from the last checkpoint with half "
        "the learning rates, instead of stopping",
    )
    where = train.add_argument_group("where it computes; a resume may change it")
    where.add_argument(
        "--devices", metavar="N", help="devices of this machine, among which a batch is split (1)"
    )
    where.add_argument(
        "--workers", metavar="HOST:PORT,…", help="all processes that train it, instead of TF_CONFIG"
    )
    where.add_argument("--index", metavar="I", help="which of them this one is; 0 is the chief")
    settings = train.add_argument_group("settings of the preset that can be changed")
    settings.add_argument(
        "--learning-rate", metavar="X", help="both --critic- and --generator-learning-rate"
    )
    for field in dataclasses.fields(Config):
        _add_setting(settings, field)


def _add_setting(group, field) -> None:
    """One option for one field of ``Config``; its words come from there."""
    about = field.metadata["help"]
    if isinstance(field.default, bool):
        action = argparse.BooleanOptionalAction
        group.add_argument(as_option(field.name), action=action, default=None, help=about)
        return
    choices = field.metadata.get("choices")
    metavar = "{" + ",".join(choices) + "}" if choices else "X"
    names = [as_option(field.name), *filter(None, [_ALIASES.get(field.name)])]
    group.add_argument(*names, metavar=metavar, help=about)


def _settings(arguments) -> dict[str, typing.Any]:
    """The fields of ``Config`` that were given, as numbers where they read as such."""
    given = {}
    types = typing.get_type_hints(Config)
    rates = ("critic_learning_rate", "generator_learning_rate")
    for name, kind in types.items():
        value = getattr(arguments, name)
        if value is None and name in rates:
            value = arguments.learning_rate
        if value is not None:
            given[name] = _value(value, typing.get_args(kind) or (kind,))
    # A length that is given takes the place of the preset's.
    for name, other in [("steps", "epochs"), ("epochs", "steps")]:
        if name in given:
            given.setdefault(other, None)
    for name in ("dataset", "judge"):  # As they are found from anywhere.
        if given.get(name) and Path(given[name]).exists() and given[name] not in DATASETS:
            given[name] = str(Path(given[name]).resolve())
    return given


def _value(text, kinds):
    """A word of the command line as the field's type; itself where it is none, to be refused."""
    if isinstance(text, bool):
        return text
    if type(None) in kinds and text == "none":
        return None
    if str in kinds:
        return text
    try:
        return int(text) if int in kinds else float(text)
    except ValueError:
        return text


def _place(arguments) -> dict[str, typing.Any]:
    """Where it computes, as the arguments of ``train``."""
    devices, workers, index = arguments.devices, arguments.workers, arguments.index
    return {
        "devices": 1 if devices is None else whole("--devices", devices, at_least=1),
        "workers": None if workers is None else workers.split(","),
        "index": None if index is None else whole("--index", index, at_least=0),
    }


_NO_JUDGE = (
    "No judge reads these images: nothing is judged under way, and the newest checkpoint counts "
    "as the best. Train a judge with: acwgan judge --dataset {dataset} --out judge.tflite; "
    " then give it with --judge judge.tflite."
)


def _train(arguments) -> int:
    from acwgan.runs import folder

    preset = arguments.preset or "acwgan"
    if preset not in PRESETS:
        raise UserError(f"--preset: {preset!r} is not allowed; allowed: {', '.join(PRESETS)}")
    run_dir = arguments.run_dir or Path("out") / preset
    # What a resume does not name is as in the run.
    saved = arguments.resume and not arguments.preset
    base = folder.read_config(run_dir) if saved else PRESETS[preset]
    config = dataclasses.replace(base, **_settings(arguments))
    place = _place(arguments)
    cluster = cluster_of(place["workers"], place["index"], os.environ)
    if cluster and cluster.rank:
        return _train_with_chief(arguments, config, run_dir, place)
    folder.check(run_dir, config, resume=arguments.resume, overwrite=arguments.overwrite)

    from acwgan.datasets import loading
    from acwgan.evaluation.judge import has_judge

    data = loading.load(config.dataset)
    for note in data.notes:
        print(note, file=sys.stderr)
    if config.evaluate_every and not has_judge(config.dataset, config.judge):
        print(_NO_JUDGE.format(dataset=config.dataset), file=sys.stderr)

    from acwgan.cli.progress_bar import ProgressLine
    from acwgan.startup_lines import without_start_up_lines

    print(f"Training into {run_dir}. HealthCheck it: acwgan board {run_dir.parent}", flush=True)
    try:
        with ProgressLine() as line:
            with without_start_up_lines():
                from acwgan.training.trainer import train

            train(
                config,
                run_dir,
                data=data,
                samples_dir=arguments.samples_dir,
                resume=arguments.resume,
                overwrite=arguments.overwrite,
                halve_rates=arguments.halve_rates,
                report=line.show,
                **place,
            )
    except (KeyboardInterrupt, SystemExit) as stop:
        from acwgan.runs.checkpoints import latest

        saved = latest(run_dir)
        where = f"Stopped; {saved.name} is saved" if saved else "Stopped before anything was saved"
        print(f"{where}. Go on with: acwgan train --resume --run-dir {run_dir}")
        return 130 if isinstance(stop, KeyboardInterrupt) else stop.code
    what = "--count 100"
    if config.conditional:
        names = data.class_names
        what = "20260" if {*"206"} <= {*names} else f"--classes {','.join(names[:5])}"
    print(f"Trained: {run_dir}. Try: acwgan generate {what} --checkpoint {run_dir}")
    return 0


def _train_with_chief(arguments, config, run_dir, place) -> int:
    """A worker that is not the chief: it computes its part, and only the chief speaks."""
    from acwgan.startup_lines import without_start_up_lines

    with without_start_up_lines():
        from acwgan.training.health import BadNumbersError
        from acwgan.training.trainer import train
    warnings.simplefilter("ignore", UserNotice)
    try:
        train(
            config,
            run_dir,
            resume=arguments.resume,
            halve_rates=arguments.halve_rates,  # All go back, or none.
            **place,
        )
    except BadNumbersError as error:  # All have the same.
        return error.status
    except KeyboardInterrupt:
        return 130
    except SystemExit as stop:
        return stop.code
    return 0
