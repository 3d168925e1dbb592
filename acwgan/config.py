"""``Config``: everything that decides what a run computes, in one flat frozen dataclass.

Each field says its default, its meaning with its unit, and what is allowed, on one line. The
command line makes its options from the same lines.
"""

import dataclasses
import json
import typing
from collections.abc import Mapping
from typing import Any

from acwgan.datasets.registry import DATASETS
from acwgan.devices.precision import PRECISIONS
from acwgan.errors import ParameterError, Range
from acwgan.files.untrusted import parse_json_object
from acwgan.networks.registry import NETWORKS
from acwgan.wgan.latents import LATENTS
from acwgan.wgan.optimizers import OPTIMIZERS
from acwgan.wgan.schedule import SCHEDULES


def _option(default: Any, about: str, **allowed: Any) -> Any:
    """A field with its meaning and what it allows: choices, at_least, above, at_most, below."""
    return dataclasses.field(default=default, metadata={"help": about, **allowed})


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

    # What is learnt, from what.
    dataset: str = _option("mnist", f"training data: {', '.join(DATASETS)}, or a file or folder")
    include_test: bool = _option(False, "train on the test images too, as the article does")
    networks: str = _option("acwgan", "architecture", choices=NETWORKS)
    conditional: bool = _option(
        True, "a class for each image asked for, and a critic that reads it"
    )
    labels_of_data: bool = _option(
        True, "draw fakes of a class as often as the data has it, not each class alike"
    )
    latent_dim: int = _option(64, "length of the latent vector z", at_least=1, at_most=2**20)
    latent: str = _option("normal", "z from N(0, 1) or U[-1, 1)", choices=LATENTS)
    # The loss.
    critic_class_weight: float = _option(1.0, "weight of the critic's class loss", at_least=0)
    generator_class_weight: float = _option(0.5, "weight of the generator's class loss", at_least=0)
    class_loss_on_fakes: bool = _option(False, "train the critic's class head on fakes too")
    clip_value: float | None = _option(None, "clip critic weights to [-c, c] (WGAN)", above=0)
    clip_before_update: bool = _option(False, "clip before the update, not after it (Alg. 1)")
    gp_weight: float | None = _option(10.0, "gradient penalty weight lambda (WGAN-GP)", above=0)
    gp_every: int = _option(4, "take the penalty on every n-th example of a batch", at_least=1)
    # The updates.
    schedule: str = _option("paper", "when bursts of 100 critic updates come", choices=SCHEDULES)
    n_critic: int = _option(3, "critic updates per generator update outside bursts", at_least=1)
    joint_update: bool = _option(True, "one critic update on real - fake (Alg. 1), not two")
    optimizer: str = _option("adam", "of both networks", choices=OPTIMIZERS)
    critic_learning_rate: float = _option(4e-4, "step size of the critic", above=0)
    generator_learning_rate: float = _option(2e-4, "step size of the generator", above=0)
    decay: bool = _option(True, "both step sizes fall evenly to 0 over the run")
    ema_decay: float | None = _option(0.9995, "averaging of the generator", above=0, below=1)
    batch_size: int = _option(64, "images in a batch", at_least=1)
    steps: int | None = _option(16_000, "generator updates in all", at_least=1)
    epochs: float | None = _option(
        None, "length of the run instead of steps: a generator update for each batch", above=0
    )
    # The machine.
    precision: str = _option("auto", "number format of the arithmetic", choices=PRECISIONS)
    xla: bool = _option(False, "compile each update with XLA (for GPUs; slow on a CPU)")
    seed: int = _option(0, "every random draw follows from it", at_least=0, at_most=2**31 - 1)
    # What is written down, and how often.
    log_every: int = _option(20, "generator updates between rows of metrics", at_least=1)
    sample_every: int = _option(50, "generator updates between pictures", at_least=1)
    evaluate_every: int | None = _option(
        2000, "generator updates between judgements of 10,000 samples", at_least=1
    )
    judge: str | None = _option(None, "file of another judge than the package's, which reads mnist")
    checkpoint_every: int = _option(200, "generator updates between checkpoints", at_least=1)
    keep_checkpoints: int = _option(3, "newest checkpoints to keep", at_least=1)

    def __post_init__(self):
        types = typing.get_type_hints(Config)
        faults = {}
        for field in dataclasses.fields(self):
            fault = _fault(getattr(self, field.name), types[field.name], field.metadata)
            if fault:
                faults[field.name] = fault
        if self.gp_weight is not None and self.joint_update is False:
            faults.setdefault("joint_update", "must be True with a gradient penalty")
        if self.gp_weight is not None and self._critic_normalizes():
            # Gulrajani et al. 2017, section 4: the penalty is on each example's own gradient.
            reason = "whose critic normalises over the batch"
            faults.setdefault("gp_weight", f"must be None with networks {self.networks}, {reason}")
        if not {"steps", "epochs"} & set(faults) and (self.steps is None) == (self.epochs is None):
            faults["steps"] = "or `epochs` must be given, and not both"
        if faults:
            raise ConfigError(faults)

    def _critic_normalizes(self) -> bool:
        return self.networks in list(NETWORKS) and NETWORKS[self.networks].critic_normalizes

    def to_json(self) -> str:
        """All fields as JSON text, one to a line."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Config":
        """Read what ``to_json`` wrote.

        Args:
            text: A JSON object with exactly the fields of ``Config``.

        Returns:
            The config.

        Raises:
            ConfigError: If a field is unknown, missing or not allowed.
            ValueError: If the text is not a JSON object.
        """
        values = parse_json_object(text)
        names = {field.name for field in dataclasses.fields(cls)}
        faults = {name: "is not a field of this version" for name in values.keys() - names}
        faults |= {name: "is missing" for name in names - values.keys()}
        if faults:
            raise ConfigError(dict(sorted(faults.items())))
        return cls(**values)


def differing_fields(one: Config, other: Config) -> list[str]:
    """The names of the fields in which two configs differ, in the order of the class."""
    names = [field.name for field in dataclasses.fields(Config)]
    return [name for name in names if getattr(one, name) != getattr(other, name)]


def _fault(value: Any, kind: Any, allowed: Mapping[str, Any]) -> str | None:
    """What is wrong with the value of a field, or None."""
    kinds = typing.get_args(kind) or (kind,)
    if value is None and type(None) in kinds:
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
