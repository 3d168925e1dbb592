from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acwgan.images.layouts import GridLayout, grid_layout


def size(layout, height, width):
    """Height and width of the grid."""
    height, width = (ceil(side / layout.reduction) for side in (height, width))
    rows = ceil(len(layout.rows) / layout.blocks)
    return rows * height, layout.blocks * layout.columns * width


@pytest.mark.parametrize("rows", [1, 2, 10, 20])
def test_a_few_classes_of_digits_stand_below_each_other(rows):
    layout = grid_layout(rows, 28, 28)
    assert layout == GridLayout(tuple(range(rows)), 10, 1, 1)
    assert layout.in_words(rows, (28, 28)) is None


@pytest.mark.parametrize(
    ("rows", "height", "width", "shown", "rest", "words"),
    [
        (520, 8, 8, 520, (10, 6, 1), None),
        (47, 28, 28, 47, (10, 2, 1), None),
        (10, 256, 8, 10, (10, 5, 1), None),
        (10, 8, 256, 10, (4, 1, 1), "all 10 classes, 4 images of each"),
        (38, 256, 256, 38, (6, 2, 2), "all 38 classes, 6 images of each, shrunk to 128x128"),
        (1000, 64, 64, 256, (4, 6, 1), "256 of 1,000 classes, 4 images of each"),
    ],
)
def test_what_does_not_fit_is_shrunk_or_sampled_and_said(rows, height, width, shown, rest, words):
    layout = grid_layout(rows, height, width)
    assert (len(layout.rows), layout[1:]) == (shown, rest)
    said = layout.in_words(rows, (height, width))
    assert said == (words and f"sample pictures show {words}; all would be too large")


def test_without_classes_the_images_are_counted():
    assert "show 60 images;" in grid_layout(10, 256, 256).in_words(None, (256, 256))


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 5000), st.integers(1, 300), st.integers(1, 300))
def test_every_grid_can_be_shown(rows, height, width):
    layout = grid_layout(rows, height, width)
    high, wide = size(layout, height, width)
    assert high * wide <= 1.6 * 2048**2  # The last block may be filled up with black.
    assert high <= 2 * wide or layout.blocks == len(layout.rows)
    assert wide <= 8192 and high <= 8192
    assert 4 <= layout.columns <= 10
    shown = layout.rows
    assert shown[0] == 0 and sorted(set(shown)) == list(shown)
    assert shown[-1] == rows - 1 or len(shown) == 1
