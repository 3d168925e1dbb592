import pytest

from acwgan.generation.class_names import ClassError, counts_in, joined, labels_in, split

MONTHS = [str(month) for month in range(1, 13)]
CLOTHES = ["sneaker", "bag", "red bag", "hat, red"]


@pytest.mark.parametrize(
    "text, classes, labels",
    [
        ("20260", "0123456789", [2, 0, 2, 6, 0]),
        ("2026 11,22", "0123456789", [2, 0, 2, 6, 1, 1, 2, 2]),
        ("3", MONTHS, [2]),
        ("34", MONTHS, [2, 3]),
        ("scho\u0308n\u3000bag", ["bag", "schön"], [1, 0]),  # Composed, with a plain blank.
        ("12,", MONTHS, [11]),
        ("12,3", MONTHS, [11, 2]),
        ("1 2", MONTHS, [0, 1]),
        ("sneakerbag", CLOTHES, [0, 1]),
        ("sneaker bag", CLOTHES, [0, 1]),
        (" red bag ", CLOTHES, [2]),
        ("hat, red", CLOTHES, [3]),
        ('"hat, red", bag', CLOTHES, [3, 1]),
        ("hat, red bag", [*CLOTHES, "hat"], [4, 2]),  # A list, since all of it are names.
    ],
)
def test_a_text_that_can_mean_one_thing_is_cut_into_names(text, classes, labels):
    assert labels_in(text, classes) == labels


@pytest.mark.parametrize(
    "text, classes, one, other",
    [
        ("12", MONTHS, "12,", "1,2"),
        ("12 3", MONTHS, "12,3", "1,2,3"),
        ("112", MONTHS, "11,2", "1,12"),
        ("ab", ["a", "b", "ab"], "ab,", "a,b"),
    ],
)
def test_a_text_that_can_mean_two_things_is_refused_with_both(text, classes, one, other):
    with pytest.raises(ClassError, match="can mean two things") as caught:
        labels_in(text, classes)
    assert f"write {one!r} or {other!r} instead" in str(caught.value)
    # What the message says mends it.
    assert labels_in(one, classes) != labels_in(other, classes)


@pytest.mark.parametrize(
    "text, classes, unknown",
    [
        ("sneaker bga", CLOTHES, "'bga'"),
        ("sneakr,bag", CLOTHES, "'sneakr'"),
        ("20", MONTHS, "'20'"),
        ("2x6ä", "0123456789", "'x', 'ä'"),
        ("", MONTHS, "an empty text"),
        (" , ", MONTHS, "an empty text"),
    ],
)
def test_what_is_no_class_is_named(text, classes, unknown):
    with pytest.raises(ClassError, match=f"^{unknown} is not a class of the model; it has "):
        labels_in(text, classes)


@pytest.mark.parametrize("names", [["a"], ["a", "b"], ["a, b", 'say "c"', "ä"], ["'", "$x"]])
def test_joined_names_are_split_again(names):
    assert split(joined(names)) == names


def test_quotes_that_do_not_fit_are_refused():
    with pytest.raises(ClassError, match="its quotes do not fit"):
        split('"a,b')


def test_a_long_text_of_many_classes_is_cut_quickly():
    classes = [f"c{number:03}" for number in range(520)]
    text = "".join(classes * 20)
    assert labels_in(text, classes) == [*range(520)] * 20


def test_numbers_of_images_by_class():
    names = ["cat", "hat, red", "12", "a=b"]
    assert counts_in("12=3,cat=500", names) == [500, 0, 3, 0]
    assert counts_in('"hat, red=7", a=b=2 ,', names) == [0, 7, 0, 2]
    for text in ("cat", "cat=0", "cat=-1", "cat=1.5", "=3", "cat=", "cat=1,dog", "cat=1e2", ""):
        with pytest.raises(ClassError, match="must be a class and a number from 1, as cat=500"):
            counts_in(text, names)
    with pytest.raises(ClassError, match="'dog' is not a class of the model; it has cat"):
        counts_in("cat=1,dog=2", names)
    with pytest.raises(ClassError, match="'cat' appears twice in"):
        counts_in("cat=1,cat=2", names)
