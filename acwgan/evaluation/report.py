"""What an evaluation found, as numbers and as a table."""

import dataclasses
import math
from typing import NamedTuple

#: More classes than this are not all shown, but so many of the worst and of the best.
_CLASSES, _FEW_CLASSES = 20, 5
#: Characters of a class's name in the table, and of a line.
_NAME, _LINE = 11, 80
#: A Fréchet distance of fewer images is too large.
_USUAL = 10_000


class Pair(NamedTuple):
    """A figure, and what real images get.

    Example:
        >>> Pair(3.0, 2.0).ratio
        1.5
    """

    generated: float
    real: float

    @property
    def ratio(self) -> float:
        """Generated to real; NaN if that is 0."""
        return self.generated / self.real if self.real else math.nan


@dataclasses.dataclass(frozen=True, kw_only=True)
class Report:
    """The figures of one evaluation; ``evaluation.evaluate`` says what they are.

    Images without classes have no figures of classes: these fields keep their defaults.
    """

    dataset: str | None = None  # its name or path
    classes: tuple[str, ...] = ()  # their names
    judge: str  # the first 12 hex digits of the SHA-256 of the judge's file
    images: int  # generated ones that were judged, and training images beside them
    test_images: int
    class_accuracy: Pair | None = None
    accuracy_per_class: tuple[float, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()  # row: asked for, column: read as
    frechet_distance: Pair
    precision: Pair
    recall: Pair
    variety_per_class: tuple[float | None, ...] = ()  # 1 is as varied as real images
    nearest_images: Pair  # behind the next three figures
    nearest_minimum: Pair  # distances to the nearest training image; pixels in 0..1
    nearest_median: Pair
    nearer_than_test: int  # of the generated ones
    classification_accuracy_score: Pair | None = None  # real: the judge's accuracy
    trained_on: int | None = None  # generated images behind that score
    warnings: tuple[str, ...] = ()

    @property
    def floors(self) -> float:
        """The Fréchet distance in floors, the distance that real training images have."""
        return self.frechet_distance.ratio

    @property
    def distance_form(self) -> str:
        """How a Fréchet distance is written: a judge with faint features has small ones."""
        return ".2f" if self.frechet_distance.real >= 0.1 else ".2g"

    @property
    def shown_classes(self) -> list[int]:
        """The labels of all classes; of more than 20, of those read worst and best, in order."""
        labels = list(range(len(self.classes)))
        if len(labels) <= _CLASSES:
            return labels
        labels.sort(key=lambda label: self.accuracy_per_class[label])
        return sorted(labels[:_FEW_CLASSES] + labels[-_FEW_CLASSES:])

    def to_dict(self) -> dict:
        """All figures as plain numbers, for JSON.

        Returns:
            Name -> value; a pair is a dict with ``generated`` and ``real``. Without classes, their
            figures are left out.
        """
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        if not self.classes:
            for name in _OF_CLASSES:
                del fields[name]
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
            _row("Fréchet distance", self.frechet_distance, self.distance_form, ratio=True),
            _row("precision (k = 3)", self.precision, ".3f", ratio=True),
            _row("recall (k = 3)", self.recall, ".3f", ratio=True),
            _row("nearest training image: minimum", self.nearest_minimum, ".2f"),
            _row("nearest training image: median", self.nearest_median, ".2f"),
            _row("classification accuracy score", self.classification_accuracy_score, ".2%"),
        ]
        lines = [f"{row[0]:<32}{row[1]:>10}{row[2]:>10}{row[3]:>8}" for row in rows if row]
        nearest = self.nearest_images
        lines += [
            "",
            *self._class_lines(),
            f"{self.nearer_than_test} of {nearest.generated:,} are nearer to a training image than "
            f"any of {nearest.real:,} test images.",
            f"{self.images:,} generated images and as many training images (real) against "
            f"{self.test_images:,} test images.",
        ]
        if min(self.images, self.test_images) < _USUAL:
            lines.append(
                f"Of fewer than {_USUAL:,}, a Fréchet distance is too large: compare ratios."
            )
        lines += [
            *(f"Warning: {warning}" for warning in self.warnings),
            f"Never compare with figures of another judge or feature extractor; this judge is "
            f"{self.judge}.",
        ]
        return "\n".join(lines)

    def _class_lines(self):
        """Accuracy and variety below the names, in as many blocks as they need."""
        if not self.classes:
            return []
        labels = self.shown_classes
        names = {label: shortened(self.classes[label]) for label in labels}
        width = max(7, *(len(name) + 1 for name in names.values()))
        in_a_block = (_LINE - 10) // width
        lines = []
        if len(labels) < len(self.classes):
            lines.append(f"Of {len(self.classes)} classes, the worst and best read:")
        for start in range(0, len(labels), in_a_block):
            block = labels[start : start + in_a_block]
            accuracy = [f"{self.accuracy_per_class[label]:.1%}" for label in block]
            variety = [self.variety_per_class[label] for label in block]
            variety = ["-" if value is None else f"{value:.2f}" for value in variety]
            rows = [("class", map(names.get, block)), ("accuracy", accuracy), ("variety", variety)]
            for name, cells in rows:
                lines.append(f"{name:<10}" + "".join(f"{cell:>{width}}" for cell in cells))
            lines.append("")
        return lines


#: Fields that images without classes do not have.
_OF_CLASSES = (
    "classes",
    "class_accuracy",
    "accuracy_per_class",
    "confusion",
    "variety_per_class",
    "classification_accuracy_score",
    "trained_on",
)


def shortened(name: str) -> str:
    """A name that fits into a table or picture.

    Example:
        >>> shortened("automobile"), shortened("flying squirrel")
        ('automobile', 'flying squ…')
    """
    return name if len(name) <= _NAME else name[: _NAME - 1] + "…"


def _row(name, pair, form, ratio=False):
    if pair is None:
        return None
    share = f"{pair.ratio:.2f}" if ratio else ""
    return name, f"{pair.generated:{form}}", f"{pair.real:{form}}", share
