import dataclasses
import re

import numpy as np
import pytest
from reports import report

from acwgan.evaluation.report import Pair


def names(table):
    """The class names in a table, in order."""
    lines = [line for line in table.splitlines() if line.startswith("class  ")]
    return [name for line in lines for name in line.replace("one ", "").split()[1:]]


@pytest.mark.parametrize("classes", [1, 3, 10, 20])
def test_the_table_has_every_class_once_in_80_columns(classes):
    table = report(classes).table()
    assert names(table) == [str(k) for k in range(classes)]
    assert all(len(line) <= 80 for line in table.splitlines() if line[:5] in ("class", "varie"))
    assert re.search(r"^variety +-", table, re.MULTILINE)


def test_of_many_classes_the_worst_and_best_are_shown():
    table = report(49).table()
    assert names(table) == [str(k) for k in [*range(5), *range(44, 49)]]
    assert "Of 49 classes" in table


def test_a_long_name_is_cut():
    one = dataclasses.replace(report(2), classes=("flying squirrel", "b"))
    assert "flying …rel" in one.table()


def test_without_classes_the_metrics_of_classes_are_left_out():
    without = report(0)
    assert "class" not in without.table() and "1.50" in without.table()
    values = without.to_dict()
    assert values["floors"] == 1.5 and values["images"] == 10_000
    assert not {"classes", "class_accuracy", "confusion", "trained_on"} & values.keys()


def test_a_note_says_that_there_are_few_images():
    assert "too large" not in report(3).table()
    for fields in ({"images": 9_999}, {"test_images": 2_000}):
        table = report(3, **fields).table()
        assert "With fewer than 10,000 images, a Fréchet distance is too large" in table


def test_small_distances_are_not_rounded_to_0():
    table = report(0, frechet_distance=Pair(0.0042, 0.0021)).table()
    assert "0.0042" in table and "0.0021" in table


def test_the_ratio_to_zero_is_nan():
    assert np.isnan(Pair(1.0, 0.0).ratio)
