"""``acwgan train``: trains into a run folder. Nothing heavy is imported before it runs."""

from __future__ import annotations

import argparse
import dataclasses
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from acwgan.cli.options import Combinations, Number, as_option
from acwgan.cli.output import note, say
from acwgan.cli.parser import Commands
from acwgan.cli.settings import add_cache, add_settings, load_data, options_of
from acwgan.config import LEARNING_RATES, LENGTHS, Config
from acwgan.datasets.registry import DATASETS
from acwgan.devices.cluster import cluster_of
from acwgan.errors import Range, UserNotice
from acwgan.messages import command
from acwgan.presets import PRESETS

if TYPE_CHECKING:
    from acwgan.training.progress import Progress, Setup

_ABOUT = (
    "Train a GAN into a run folder. Every setting of the recipe is an option. Ctrl-C saves a "
    "checkpoint and ends the training; --resume continues it, bit for bit."
)
COMBINATIONS = Combinations(apart={"resume": "overwrite"})
#: Options of before -> the options that say the same now.
_RENAMED = {
    "class_weight": ("critic_class_weight", "generator_class_weight"),
    "decay_steps": ("decay",),  # The rates fall over the whole run.
}
_NO_JUDGE = (
    "No judge is available for this data set: images are not judged during the training, and the "
    "newest checkpoint counts as the best. Train a judge with: {command}; then pass it with "
    "--judge judge.tflite."
)


def add_parser(commands: Commands) -> None:
    """Add the command."""
    train = commands.add_parser(
        "train", help="train a GAN, or resume a training", description=_ABOUT
    )
    train.set_defaults(command=run)
    add = train.add_argument
    about = "recipe: %(choices)s (default: acwgan; with --resume the settings of the run)"
    add("--preset", metavar="NAME", choices=list(PRESETS), help=about)
    about = "run folder (default: out/ and the name of the preset)"
    add("--run-dir", "--save-dir", metavar="DIR", type=Path, help=about)
    about = "folder for the sample pictures (default: samples in the run folder)"
    add("--samples-dir", metavar="DIR", type=Path, help=about)
    add_cache(train)
    about = "continue the run in the folder; auto: if there is one, else begin it"
    add("--resume", nargs="?", choices=["auto"], const=True, default=False, help=about)
    add("--overwrite", action="store_true", help="remove the run in the folder, and start anew")
    about = (
        "if a loss or a weight is not finite, return to the last checkpoint and continue with "
        "half the learning rates, instead of stopping"
    )
    add("--halve-rates", action="store_true", help=about)
    _add_devices(train.add_argument_group("devices; a resumed run may have others"))
    settings = train.add_argument_group("settings of the recipe (default: as in the preset)")
    about = "both --critic-learning-rate and --generator-learning-rate"
    rate = Number(Range(above=0))
    settings.add_argument("--learning-rate", metavar="X", type=rate, help=about)
    add_settings(settings)
    for name in _RENAMED:
        settings.add_argument(as_option(name), type=float, help=argparse.SUPPRESS)


def _add_devices(group: argparse._ArgumentGroup) -> None:
    about = "devices of this machine that share each batch (default: %(default)s)"
    number = Number(Range(whole=True, at_least=1))
    group.add_argument("--devices", metavar="N", type=number, default=1, help=about)
    about = "addresses of all processes that train together, the chief first, instead of TF_CONFIG"
    addresses = "HOST:PORT,HOST:PORT"
    group.add_argument("--workers", metavar=addresses, type=lambda t: t.split(","), help=about)
    about = "number of this process among --workers, from 0, the chief"
    number = Number(Range(whole=True, at_least=0))
    group.add_argument("--index", metavar="I", type=number, help=about)


def run(arguments: argparse.Namespace) -> int:
    """Run the command.

    Args:
        arguments: Arguments of the command.

    Returns:
        The exit status.

    Raises:
        UserError: If the arguments, the run folder or the data cannot be used, or the training
            fails.
    """
    from acwgan.runs import folder
    from acwgan.training import run_folder

    COMBINATIONS.check(arguments.given)
    run_dir = arguments.run_dir or Path("out") / (arguments.preset or "acwgan")
    cluster = cluster_of(arguments.workers, arguments.index, os.environ)
    worker = bool(cluster and cluster.rank)
    resume = arguments.resume
    if resume == "auto":
        resume = run_folder.holds_run(run_dir)
    # A resumed run keeps the settings that are not given.
    saved = resume and not arguments.preset
    base = folder.read_config(run_dir) if saved else PRESETS[arguments.preset or "acwgan"]
    config = dataclasses.replace(base, **_settings(arguments.given))
    if worker:
        return _train_with_chief(arguments, config, run_dir)
    run_folder.check(
        run_dir,
        config,
        resume=resume,
        overwrite=arguments.overwrite,
        samples_dir=arguments.samples_dir,
    )
    return _train(arguments, config, run_dir)


def _settings(given: dict[str, Any]) -> dict[str, Any]:
    """The fields of ``Config`` that are given."""
    settings = {
        field.name: given[field.name] for field in dataclasses.fields(Config) if field.name in given
    }
    for old, names in _RENAMED.items():
        if old in given:
            note(f"acwgan: {as_option(old)} is now {' and '.join(map(as_option, names))}")
            value = True if old == "decay_steps" else given[old]
            settings = dict.fromkeys(names, value) | settings
    if "learning_rate" in given:
        for name in LEARNING_RATES:
            settings.setdefault(name, given["learning_rate"])
    # One length takes the place of the other in the preset.
    if set(LENGTHS) & settings.keys():
        settings = dict.fromkeys(LENGTHS) | settings
    # A run is resumed and evaluated from any folder: its paths are absolute.
    for name in ("dataset", "judge", "init"):
        path = settings.get(name)
        if path and path not in DATASETS and Path(path).exists():
            settings[name] = str(Path(path).resolve())
    return settings


def _train(arguments: argparse.Namespace, config: Config, run_dir: Path) -> int:
    """Train in this process, alone or as the chief."""
    from acwgan.cli.progress_bar import ProgressLine
    from acwgan.datasets.loading import Loaded
    from acwgan.evaluation.judge import has_judge
    from acwgan.runs.folder import cache_beside
    from acwgan.startup_lines import without_start_up_lines

    cache = arguments.cache or cache_beside(run_dir)
    data = load_data(config.dataset, config.read_options, arguments.spelled, cache)
    if config.evaluate_every and not has_judge(config.dataset, config.judge):
        # Read in the same way, or it would learn from the test images of this run.
        reading = options_of(config.read_options)
        judge = command("judge", dataset=config.dataset, **reading, out="judge.tflite")
        note(_NO_JUDGE.format(command=judge))

    def report(progress: Progress) -> None:
        if progress.setup:
            line.say(*_setup_lines(progress.setup, run_dir))
        else:
            line.show(progress)

    try:
        with ProgressLine() as line:
            with without_start_up_lines():
                from acwgan.training.trainer import train

            train(
                config,
                run_dir,
                data=Loaded(data),
                samples_dir=arguments.samples_dir,
                resume=arguments.resume,
                overwrite=arguments.overwrite,
                report=report,
                **_process(arguments),
            )
    except (KeyboardInterrupt, SystemExit) as stop:
        return _stopped(run_dir, stop)
    say(f"Trained: {run_dir}. Try: {_example(config, data.class_names, run_dir)}")
    return 0


def _setup_lines(setup: Setup, run_dir: Path) -> tuple[str, str]:
    from acwgan.files.untrusted import human_size

    raised = ""
    if setup.rates_factor > 1:
        raised = f" Short run: {setup.rates_factor:.2g} times the learning rates."
    return (
        f"Training into {run_dir} on {setup.devices} in {setup.precision}. "
        f"Watch it: {command('board', run_dir.parent)}",
        f"Generator {setup.generator_weights:,} weights, critic {setup.critic_weights:,}; about "
        f"{human_size(setup.memory)} of memory.{raised}",
    )


def _example(config: Config, class_names: Sequence[str], run_dir: Path) -> str:
    """A command that draws with the run."""
    if config.conditional and tuple(class_names) == tuple("0123456789"):
        return command("generate", "20260", checkpoint=run_dir)
    if config.conditional:
        from acwgan.generation.class_names import joined

        return command("generate", classes=joined(class_names[:5]), checkpoint=run_dir)
    return command("generate", count=100, checkpoint=run_dir)


def _process(arguments: argparse.Namespace) -> dict[str, Any]:
    """The arguments of ``train`` that the chief and the other workers share."""
    names = ("cache", "devices", "workers", "index", "halve_rates")
    return {name: getattr(arguments, name) for name in names}


def _stopped(run_dir: Path, stop: BaseException) -> int:
    from acwgan.runs.checkpoints import latest

    if not (run_dir / "config.json").exists():
        say("Stopped before the training began. Start it again with the same command.")
        return _status(stop)
    saved = latest(run_dir)
    what = f"Stopped; {saved.name} is saved" if saved else "Stopped before a checkpoint was saved"
    say(f"{what}. Continue with: {command('train', resume=True, run_dir=run_dir)}")
    return _status(stop)


def _status(stop: BaseException) -> int:
    return stop.code if isinstance(stop, SystemExit) and isinstance(stop.code, int) else 130


def _train_with_chief(arguments: argparse.Namespace, config: Config, run_dir: Path) -> int:
    """Train as a worker that is not the chief. Only the chief prints anything."""
    from acwgan.startup_lines import without_start_up_lines

    with without_start_up_lines():
        from acwgan.training.health import BadNumbersError
        from acwgan.training.trainer import train
    warnings.simplefilter("ignore", UserNotice)
    try:
        train(config, run_dir, resume=arguments.resume, **_process(arguments))
    except BadNumbersError as error:  # The chief prints the same.
        return error.status
    except (KeyboardInterrupt, SystemExit) as stop:
        return _status(stop)
    return 0
