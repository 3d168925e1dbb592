"""Health checks of a training: numbers that are not finite, and networks that have collapsed."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from acwgan.errors import UserError
from acwgan.runs.tables import read_csv
from acwgan.runs.tags import class_of

if TYPE_CHECKING:
    from acwgan.wgan.model import WGAN

#: From this share of clipped weights on, the clip bound is too tight.
_CLIPPED = 0.99
#: Scores are alike if those of reals and fakes differ by at most this part of their size.
_ALIKE = 1e-6
#: A class is alive if the judge reads more than the first share of its samples right, and lost if
#: less than the second.
_ALIVE, _LOST = 0.5, 0.02


class BadNumbersError(UserError):
    """A loss, a gradient or a weight is not finite; the message names it and the step."""


def check_metrics(
    model: "WGAN", metrics: dict[str, float], rows: Sequence[tuple[int, int]]
) -> None:
    """Refuse to continue after a step with a number that is not finite.

    The compiled loop stops at the first such step, which the message names.

    Args:
        model: The model.
        metrics: Tag -> value, as returned by the compiled loop.
        rows: The plan of the loop. Without a generator step, the generator's metrics are NaN and
            not looked at.

    Raises:
        BadNumbersError: With the names of the critic's metrics, or else the generator's.
    """
    generator_steps = any(generator_steps for _, generator_steps in rows)
    for names in (model.critic_metrics, model.generator_metrics if generator_steps else ()):
        bad = [f"{name} is {metrics[name]}" for name in names if not math.isfinite(metrics[name])]
        if bad:
            raise BadNumbersError(f"{', '.join(bad)} {_where(model)}")


def check_state(model: "WGAN") -> None:
    """Refuse to save a weight or optimizer state that is not finite.

    Args:
        model: The model; any other Keras model is checked without its optimizers.

    Raises:
        BadNumbersError: With the name of the first such variable.
    """
    parts: list[Any] = [model]  # Any other Keras model holds its networks.
    if hasattr(model, "critic_optimizer"):
        networks = [model.critic, model.generator, getattr(model, "average", None)]
        parts = [*filter(None, networks), model.critic_optimizer, model.generator_optimizer]
    for part in parts:
        for variable in part.variables:
            values = np.asarray(variable.value)
            if not np.isfinite(values).all():
                bad = values[~np.isfinite(values)].flat[0]
                raise BadNumbersError(f"{variable.path} has {bad} {_where(model)}")


def _where(model: "WGAN") -> str:
    if not hasattr(model, "generator_optimizer"):
        return f"in {type(model).__name__}"
    return f"at generator step {int(model.generator_optimizer.iterations.numpy())}"


class HealthCheck:
    """Detects a critic that has collapsed, and classes that are no longer drawn.

    Each problem is returned once, until it has gone. What was returned before follows from the
    tables of the run, so a resumed run gives the same warnings as an undisturbed one.

    Args:
        run_dir: The run folder, with the tables of the run so far.

    Example:
        >>> import tempfile
        >>> check = HealthCheck(tempfile.mkdtemp())
        >>> check.row({"score/real": 1.5, "score/fake": 1.5})
        ['the critic scores reals and fakes alike (1.5): the generator learns nothing from it']
        >>> check.row({"score/real": 1.5, "score/fake": 1.5})
        []
    """

    def __init__(self, run_dir: str | Path):
        self._known: set[str] = set()  # Problems that have been returned and have not gone.
        self._alive: set[str] = set()  # Classes that have once been drawn well.
        for name, look in (("metrics.csv", self.row), ("quality.csv", self.quality)):
            path = Path(run_dir, name)
            table = read_csv(path) if path.exists() else {}
            for values in zip(*table.values(), strict=True):
                look(dict(zip(table, values, strict=True)))

    def all(self, logs: dict[str, float]) -> list[str]:
        """Check whatever is in the logs of a step, also those of another model than a ``WGAN``.

        Args:
            logs: Tag -> value.

        Returns:
            The problems that are new, in words.
        """
        infinite = {
            f"{tag} finite": None if math.isfinite(value) else f"{tag} is {value}"
            for tag, value in logs.items()
        }
        return self._new(infinite) + self.row(logs) + self.quality(logs)

    def row(self, row: dict[str, float]) -> list[str]:
        """Check a row of metrics.

        Args:
            row: Tag -> value.

        Returns:
            The problems that are new in this row, in words.
        """
        if not {"score/real", "score/fake"} <= row.keys():  # Not of a ``WGAN``.
            return []
        # To the digits of the table, so that a resumed run decides alike.
        real, fake = (float(f"{row[tag]:.7g}") for tag in ("score/real", "score/fake"))
        share = row.get("weights/clipped_share", 0.0)
        found: dict[str, str | None] = {"alike": None, "clipped": None}
        if abs(real - fake) <= _ALIKE * max(abs(real), abs(fake)):
            found["alike"] = (
                f"the critic scores reals and fakes alike ({real:g}): the generator learns "
                "nothing from it"
            )
        if share >= _CLIPPED:
            found["clipped"] = (
                f"{share:.1%} of the critic's weights are at the clip bound: a larger "
                "`clip_value` or fewer critic steps may help"
            )
        return self._new(found)

    def quality(self, figures: dict[str, float]) -> list[str]:
        """Check the figures of a judge.

        Args:
            figures: Tag -> value.

        Returns:
            The problems that are new in these figures, in words.
        """
        found: dict[str, str | None] = {}
        for tag, accuracy in figures.items():
            name = class_of(tag)
            if name is None:
                continue
            if accuracy > _ALIVE:
                self._alive.add(tag)
            found[tag] = None
            if tag in self._alive and accuracy < _LOST:
                found[tag] = (
                    f"the class {name} is no longer drawn: the judge "
                    f"reads only {accuracy:.1%} of its samples as this class"
                )
        return self._new(found)

    def _new(self, found: dict[str, str | None]) -> list[str]:
        """The problems among these checks that are not known yet."""
        problems = {name: text for name, text in found.items() if text}
        new = [text for name, text in problems.items() if name not in self._known]
        self._known = (self._known - found.keys()) | problems.keys()
        return new
