"""What an evaluation found, as numbers and as a table."""

import dataclasses
from typing import NamedTuple


class Pair(NamedTuple):
    """A figure, and what real digits get.

    Example:
        >>> Pair(3.0, 2.0).ratio
        1.5
    """

    generated: float
    real: float

    @property
    def ratio(self) -> float:
        """Generated to real."""
        return self.generated / self.real


@dataclasses.dataclass(frozen=True)
class Report:
    """The figures of one evaluation; ``evaluation.evaluate`` says what they are."""

    judge: str  # the first 12 hex digits of the SHA-256 of the judge's file
    images: int
    class_accuracy: Pair
    accuracy_per_class: tuple[float, ...]
    confusion: tuple[tuple[int, ...], ...]  # row: asked for, column: read as
    frechet_distance: Pair
    precision: Pair
    recall: Pair
    variety_per_class: tuple[float, ...]  # 1 is as varied as real digits
    nearest_minimum: Pair  # distances to the nearest training image; pixels in 0..1
    nearest_median: Pair
    nearer_than_test: int  # of 1,000
    classification_accuracy_score: Pair | None = None  # real: the judge's accuracy
    trained_on: int | None = None  # generated images behind that score
    warnings: tuple[str, ...] = ()

    @property
    def floors(self) -> float:
        """The Fréchet distance in floors, the distance that real training digits have."""
        return self.frechet_distance.ratio

    def to_dict(self) -> dict:
        """All figures as plain numbers, for JSON.

        Returns:
            Name -> value; a pair is a dict with ``generated`` and ``real``.
        """
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        plain = {
            name: value._asdict() if isinstance(value, Pair) else value
            for name, value in fields.items()
        }
        return {**plain, "floors": self.floors}

    def table(self) -> str:
        """All figures as text.

        Returns:
            Lines for a terminal, the last without a line break.
        """
        rows = [
            ("", "generated", "real", "ratio"),
            _row("class accuracy", self.class_accuracy, ".2%"),
            _row("Fréchet distance", self.frechet_distance, ".2f", ratio=True),
            _row("precision (k = 3)", self.precision, ".3f", ratio=True),
            _row("recall (k = 3)", self.recall, ".3f", ratio=True),
            _row("nearest training image: minimum", self.nearest_minimum, ".2f"),
            _row("nearest training image: median", self.nearest_median, ".2f"),
        ]
        if self.classification_accuracy_score:
            score = self.classification_accuracy_score
            rows.append(_row("classification accuracy score", score, ".2%"))
        lines = [f"{name:<32}{one:>10}{other:>10}{ratio:>8}" for name, one, other, ratio in rows]
        lines += [
            "",
            f"{'class':<10}" + "".join(f"{label:>7}" for label in range(10)),
            f"{'accuracy':<10}" + "".join(f"{x:>7.1%}" for x in self.accuracy_per_class),
            f"{'variety':<10}" + "".join(f"{x:>7.2f}" for x in self.variety_per_class),
            "",
            f"{self.nearer_than_test} of 1,000 are nearer to a training image than any of 1,000 "
            "test digits.",
            *(f"Warning: {warning}" for warning in self.warnings),
            f"Never compare with figures of another judge or feature extractor; this judge is "
            f"{self.judge}.",
        ]
        return "\n".join(lines)


def _row(name, pair, form, ratio=False):
    share = f"{pair.ratio:.2f}" if ratio else ""
    return name, f"{pair.generated:{form}}", f"{pair.real:{form}}", share
