"""The result of an evaluation, as numbers and as a table."""

import dataclasses
import math
from typing import Any, NamedTuple

from acwgan.evaluation.metrics import confidence
from acwgan.messages import padded, width

#: Most classes that are all shown, and how many of the worst and of the best are shown otherwise.
_ALL_CLASSES, _FEW_CLASSES = 20, 5
#: Most columns of a class name in the table, and of a line.
_NAME, _LINE = 11, 80
#: Characters at the end of a shortened class name.
_END = 3
#: Number of images from which on a Fréchet distance is hardly too large.
_ENOUGH = 10_000


class Pair(NamedTuple):
    """A metric of generated images, and the same metric of real images.

    Example:
        >>> Pair(3.0, 2.0).ratio
        1.5
    """

    generated: float
    real: float

    @property
    def ratio(self) -> float:
        """Generated divided by real; NaN if real is 0."""
        return self.generated / self.real if self.real else math.nan


@dataclasses.dataclass(frozen=True, kw_only=True)
class Report:
    """The metrics of one evaluation, which ``evaluation.evaluate`` explains.

    For images without classes, the fields about classes keep their defaults.
    """

    dataset: str | None = None  # name or path
    classes: tuple[str, ...] = ()  # names
    judge: str  # first 12 hex digits of the SHA-256 of the judge's file
    images: int  # number of judged generated images, and of training images beside them
    test_images: int  # number of test images
    class_accuracy: Pair | None = None
    accuracy_per_class: tuple[float, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()  # row: requested class, column: class read
    frechet_distance: Pair
    precision: Pair
    recall: Pair
    variety_per_class: tuple[float | None, ...] = ()  # 1: as varied as real images
    nearest_images: Pair  # number of images behind the next three fields
    nearest_minimum: Pair  # distances to the nearest training image, with pixels in [0, 1]
    nearest_median: Pair
    nearer_than_test: int  # generated images nearer to a training image than any test image
    nearer_share: float  # share nearer than 99% of test images; 0.01 without copies
    nearer_share_features: float  # the same in the judge's features
    nearest_pairs: tuple[tuple[int, int], ...]  # row generated, row of training; nearest first
    classification_accuracy_score: Pair | None = None  # real: trained on as many
    trained_on: int | None = None  # number of generated images behind that score
    warnings: tuple[str, ...] = ()

    @property
    def floors(self) -> float:
        """The Fréchet distance, divided by the one of real training images (the floor)."""
        return self.frechet_distance.ratio

    @property
    def distance_format(self) -> str:
        """Format of a Fréchet distance; small distances need significant digits."""
        return ".2f" if self.frechet_distance.real >= 0.1 else ".2g"

    @property
    def shown_classes(self) -> list[int]:
        """Labels of the classes to show, in order: all, or the 5 worst and best of more than 20."""
        labels = list(range(len(self.classes)))
        if len(labels) <= _ALL_CLASSES:
            return labels
        labels.sort(key=lambda label: self.accuracy_per_class[label])
        return sorted(labels[:_FEW_CLASSES] + labels[-_FEW_CLASSES:])

    def to_dict(self) -> dict[str, Any]:
        """All metrics as plain values, for JSON.

        Returns:
            Name -> value; a pair is a dict with ``generated`` and ``real``. Without classes, the
            metrics of classes are left out.
        """
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        if not self.classes:
            for name in _CLASS_FIELDS:
                del fields[name]
        plain = {
            name: value._asdict() if isinstance(value, Pair) else value
            for name, value in fields.items()
        }
        return {**plain, "floors": self.floors}

    def table(self) -> str:
        """All metrics as a table for a terminal, without a line break at the end."""
        rows = [
            ("", "generated", "real", "ratio"),
            _row("class accuracy", self.class_accuracy, ".2%"),
            _row("Fréchet distance", self.frechet_distance, self.distance_format, ratio=True),
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
            f"any of {nearest.real:,} test images. Nearer than 99% of them are "
            f"{self.nearer_share:.1%} in pixels and {self.nearer_share_features:.1%} in the "
            "judge's features; without copies about 1%.",
            f"{self.images:,} generated images and as many training images (real) against "
            f"{self.test_images:,} test images.",
        ]
        if self.class_accuracy:
            share = self.class_accuracy.real
            lines.append(
                f"The judge reads {share:.2%} of the test images; "
                f"{confidence(share, self.test_images)}."
            )
        if min(self.images, self.test_images) < _ENOUGH:
            lines.append(
                f"With fewer than {_ENOUGH:,} images, a Fréchet distance is too large: "
                "compare ratios."
            )
        lines += [
            *(f"Warning: {warning}" for warning in self.warnings),
            f"Never compare with values of another judge or feature extractor; this judge is "
            f"{self.judge}.",
        ]
        return "\n".join(lines)

    def _class_lines(self) -> list[str]:
        """Accuracy and variety below the class names, in as many blocks as the line needs."""
        if not self.classes:
            return []
        labels = self.shown_classes
        names = {label: shortened(self.classes[label]) for label in labels}
        columns = max(7, *(width(name) + 1 for name in names.values()))
        per_block = (_LINE - 10) // columns
        lines = []
        if len(labels) < len(self.classes):
            lines.append(f"Of {len(self.classes)} classes, those with the worst and best accuracy:")
        for start in range(0, len(labels), per_block):
            block = labels[start : start + per_block]
            varieties = [self.variety_per_class[label] for label in block]
            rows = {
                "class": [names[label] for label in block],
                "accuracy": [f"{self.accuracy_per_class[label]:.1%}" for label in block],
                "variety": ["-" if value is None else f"{value:.2f}" for value in varieties],
            }
            for name, cells in rows.items():
                padding = [padded(cell, columns, right=True) for cell in cells]
                lines.append(f"{name:<10}" + "".join(padding))
            lines.append("")
        return lines


#: Fields that are left out for images without classes.
_CLASS_FIELDS = (
    "classes",
    "class_accuracy",
    "accuracy_per_class",
    "confusion",
    "variety_per_class",
    "classification_accuracy_score",
    "trained_on",
)


def shortened(name: str) -> str:
    """A class name, shortened to fit into a table or a picture.

    Its end stays too, since it may be all that tells names apart.

    Example:
        >>> shortened("automobile"), shortened("flying squirrel"), shortened("glyph number 519")
        ('automobile', 'flying …rel', 'glyph n…519')
    """
    start, end = name, ""
    while width(start + end) > _NAME:
        start, end = start[: -1 if end else -_END - 1], "…" + name[-_END:]
    return start + end


def _row(
    name: str, pair: Pair | None, number_format: str, ratio: bool = False
) -> tuple[str, str, str, str] | None:
    if pair is None:
        return None
    generated, real = (f"{value:{number_format}}" for value in pair)
    return name, generated, real, f"{pair.ratio:.2f}" if ratio else ""
