"""Pictures of handwritten digits in MNIST's form."""

import numpy as np
import pytest

from acwgan.images.grids import enlarged
from acwgan.images.mnist_form import INK, ink_of, mnist_form


@pytest.fixture(scope="module")
def mnist_digits(digits):
    """Eight test digits ``(28, 28)`` uint8."""
    return np.rint((digits[0][..., 0] + 1) * 127.5).astype(np.uint8)


def test_an_enlarged_digit_that_was_moved_comes_back(mnist_digits):
    for digit in mnist_digits:
        ink = np.pad(enlarged(digit, 5), ((40, 3), (7, 60)))
        form = mnist_form(ink)
        assert form.shape == (28, 28) and form.dtype == np.float32 and form.max() == 255
        assert np.corrcoef(form.ravel(), digit.ravel())[0, 1] > 0.99


def test_the_box_and_the_centre_of_mass():
    ink = np.zeros((90, 50))
    ink[10:70, 20:30] = 200  # 60 x 10: three pixels become one.
    ink[60:70, 30:40] = 200
    form = mnist_form(ink)
    rows, columns = np.nonzero(form)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (20, 7)
    ys, xs = np.mgrid[:28, :28]
    centre = [(form * each).sum() / form.sum() for each in (ys, xs)]
    assert np.abs(np.subtract(centre, 14)).max() <= 0.5


def test_edges_become_gray_by_the_share_that_is_covered():
    ink = np.zeros((30, 15))
    ink[:, :15] = 240
    ink[:, 7] = 0  # 15 columns become 10, each of 1.5: column 7 is 2/3 of the new column 4 or 5.
    form = mnist_form(ink)
    row = form[14]
    (columns,) = np.nonzero(row)
    assert len(columns) == 10
    assert row[columns[0]] == 255
    gaps = row[columns[4:6]] / 255
    assert sorted(np.round(gaps, 3)) == pytest.approx([0.667, 0.667], abs=1e-3)


def test_no_ink_has_no_form():
    assert mnist_form(np.full((50, 50), INK - 1.0)) is None


@pytest.mark.parametrize("light_on_dark", [False, True])
def test_ink_is_found_on_paper_that_is_lit_from_one_side(light_on_dark, mnist_digits):
    digit = enlarged(mnist_digits[0], 6)
    rows, columns = np.mgrid[: 28 * 6, : 28 * 6]
    paper = 230 - 0.3 * rows - 0.25 * columns - 0.45 * digit  # 138 in the corner.
    ink = ink_of(255 - paper if light_on_dark else paper)
    assert ink[digit == 0].max() < INK
    assert ink[digit == 255].min() > 200


def test_plain_paper_has_no_ink():
    noise = np.random.default_rng(0).normal(200, 4, (60, 80))
    assert ink_of(noise).max() < INK
