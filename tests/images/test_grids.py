import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acwgan.images.grids import grid, labelled_grid, reduced

NAMES = ["cat", "dog"]


def images(count=20, side=4, channels=(1,)):
    """Images without black and white pixels, which only the margin has."""
    return np.random.default_rng(0).integers(1, 255, (count, side, side, *channels), np.uint8)


def margin(picture, width):
    """The part of the picture to the left of a grid of that width."""
    return picture[:, :-width]


@pytest.mark.parametrize("channels", [(), (1,), (3,)], ids=["grey", "one channel", "colour"])
def test_every_pixel_becomes_a_square_and_the_names_are_beside_the_grid(channels):
    small = images(channels=channels)
    picture = labelled_grid(small, 10, NAMES, scale=7)
    assert picture.dtype == np.uint8 and picture.shape[0] == 2 * 4 * 7
    assert picture.shape[2:] == channels
    beside, shown = margin(picture, 280), picture[:, -280:]
    for row, column in [(0, 0), (0, 9), (1, 3)]:
        tile = shown[row * 28 : (row + 1) * 28, column * 28 : (column + 1) * 28]
        for y in range(7):  # No blur: each of the 7 x 7 pixels of a square is the pixel itself.
            for x in range(7):
                np.testing.assert_array_equal(tile[y::7, x::7], small[row * 10 + column])
    assert beside.max() == 255 and beside.min() == 0
    if channels == (3,):
        assert (beside == beside[..., :1]).all()  # White, not colored.


@pytest.mark.parametrize(("side", "width"), [(4, 560), (28, 560), (31, 620), (64, 640)])
def test_the_smallest_scale_makes_a_grid_at_least_560_wide(side, width):
    assert labelled_grid(images(side=side), columns=10).shape == (width // 5, width, 1)


def test_each_name_is_drawn_in_its_own_row():
    small = images(30)
    both, first, last = (  # The margins differ in width; all names end at the right.
        margin(labelled_grid(small, 10, names), 560)[:, -36:] > 128
        for names in (["cat", "", "dog"], ["cat", "1", "2"], ["0", "1", "dog"])
    )
    rows = np.split(both, 3)
    assert all(row.any() for row in rows)
    assert (rows[0] == np.split(first, 3)[0]).all() and (rows[2] == np.split(last, 3)[2]).all()
    assert not (rows[0] == rows[2]).all()


def test_long_names_are_shortened_and_still_differ():
    long = ["a name that never ends", "a word that never ends"]
    beside = margin(labelled_grid(images(), 10, long), 560)
    assert 80 < beside.shape[1] <= 112 + 12
    first, second = np.split(beside, 2)
    assert not (first == second).all()


def test_long_names_that_differ_at_the_end_still_differ():
    long = ["class of the number 1", "class of the number 2", 255 * "x"]
    beside = margin(labelled_grid(images(30), 10, long), 560)
    first, second, third = np.split(beside, 3)
    assert not (first == second).all() and third.any()


@pytest.mark.filterwarnings("ignore:no installed font:acwgan.errors.UserNotice")
@pytest.mark.parametrize("name", ["\U000e0101", " ", ""])
def test_a_name_that_no_font_can_draw_becomes_the_number_of_the_row(name):
    shown, number = (labelled_grid(images(), 10, ["cat", text]) for text in (name, "1"))
    np.testing.assert_array_equal(shown, number)


@pytest.mark.parametrize("name", ["Größe", "שלום", "😀", "$x$"])
def test_a_name_is_drawn_with_a_font_that_has_its_letters(name):
    shown, number = (labelled_grid(images(), 10, ["a", text], scale=14) for text in (name, "1"))
    assert shown.shape != number.shape or not (shown == number).all()


def test_blocks_stand_side_by_side_and_the_last_is_filled_up():
    small = images(50)
    picture = grid(small, 10, blocks=2)
    assert picture.shape == (12, 80, 1)
    for number in (0, 29, 30, 49):
        block, place = divmod(number, 30)
        top, left = 4 * (place // 10), 40 * block + 4 * (place % 10)
        np.testing.assert_array_equal(picture[top : top + 4, left : left + 4], small[number])
    assert not picture[8:, 40:].any()


def test_each_block_has_its_names_and_rows_high_enough_for_them():
    names = [str(number) for number in range(5)]
    picture = labelled_grid(images(50), 10, names, blocks=2)
    assert picture.shape[0] == 3 * 4 * 7  # 560 pixels wide without the names.
    low = labelled_grid(images(1000, side=2), 10, 100 * ["a"], blocks=10)
    assert low.shape[0] == 10 * 12 and low.shape[1] > 10 * 10 * 12
    blank = labelled_grid(images(1000, side=2), 10, None, blocks=10)
    assert blank.shape[0] == 10 * 2 * 3


@pytest.mark.parametrize("channels", [1, 3])
def test_reduced_images_are_averages(channels):
    small = reduced(np.kron(images(3, 4, (channels,)), np.ones((1, 2, 2, 1), np.uint8)), 2)
    np.testing.assert_array_equal(small, images(3, 4, (channels,)))
    assert reduced(images(3, 5, (channels,)), 2).shape == (3, 3, 3, channels)


def test_without_names_there_is_no_margin():
    small = images()
    assert labelled_grid(small, 10, scale=1).shape == (8, 40, 1)
    np.testing.assert_array_equal(labelled_grid(small, 10, scale=1)[:4, 36:], small[9])


def test_another_number_of_names_than_rows_is_refused():
    with pytest.raises(ValueError, match="3 names for 2 rows"):
        labelled_grid(images(), 10, ["a", "b", "c"])


@pytest.mark.filterwarnings("ignore:no installed font:acwgan.errors.UserNotice")
@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=3), st.integers(1, 12))
def test_any_name_and_any_size_makes_a_picture(names, side):
    picture = labelled_grid(images(2 * len(names), side), 2, names, scale=2)
    assert picture.shape[0] == 2 * side * len(names) and picture.shape[1] > 4 * side
