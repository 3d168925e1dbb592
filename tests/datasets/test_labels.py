import numpy as np
import pytest

from acwgan.datasets.dataset import Split
from acwgan.datasets.labels import classes_of
from acwgan.errors import DataError


def split(labels, count=None, source="y"):
    return Split(np.zeros((len(labels) if count is None else count, 4, 4, 1)), labels, source)


def found(labels, names=None, test=None):
    return classes_of(split(labels), None if test is None else split(test, source="t"), names)


LETTERS = [str(letter) for letter in range(1, 27)]


@pytest.mark.parametrize(
    "labels, expected, names, note",
    [
        ([2, 0, 1], [2, 0, 1], "012", None),
        (np.array([2, 0, 1], np.uint8)[:, None], [2, 0, 1], "012", None),
        (np.arange(1, 27), range(26), LETTERS, "1 to 26; read as the 26 classes 1, 2, 3, 4, 5, 6"),
        ([7, 300, 7, 0], [1, 2, 1, 0], ["0", "7", "300"], "0 to 300; read as the classes 0, 7"),
        ([1, -1], [1, 0], ["-1", "1"], "-1 to 1; read as the classes -1, 1"),
        ([0.0, 2.0, 1.0], [0, 2, 1], "012", "float64; read as the classes 0, 1, 2"),
        (np.float16([5, 3]), [1, 0], "35", "float16; read as the classes 3, 5"),
        ([True, False], [1, 0], ["False", "True"], "True and False; read as the classes Fa"),
        (np.eye(3)[[2, 0, 1]], [2, 0, 1], "012", "one-hot rows of 3; read as the classes 0, 1, 2"),
        (np.eye(3, dtype=bool)[[2, 0]], [1, 0], "02", "one-hot rows of 3; read as the classes"),
        (["dog", " cat", "dog"], [1, 0, 1], ["cat", "dog"], "text; read as the classes cat, dog"),
        (np.array([b"caf\xc3\xa9", b"a"]), [1, 0], ["a", "café"], "text; read as the classes a, c"),
        (np.array(["b", "a"], object), [1, 0], "ab", "text; read as the classes a, b"),
        (np.array([b"b", "a"], object)[:, None], [1, 0], "ab", "text; read as the classes a, b"),
        # As scikit-learn's fetch_openml gives MNIST: in the order of the numbers.
        (np.array(["9", "10", "2"], object), [1, 2, 0], ["2", "9", "10"], "text; read as"),
        (np.array([4, 2], object), [1, 0], "24", "2 to 4; read as the classes 2, 4"),
        ([0, 0], [0, 0], "0", None),
    ],
)  # fmt: skip
def test_what_can_mean_only_one_thing_is_converted_and_said(labels, expected, names, note):
    classes = found(labels)
    assert classes.train.tolist() == list(expected) and classes.train.dtype == np.int32
    assert classes.names == list(names)
    assert len(classes.notes) == (note is not None)
    assert note is None or classes.notes[0].startswith(f"labels are {note}")


def test_a_row_of_labels_is_a_column():
    assert classes_of(split(np.array([[2, 0, 1]]), 3), None, None).train.tolist() == [2, 0, 1]


def test_300_classes_keep_their_labels():
    labels = np.arange(300, dtype=np.uint16).repeat(2)
    assert np.array_equal(found(labels).train, labels) and len(found(labels).names) == 300


@pytest.mark.parametrize(
    "labels, names, expected, kept",
    [
        ([1, 2, 3], ["a", "b", "c"], [0, 1, 2], ["a", "b", "c"]),  # One for each, in order.
        ([1, 2, 3], ["none", "a", "b", "c"], [0, 1, 2], ["a", "b", "c"]),  # In their places.
        ([0, 5], list("abcdefghij"), [0, 1], ["a", "f"]),
        ([0, 1], ["a", "b", "c"], [0, 1], ["a", "b"]),
        (["cat", "ant"], ["cat", "bee", "ant"], [0, 1], ["cat", "ant"]),
        ([False, True], ["no", "yes"], [0, 1], ["no", "yes"]),
    ],
)
def test_class_names_belong_to_the_labels_in_ascending_order_or_in_their_place(
    labels, names, expected, kept
):
    classes = found(labels, names)
    assert classes.train.tolist() == expected and classes.names == kept


def test_test_labels_become_the_same_classes_in_whatever_form():
    for test in ([30, 10], np.float32([30, 10]), np.array([[30], [10]])):
        classes = found([10, 20, 30], test=test)
        assert classes.test.tolist() == [2, 0] and classes.test.dtype == np.int32
    assert found(np.eye(3, dtype=int), test=[2, 0]).test.tolist() == [2, 0]
    assert found(["b", "a"], test=np.array([b"b"])).test.tolist() == [1]


@pytest.mark.parametrize(
    "labels, fault",
    [
        ([0, 1, -1], r"holds the label -1; .*leave them out: keep = y >= 0; x, y = x\[keep\], y\["),
        ([0.5, 1], r"holds the label 0\.5; .*y = np\.rint\(y\)\.astype\(int\)"),
        ([0, np.nan], r"holds the label nan; .*keep = np\.isfinite\(y\); x, y = x\[keep\], y\["),
        ([0, 1e300], "holds the label 1e"),
        (np.array([[1, 1, 0]] * 2), r"rows of 3 numbers .*y = y\.argmax\(axis=1\)"),
        (np.array([[0, 0, 0]] * 2), "rows of 3 numbers that are not one-hot"),
        (np.array([[0.3, 0.7]] * 2), r"y = y\.argmax\(axis=1\)"),
        (np.array([[np.nan, 1]] * 2), "not one-hot"),
        (np.zeros((2, 2, 2)), r"labels must be .*, got \(2, 2, 2\) float64"),
        (np.array([["a", "b"]] * 2), r"labels must be .*, got \(2, 2\) <U1"),
        (np.array([1j, 2]), r"labels must be .*, got \(2,\) complex128"),
        (np.array(["2026-11-25", "2026-11-26"], "M8[D]"), "labels must be .*, got .* datetime64"),
        (np.array(["a", 1], object), "labels must be .*, got .* object"),
        (np.array(["a", None], object), "labels must be .*, got .* object"),
        (np.array([1, None], object), "labels must be .*, got .* object"),
        (np.array([b"\xff", b"a"]), "is not an array of labels"),
        ([[1], [1, 2]], "is not an array of labels"),
        (np.array([0, 2**63], np.uint64), "holds the label 9223372036854775808"),
    ],
)
def test_what_can_mean_two_things_is_refused_with_what_mends_it(labels, fault):
    with pytest.raises(DataError, match=f"^y: .*{fault}") as error:
        found(labels)
    assert len(str(error.value).splitlines()) == 1


def test_there_is_one_label_for_each_image():
    for labels in ([0, 1], np.eye(2), [[0], [1]], 3):
        with pytest.raises(DataError, match=r"y: \d labels for 5 images; there must be one"):
            classes_of(split(labels, 5), None, None)


@pytest.mark.parametrize(
    "labels, test, fault",
    [
        ([0, 1], [0, 2], "t: holds the label 2, which no training image has"),
        ([5, 9], [7], "t: holds the label 7, which no training image has"),
        (["a", "b"], ["c"], "t: holds the label c, which no training image has"),
        (["a", "b"], [0], "t: holds labels of another kind than the training labels"),
        ([0, 1], ["a"], "t: holds labels of another kind than the training labels"),
    ],
)
def test_test_labels_are_training_labels(labels, test, fault):
    with pytest.raises(DataError, match=fault):
        found(labels, test=test)


def test_a_text_label_that_is_no_class_name_is_named():
    with pytest.raises(DataError, match="y: holds the label 'emu', which is not among the class"):
        found(["cat", "emu"], ["cat", "dog"])
