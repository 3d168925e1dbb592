"""The digits on a page."""

import numpy as np
import pytest

from acwgan.images.digit_page import digits_on
from acwgan.images.grids import enlarged


@pytest.fixture(scope="module")
def mnist_digits(digits):
    """Eight test digits ``(28, 28)`` uint8: 7 2 1 0 4 1 4 9."""
    return np.rint((digits[0][..., 0] + 1) * 127.5).astype(np.uint8)


def page(mnist_digits, columns, scale=5, seed=0):
    """Digits in rows, each moved by up to a sixth of its side."""
    random = np.random.default_rng(seed)
    side, move = 28 * scale, 5 * scale
    canvas = np.zeros((len(mnist_digits) // columns * (side + move), columns * (side + move)))
    for n, digit in enumerate(mnist_digits):
        top, left = np.multiply(divmod(n, columns), side + move) + random.integers(0, move, 2)
        canvas[top : top + side, left : left + side] = enlarged(digit, scale)
    return canvas


@pytest.mark.parametrize("columns", [1, 2, 4, 8])
@pytest.mark.parametrize("scale", [2, 5, 12])
def test_digits_are_found_in_reading_order(mnist_digits, columns, scale):
    parts = digits_on(page(mnist_digits, columns, scale))
    assert len(parts) == 8
    for part, digit in zip(parts, mnist_digits, strict=True):
        assert part.sum() == pytest.approx(scale**2 * digit.astype(float).sum(), rel=0.02)


def test_the_bar_of_a_5_is_part_of_it_and_a_speck_is_nothing():
    ink = np.zeros((200, 300))
    ink[40:50, 50:90] = ink[62:70, 45:85] = ink[62:120, 75:85] = ink[110:120, 40:80] = 255
    ink[150:155, 200:205] = 255
    (part,) = digits_on(ink)
    assert part.shape == (80, 50) and part[:10].any()


def test_a_digit_below_another_is_one_of_its_own():
    ink = np.zeros((200, 100))
    ink[10:80, 40:50] = ink[95:165, 40:50] = 255  # A gap of 15 below 70.
    assert len(digits_on(ink)) == 2


def test_the_box_of_a_digit_may_reach_into_that_of_its_neighbour():
    ink = np.zeros((100, 100))
    for i in range(60):
        ink[80 - i : 84 - i, 20 + i // 2] = 255  # Two slanted strokes.
        ink[80 - i : 84 - i, 36 + i // 2] = 255
    one, two = digits_on(ink)
    assert one.shape == two.shape and np.array_equal(one, two)


def test_what_touches_the_edge_of_the_page_is_none_unless_all_does():
    ink = np.zeros((100, 150))
    ink[30:70, 60:64] = 255
    ink[:, 140:] = ink[80:, 100:] = 255  # A table below the paper.
    (part,) = digits_on(ink)
    assert part.shape == (40, 4)
    assert [part.shape for part in digits_on(ink[30:70, 60:64])] == [(40, 4)]


@pytest.mark.parametrize("slope", [-12, 0, 12])
def test_rows_may_slope(slope):
    ink = np.zeros((300, 320))
    columns = range(6)
    places = [(100 + 100 * row + slope * (n - 3), 20 + 50 * n) for row in (0, 1) for n in columns]
    for n, (top, left) in enumerate(places):
        ink[top : top + 30, left : left + 5 + n] = 255
    assert [part.sum() / (30 * 255) for part in digits_on(ink)] == list(range(5, 17))


def test_an_empty_page_has_none():
    assert digits_on(np.zeros((40, 40))) == []
