"""What can go wrong with the numbers of a training: not finite, or finite and of no use."""

import math
from pathlib import Path

import numpy as np

from acwgan.errors import UserError
from acwgan.runs.tables import read_csv

#: All weights sit at the clip bound from this share of them on.
_CLIPPED = 0.99
#: Scores are all alike if those of reals and fakes differ by less than this part of them.
_ALIKE = 1e-6
#: Share of its samples that the judge reads right: a class is alive above the first, dead below
#: the second.
_ALIVE, _DEAD = 0.5, 0.02


class BadNumbersError(UserError):
    """A loss, a gradient or a weight is not finite; the message names it and the step."""


def check_metrics(model, metrics: dict[str, float], rows: list[tuple[int, int]]) -> None:
    """Refuse to go on where an update computed something that is not finite.

    The compiled loop stops at the first such update, so it is this one that is named.

    Args:
        model: A ``WGAN``.
        metrics: What the loop returned, after one critic update at least.
        rows: What it was asked for; without a generator update there are no metrics of it.

    Raises:
        BadNumbersError: With the names of the critic's metrics, or else the generator's.
    """
    generators = any(generators for _, generators in rows)
    for names in (model.critic_metrics, model.generator_metrics if generators else ()):
        bad = [f"{name} is {metrics[name]}" for name in names if not math.isfinite(metrics[name])]
        if bad:
            raise BadNumbersError(f"{', '.join(bad)} {_where(model)}")


def check_state(model) -> None:
    """Refuse to save what is not finite.

    Args:
        model: A ``WGAN``.

    Raises:
        BadNumbersError: With the name of the first weight, or state of an optimizer.
    """
    optimizers = (model.critic_optimizer, model.generator_optimizer)
    networks = filter(None, (model.critic, model.generator, model.average))
    for part in (*networks, *optimizers):
        for variable in part.variables:
            values = np.asarray(variable.value)
            if not np.isfinite(values).all():
                bad = values[~np.isfinite(values)].flat[0]
                raise BadNumbersError(f"{variable.path} has {bad} {_where(model)}")


def _where(model):
    return f"at generator step {int(model.generator_optimizer.iterations.numpy())}"


class HealthCheck:
    """Notices a critic that has collapsed, and classes that are drawn no more: once each time.

    It follows from the tables alone, so a resumed run says what an undisturbed one would.

    Args:
        run_dir: The run folder, with the rows that belong to the run so far.

    Example:
        >>> import tempfile
        >>> watch = HealthCheck(tempfile.mkdtemp())
        >>> watch.row({"score/real": 1.5, "score/fake": 1.5})
        ['the critic scores reals and fakes alike (1.5): it teaches the generator nothing']
        >>> watch.row({"score/real": 1.5, "score/fake": 1.5})
        []
    """

    def __init__(self, run_dir: str | Path):
        self._there = set()  # Troubles that have been told and have not gone.
        self._alive = set()  # Classes that were drawn well once.
        for name, look in (("metrics.csv", self.row), ("quality.csv", self.quality)):
            path = Path(run_dir) / name
            table = read_csv(path) if path.exists() else {}
            for values in zip(*table.values(), strict=True):
                look(dict(zip(table, values, strict=True)))

    def row(self, row: dict[str, float]) -> list[str]:
        """Look at a row of metrics.

        Args:
            row: Tag -> value.

        Returns:
            What is wrong now and was not before, in words.
        """
        real, fake = (float(f"{row[tag]:.7g}") for tag in ("score/real", "score/fake"))
        share = row.get("weights/clipped_share", 0.0)
        found = {
            "alike": abs(real - fake) <= _ALIKE * max(abs(real), abs(fake))
            and f"the critic scores reals and fakes alike ({real:g}): it teaches the generator "
            "nothing",
            "clipped": share >= _CLIPPED
            and f"{share:.1%} of the critic's weights are at the clip bound: a larger "
            "--clip-value or fewer critic updates may help",
        }
        return self._new(found)

    def quality(self, figures: dict[str, float]) -> list[str]:
        """Look at what the judge found.

        Args:
            figures: Tag -> value.

        Returns:
            What is wrong now and was not before, in words.
        """
        found = {}
        for tag, accuracy in figures.items():
            if tag.startswith("quality/class_accuracy/"):
                if accuracy > _ALIVE:
                    self._alive.add(tag)
                name = tag.removeprefix("quality/class_accuracy/")
                found[tag] = (
                    tag in self._alive
                    and accuracy < _DEAD
                    and f"the class {name} is drawn no more: the judge reads {accuracy:.1%} of "
                    "its samples as it"
                )
        return self._new(found)

    def _new(self, found):
        new = [text for name, text in found.items() if text and name not in self._there]
        self._there -= found.keys()
        self._there |= {name for name, text in found.items() if text}
        return new
