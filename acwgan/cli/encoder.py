"""``acwgan encoder``: trains the encoder of a run. Nothing heavy is imported before it runs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from acwgan.cli.options import TENSORFLOW_SEED, Number, dataset
from acwgan.cli.output import say
from acwgan.cli.parser import Commands
from acwgan.cli.settings import (
    add_read_options,
    check_classes,
    load_data_as,
    other_data,
    trained_on,
)
from acwgan.datasets.registry import HANDED_IN
from acwgan.errors import Range, UserError

if TYPE_CHECKING:
    from acwgan.config import Config
    from acwgan.datasets.dataset import Dataset
    from acwgan.encoder.descent import DifferentiableGenerator

_ABOUT = (
    "Train the encoder of a generator: from an image and its class to the latent that draws it, "
    "and with which the generator draws the other classes in the same hand. Takes minutes."
)


def add_parser(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "encoder", help="train the encoder of a generator", description=_ABOUT
    )
    parser.set_defaults(command=run)
    add = parser.add_argument
    about = "run folder, whose best checkpoint is used (default: the networks in the package)"
    add("run_dir", metavar="RUN", nargs="?", type=Path, help=about)
    about = "new LiteRT file (default: encoder.tflite in the run folder, or here without a run)"
    add("--out", metavar="FILE", type=Path, help=about)
    about = "training images: a name, folder or .npz file (default: as in the run)"
    add("--dataset", metavar="NAME", type=dataset, help=about)
    add_read_options(parser.add_argument_group("how the data is read (default: as in the run)"))
    about = "steps of 64 generated and 64 real images (default: 2000)"
    add("--steps", metavar="N", type=Number(Range(whole=True, at_least=1)), help=about)
    about = "seed of all random numbers (default: %(default)s)"
    add("--seed", metavar="N", type=TENSORFLOW_SEED, default=0, help=about)


def run(arguments: argparse.Namespace) -> int:
    """Run the command.

    Args:
        arguments: Arguments of the command.

    Returns:
        The exit status.

    Raises:
        UserError: If the run or the data cannot be used.
    """
    from acwgan.startup_lines import without_start_up_lines

    with without_start_up_lines():
        from acwgan.devices.gpus import start_devices
        from acwgan.encoder.descent import differentiable_critic, differentiable_generator
        from acwgan.encoder.trained import encoder_path
        from acwgan.encoder.training import train_encoder
        from acwgan.export.litert import export_encoder
        from acwgan.runs.folder import read_config
        from acwgan.runs.model_info import info_of

        start_devices()
    folder = arguments.run_dir
    config = None if folder is None else read_config(folder)
    info = info_of(folder)  # Before anything else: the run may go on meanwhile.
    with without_start_up_lines():
        generator, critic = differentiable_generator(folder), differentiable_critic(folder)
    data = _data(arguments, config)
    _check(data, generator, arguments.run_dir)
    encoder = train_encoder(
        generator,
        critic,
        data.train_images,
        data.train_labels,
        **({"steps": arguments.steps} if arguments.steps else {}),
        seed=arguments.seed,
        report=say,
    )
    path = arguments.out or encoder_path(folder or Path())
    with without_start_up_lines():
        say(export_encoder(encoder, path, generator.latent, info=info))
    return 0


def _data(arguments: argparse.Namespace, config: Config | None) -> Dataset:
    """The training images of the run, without those that it kept apart."""
    from acwgan.datasets.held_out import hold_out

    name = arguments.dataset or (config.dataset if config else "mnist")
    if name == HANDED_IN:
        raise UserError(
            "the run was trained on data that was handed to acwgan.train in Python; save the data "
            "as an .npz file, and pass it as `dataset=FILE`"
        )
    run_dir = arguments.run_dir or Path("out", "encoder")
    data = load_data_as(name, arguments, run_dir, config)
    own = trained_on(name, config)
    return hold_out(data, own.hold_out if own else 0)


def _check(data: Dataset, generator: DifferentiableGenerator, path: Path | None) -> None:
    """Refuse data of other images or classes than those that the generator draws."""
    from acwgan.images.pixels import allowed_images
    from acwgan.runs.model_info import class_names_of

    shape = data.train_images.shape[1:]
    if shape != generator.image_shape:
        drawn, given = allowed_images(generator.image_shape), allowed_images(shape)
        raise other_data(path, drawn, given)
    check_classes(path, class_names_of(path, generator.num_classes or 0), data)
