import pytest
from hypothesis import given
from hypothesis import strategies as st

from acwgan.networks.levels import levels_of

SIDES = st.integers(8, 256)


@given(SIDES, SIDES)
def test_every_image_has_a_smallest_grid_of_4_to_8_pixels_a_side(height, width):
    grid, factors = levels_of((height, width, 3))
    for side, start, steps in zip((height, width), grid, zip(*factors, strict=True), strict=True):
        assert 4 <= start <= 8 and set(steps) <= {1, 2}
        assert sorted(steps) == list(steps)  # The longer side grows alone at first.
        largest = start * 2 ** sum(step == 2 for step in steps)
        # Less is cropped than one pixel of the smallest grid makes.
        assert side <= largest < side + largest / start
    assert (2, 2) in factors and (1, 1) not in factors


@pytest.mark.parametrize(
    "side, grid, doublings",
    [
        (8, 4, 1),
        (16, 8, 1),
        (17, 5, 2),
        (28, 7, 2),
        (30, 8, 2),
        (32, 8, 2),
        (33, 5, 3),
        (64, 8, 3),
        (65, 5, 4),
        (128, 8, 4),
        (256, 8, 5),
    ],
)
def test_the_levels_of_squares(side, grid, doublings):
    assert levels_of((side, side, 1)) == ((grid, grid), ((2, 2),) * doublings)
