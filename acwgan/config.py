"""``Config``: everything that decides what a run computes, in one flat frozen dataclass.

Each field states its default, its meaning with its unit, and what is allowed, on one line. The
command line makes its options from the same lines.
"""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from collections.abc import Mapping
from typing import Any

from acwgan.datasets.options import (
    COLOR_MODES,
    FITS,
    NEUTRAL,
    ReadOptions,
    background_fault,
    size_fault,
    size_text,
)
from acwgan.datasets.registry import DATASETS
from acwgan.devices.precision import PRECISIONS
from acwgan.errors import ParameterError, Range
from acwgan.files.untrusted import parse_json_object
from acwgan.moved import renamed
from acwgan.networks.registry import NETWORKS, NEWEST_NETWORKS, networks_fault
from acwgan.wgan.averages import AVERAGES
from acwgan.wgan.image_orders import IMAGE_ORDERS, NEWEST_STREAMS
from acwgan.wgan.latents import LATENTS
from acwgan.wgan.loss_table import LOSSES
from acwgan.wgan.optimizers import OPTIMIZERS
from acwgan.wgan.penalties import PENALTIES
from acwgan.wgan.rules import FULL_LENGTH, rates_factor
from acwgan.wgan.schedule import OPENING_BURSTS, SCHEDULES, Schedule, schedule_of

#: Field that is newer than acwgan 0.1 -> the value that the runs of before were trained with.
_VALUES_IN_0_1: dict[str, Any] = {
    "random_streams": 1,
    "image_order": "epochs",
    "fakes_in_inference": False,
    "hold_out": 0,
    "augmentation": "none",
    "penalty": "gradient",
    "balance": False,
    "transpose": False,
    "init": None,
    "earlier_lengths": (),
    "image_size": None,
    "fit": "none",
    "background": "black",
    "color_mode": "auto",
    "skip_bad": False,
    "test_share": 0,
    "networks_version": 1,
    "minutes": None,
    "loss": "wasserstein",
    "averaging": "warm-up",
    "averaging_from": 0,
    "averaging_gamma": 6.94,
    "opening_bursts": 25,
    "class_in_score": False,
}
#: Fields that give the length of a run; one of them is not None.
LENGTHS = ("steps", "epochs", "minutes")
#: Generator steps of a run whose length is not given.
STEPS = FULL_LENGTH
#: Field of each step size, the critic's first -> its value if it is not given.
LEARNING_RATES = {"critic_learning_rate": 4e-4, "generator_learning_rate": 2e-4}
#: Field -> the table of its names in ``acwgan.wgan``, to which a program can add its own.
TABLES: dict[str, tuple[str, Mapping[str, Any]]] = {
    "averaging": ("AVERAGES", AVERAGES),
    "latent": ("LATENTS", LATENTS),
    "loss": ("LOSSES", LOSSES),
    "optimizer": ("OPTIMIZERS", OPTIMIZERS),
    "penalty": ("PENALTIES", PENALTIES),
    "schedule": ("SCHEDULES", SCHEDULES),
}
#: What such a name may be in a file.
_NAME = re.compile(r"[\w.-]{1,50}")
#: Field -> value in a ``config.json`` of acwgan 0.1 -> its name now.
_RENAMED_SINCE_0_1 = {
    "optimizer": {"rmsprop": "rmsprop-keras3"},
    "networks": {"wgan": "wgan-0.1", "mlp": "mlp-0.1"},
}


def _option(default: Any, about: str, **allowed: Any) -> Any:
    """A field with its meaning and its allowed values: choices, at_least, above, at_most, below.

    ``fault`` is a function that says what is wrong with a value. ``option=False`` is for a field
    that the program itself sets: the command line has no option.
    """
    return dataclasses.field(default=default, metadata={"help": about, **allowed})


class SavedName(str):
    """A name in a ``config.json`` that another program may have added to a table."""


class ConfigError(ParameterError):
    """One or more fields of ``Config`` have values that are not allowed."""


@dataclasses.dataclass(frozen=True)
class Config:
    """All settings of one training run. The defaults are the preset ``acwgan``.

    Raises:
        ConfigError: If any field is not allowed; it names all such fields at once.

    Example:
        >>> Config(steps=100, seed=7).batch_size
        64
    """

    # The data and the networks.
    dataset: str = _option("mnist", f"training data: {', '.join(DATASETS)}, or a file or folder")
    transpose: bool = _option(
        NEUTRAL.transpose, "swap height and width of the images, as EMNIST's files need"
    )
    image_size: int | str | None = _option(
        NEUTRAL.image_size,
        "size that images get in pixels, as 64, or width and height, as 64x96; none: arrays as "
        "they are, and pictures up to 64x64, else 64",
        fault=size_fault,
    )
    fit: str = _option(
        NEUTRAL.fit,
        "pictures of another shape are cropped to the middle, padded or stretched; none: pictures "
        "as they are stored",
        choices=FITS,
    )
    background: str = _option(
        NEUTRAL.background,
        "color behind transparent and around padded pictures: black, gray, white or as #ff8800",
        fault=background_fault,
    )
    color_mode: str = _option(
        NEUTRAL.color_mode,
        "gray or color images; auto: gray if all pixels are",
        choices=COLOR_MODES,
    )
    skip_bad: bool = _option(NEUTRAL.skip_bad, "leave out pictures that cannot be read")
    test_share: float = _option(
        NEUTRAL.test_share,
        "share of the images that becomes the test images of data that has none",
        at_least=0,
        below=1,
    )
    include_test: bool = _option(False, "train on the test images too")
    hold_out: float = _option(
        0,
        "training images kept apart to stand in for the test images: a number, or a share below 1",
        at_least=0,
    )
    networks: str = _option(
        "acwgan",
        f"architecture: {', '.join(NETWORKS)}, or package.module:name of your own",
        fault=networks_fault,
    )
    conditional: bool = _option(True, "generate images of a class, and let the critic classify")
    labels_of_data: bool = _option(
        True, "draw the classes of fakes with the frequencies of the data, not uniformly"
    )
    latent_dim: int = _option(64, "length of the latent vector z", at_least=1, at_most=2**20)
    latent: str = _option("normal", "z from N(0, 1) or U[-1, 1)", choices=LATENTS)
    init: str | None = _option(
        None, "run folder whose generator and critic the run starts from, as far as they fit"
    )
    # The loss.
    loss: str = _option("wasserstein", "losses of both networks", choices=LOSSES)
    critic_class_weight: float = _option(1.0, "weight of the critic's class loss", at_least=0)
    generator_class_weight: float = _option(0.5, "weight of the generator's class loss", at_least=0)
    class_in_score: bool = _option(
        True, "score an image as one of its class: add the class logit of its label to the score"
    )
    class_loss_on_fakes: bool = _option(False, "train the critic's class head on fakes too")
    clip_value: float | None = _option(None, "clip critic weights to [-c, c] (WGAN)", above=0)
    clip_before_update: bool = _option(False, "clip before the update, not after it (Alg. 1)")
    gp_weight: float | None = _option(1.0, "gradient penalty weight lambda (WGAN-GP)", above=0)
    penalty: str = _option(
        "gradient", "penalty on the critic, weighted by gp_weight", choices=PENALTIES
    )
    augmentation: str = _option(
        "auto",
        "augmentation of all images that the critic sees: auto (adaptive with few images), with a "
        "probability that follows the critic's memory of its images (adaptive), of all, or none",
        choices=["auto", "adaptive", "always", "none"],
    )
    gp_every: int = _option(
        4, "take the penalty on every n-th image of each batch, at every step", at_least=1
    )
    # The updates.
    schedule: str = _option("paper", "when bursts of 100 critic updates come", choices=SCHEDULES)
    opening_bursts: int = _option(
        OPENING_BURSTS, "number of bursts with which the schedules begin that have any", at_least=0
    )
    n_critic: int = _option(3, "critic updates per generator update outside bursts", at_least=1)
    joint_update: bool = _option(
        True, "one critic update on real - fake (Alg. 1), not one on each in turn"
    )
    fakes_in_inference: bool = _option(
        False, "fakes of a critic update with moving statistics, as Keras' predict makes them"
    )
    optimizer: str = _option("adam", "optimizer of both networks", choices=OPTIMIZERS)
    critic_learning_rate: float | None = _option(
        None,
        f"step size of the critic; none: 4e-4, raised in a run of fewer than {FULL_LENGTH:,} steps",
        above=0,
    )
    generator_learning_rate: float | None = _option(
        None, "step size of the generator; none: 2e-4, raised too if neither is given", above=0
    )
    decay: bool = _option(True, "let both step sizes fall evenly to 0 over the run")
    ema_decay: float | None = _option(
        0.9995, "decay of the generator's moving average", above=0, below=1
    )
    averaging: str = _option(
        "warm-up",
        "the average of the generator: by ema_decay after a rise (warm-up) or at once (constant), "
        "the mean of all steps (uniform), or by averaging_gamma (power)",
        choices=AVERAGES,
    )
    averaging_from: int = _option(
        0, "generator steps before the average begins; until then it is the generator", at_least=0
    )
    averaging_gamma: float = _option(
        6.94, "exponent of the averaging power: 6.94 spans a tenth of the run so far", at_least=0
    )
    batch_size: int = _option(64, "images in a batch", at_least=1)
    image_order: str = _option(
        "epochs", "shuffled epochs, or batches drawn anew without replacement", choices=IMAGE_ORDERS
    )
    balance: bool = _option(
        False, "draw real images of each class alike, however many there are of it"
    )
    steps: int | None = _option(
        None, f"number of generator steps; {STEPS:,} if no length is given", at_least=1
    )
    epochs: float | None = _option(
        None, "length of the run instead of steps: one generator step for each batch", above=0
    )
    minutes: float | None = _option(
        None,
        "length of the run instead of steps: as many as fit into these minutes on this machine",
        above=0,
    )
    earlier_lengths: tuple[tuple[int, int], ...] = _option(
        (), "lengths before a resume changed `steps`: (until this step, steps)", option=False
    )
    # The machine.
    precision: str = _option("auto", "number format of the arithmetic", choices=PRECISIONS)
    xla: bool = _option(False, "compile each update with XLA (for GPUs; slow on a CPU)")
    seed: int = _option(0, "seed of every random draw", at_least=0, at_most=2**31 - 1)
    random_streams: int = _option(
        NEWEST_STREAMS,
        "version of the random draws; 1 is that of acwgan 0.1",
        at_least=1,
        at_most=NEWEST_STREAMS,
    )
    networks_version: int = _option(
        NEWEST_NETWORKS,
        "version of the networks; 1 is that of acwgan 0.1, which does not grow with the image; 2 "
        "has the latent in the generator's first layer alone, 3 ends in a tanh",
        at_least=1,
        at_most=NEWEST_NETWORKS,
    )
    # What is written, and how often.
    log_every: int = _option(20, "generator steps between rows of metrics", at_least=1)
    sample_every: int = _option(50, "generator steps between sample pictures", at_least=1)
    evaluate_every: int | None = _option(
        2000, "generator steps between judgements of 10,000 samples", at_least=1
    )
    judge: str | None = _option(None, "file of another judge than the package's, which reads mnist")
    checkpoint_every: int = _option(200, "generator steps between checkpoints", at_least=1)
    keep_checkpoints: int = _option(3, "number of newest checkpoints to keep", at_least=1)

    def __post_init__(self) -> None:
        object.__setattr__(self, "image_size", size_text(self.image_size))
        if [getattr(self, name) for name in LENGTHS] == [None] * len(LENGTHS):
            object.__setattr__(self, "steps", STEPS)
        types = typing.get_type_hints(Config)
        faults = {}
        for field in dataclasses.fields(self):
            if not field.metadata.get("option", True):
                continue
            fault = _fault(getattr(self, field.name), types[field.name], field.metadata)
            if fault:
                faults[field.name] = fault
        if not _are_lengths(self.earlier_lengths):
            fault = f"must be pairs of whole numbers above 0, got {self.earlier_lengths!r}"
            faults["earlier_lengths"] = fault
        if self.gp_weight is not None and self.joint_update is False:
            faults.setdefault("joint_update", "must be True with a gradient penalty")
        if self.gp_weight is not None and self.critic_normalizes:
            # Gulrajani et al. 2017, section 4: the penalty is on each example's own gradient.
            reason = "whose critic has batch normalization"
            faults.setdefault("gp_weight", f"must be None with networks {self.networks}, {reason}")
        if self.augmentation == "adaptive" and self.critic_normalizes:
            # Its scores of held-out images and of its own batches cannot be compared.
            reason = f"not adaptive with networks {self.networks}, whose critic has batch"
            faults.setdefault("augmentation", f"must be always or none, {reason} normalization")
        if self.ema_decay is None and self.averaging != "warm-up":
            reason = "with `ema_decay` None there is no average; pass a number"
            faults.setdefault("averaging", f"is {self.averaging!r}, but {reason}")
        if self.include_test and self.hold_out:
            faults.setdefault("hold_out", "must be 0 if the test images are trained on")
        lengths = [getattr(self, name) for name in LENGTHS]
        if not set(LENGTHS) & set(faults) and lengths.count(None) < len(LENGTHS) - 1:
            faults["steps"] = "and `epochs` and `minutes` exclude each other; pass one of them"
        if faults:
            raise ConfigError(faults)

    @property
    def is_of_0_1(self) -> bool:
        """Whether a run of acwgan 0.1 has these settings."""
        return self.random_streams == 1

    @property
    def critic_normalizes(self) -> bool:
        """Whether the critic has batch normalization."""
        return self.networks in list(NETWORKS) and NETWORKS[self.networks].critic_normalizes

    @property
    def learning_rates(self) -> tuple[float, float]:
        """Step sizes of the critic and of the generator, before they are raised or fall."""
        critic, generator = (
            getattr(self, name) or default for name, default in LEARNING_RATES.items()
        )
        return critic, generator

    @property
    def raises_rates(self) -> bool:
        """Whether the learning rates of a short run are raised; see ``rules.rates_factor``.

        They are if none is given, and only with our networks: others may not bear such rates.
        """
        given = any(getattr(self, name) is not None for name in LEARNING_RATES)
        return self.networks == "acwgan" and self.decay and not given

    @property
    def rates_factor(self) -> float:
        """By how much the learning rates are raised, 1 to 20; 1 without a length in steps."""
        return rates_factor(self.steps) if self.raises_rates and self.steps else 1.0

    @property
    def critic_updates(self) -> Schedule:
        """How many critic updates come before each generator update; see ``schedule_of``."""
        return schedule_of(self.schedule, self.n_critic, self.opening_bursts)

    @property
    def read_options(self) -> ReadOptions:
        """How the data is read."""
        names = [field.name for field in dataclasses.fields(ReadOptions)]
        return ReadOptions(**{name: getattr(self, name) for name in names})

    def to_json(self) -> str:
        """All fields as JSON text, one to a line."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Config:
        """Read what ``to_json`` wrote, now or in acwgan 0.1.

        Fields that acwgan 0.1 did not have get the values that its runs were trained with.

        Args:
            text: A JSON object with exactly the fields of ``Config``.

        Returns:
            The config.

        Raises:
            ConfigError: If a field is unknown, missing or not allowed.
            ValueError: If the text is not a JSON object.
        """
        values: dict[str, Any] = parse_json_object(text)
        if "random_streams" not in values:
            for name, renamed in _RENAMED_SINCE_0_1.items():
                if isinstance(values.get(name), str):
                    values[name] = renamed.get(values[name], values[name])
        values = _VALUES_IN_0_1 | values
        names = {field.name for field in dataclasses.fields(cls)}
        faults = {name: "is not a field of this version" for name in values.keys() - names}
        faults |= {name: "is missing" for name in names - values.keys()}
        if faults:
            raise ConfigError(dict(sorted(faults.items())))
        if isinstance(lengths := values["earlier_lengths"], list):
            values["earlier_lengths"] = tuple(
                tuple(pair) if isinstance(pair, list) else pair for pair in lengths
            )
        for name, (_, table) in TABLES.items():
            value = values[name]
            if isinstance(value, str) and value not in table and _NAME.fullmatch(value):
                values[name] = SavedName(value)
        return cls(**values)

    def require_known_names(self) -> None:
        """Refuse names that another program has added to a table, and this one has not.

        Raises:
            ConfigError: If there are any.
        """
        faults = {
            name: f"is '{getattr(self, name)}', which the program that began the run has added to "
            f"acwgan.wgan.{table_name}; add it in this one too"
            for name, (table_name, table) in TABLES.items()
            if getattr(self, name) not in table
        }
        if faults:
            raise ConfigError(faults)

    def lengthened(self, before: Config, step: int) -> Config:
        """The config of a run that is resumed with another length, which is that of this config.

        Args:
            before: The config of the run so far.
            step: Generator step at which the run is resumed.

        Returns:
            The config, whose ``earlier_lengths`` say what the length was up to this step.

        Example:
            >>> Config(steps=40).lengthened(Config(steps=20), 15).earlier_lengths
            ((15, 20),)
        """
        if self.steps == before.steps:
            return dataclasses.replace(self, earlier_lengths=before.earlier_lengths)
        past = tuple((until, steps) for until, steps in before.earlier_lengths if until < step)
        # The length that the step before this one was made with.
        last = next((n for until, n in before.earlier_lengths if until >= step), before.steps)
        if self.decay and step and last is not None:
            past += ((step, last),)
        return dataclasses.replace(self, earlier_lengths=past)


def differing_fields(one: Config, other: Config) -> list[str]:
    """The names of the fields in which two configs differ, in the order of the class."""
    names = [field.name for field in dataclasses.fields(Config)]
    return [name for name in names if getattr(one, name) != getattr(other, name)]


def _are_lengths(value: Any) -> bool:
    pair = Range(whole=True, at_least=1)
    return isinstance(value, tuple) and all(
        isinstance(each, tuple) and len(each) == 2 and each[0] in pair and each[1] in pair
        for each in value
    )


def _fault(value: Any, kind: Any, allowed: Mapping[str, Any]) -> str | None:
    """The fault of a field's value, or None."""
    kinds = typing.get_args(kind) or (kind,)
    if value is None and type(None) in kinds:
        return None
    if "fault" in allowed:
        return allowed["fault"](value)
    if isinstance(value, SavedName):  # Looked up when it is needed.
        return None
    if "choices" in allowed:
        right, words = value in list(allowed["choices"]), "one of " + ", ".join(allowed["choices"])
    elif str in kinds:
        right, words = isinstance(value, str) and value != "", "a text"
    elif bool in kinds:
        right, words = isinstance(value, bool), "True or False"
    else:
        numbers = Range(whole=int in kinds, **{k: v for k, v in allowed.items() if k != "help"})
        right, words = value in numbers, str(numbers)
    none = " or None" if type(None) in kinds else ""
    return None if right else f"must be {words}{none}, got {value!r}"


def __getattr__(name: str) -> Any:
    return renamed(__name__, name)
