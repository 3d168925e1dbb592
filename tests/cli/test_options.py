import argparse

import pytest

from acwgan.cli.options import Combinations, Number, dataset, with_options
from acwgan.config import Config
from acwgan.datasets.registry import DATASETS
from acwgan.errors import Range, UserError

RULES = Combinations(
    one_of="text, count",
    apart={"scale": "format=npz"},
    needs={"frames": "walk, morph", "quantize": "format=litert"},
)


@pytest.mark.parametrize(
    "given",
    [
        {"text": "3"},
        {"count": 3, "scale": 2, "format": "png"},
        {"text": "3", "frames": 9, "morph": ["1", "2"]},
        {"text": "3", "quantize": "int8", "format": "litert"},
    ],
)
def test_options_that_go_together_are_taken(given):
    RULES.check(given)


@pytest.mark.parametrize(
    "given, line",
    [
        ({}, "`text` or `count` must be given"),
        ({"text": "3", "count": 3}, "`count` and `text` do not go together"),
        ({"text": "3", "scale": 2, "format": "npz"}, "`scale` and `format=npz` do not go together"),
        ({"text": "3", "frames": 9}, "`frames` needs `walk` or `morph`"),
        ({"text": "3", "quantize": "int8", "format": "onnx"}, "`quantize` needs `format=litert`"),
    ],
)
def test_options_that_exclude_or_need_each_other_are_refused(given, line):
    with pytest.raises(UserError) as caught:
        RULES.check(given)
    assert str(caught.value) == line


@pytest.mark.parametrize(
    "text, line",
    [
        ("0", "must be a whole number, 1 or more, got 0"),
        ("1.5", "must be a whole number, 1 or more, got '1.5'"),
        ("", "must be a whole number, 1 or more, got ''"),
        ("none", "must be a whole number, 1 or more, got 'none'"),
    ],
)
def test_what_is_no_number_in_the_range_is_refused(text, line):
    with pytest.raises(argparse.ArgumentTypeError) as caught:
        Number(Range(whole=True, at_least=1))(text)
    assert str(caught.value) == line


def test_none_is_taken_only_where_it_means_something():
    number = Number(Range(above=0), none=True)
    assert number("none") is None and number("0.5") == 0.5
    with pytest.raises(argparse.ArgumentTypeError, match=r"^must be above 0 or none, got 0$"):
        number("0")


@pytest.mark.parametrize(
    "spelling, name",
    [
        ("cifar-10", "cifar10"),
        ("CIFAR10", "cifar10"),
        ("cifar_10", "cifar10"),
        ("fashion-mnist", "fashion_mnist"),
        ("FashionMNIST", "fashion_mnist"),
        ("KMNIST", "kmnist"),
        ("mnits", "mnits"),
    ],
)
def test_a_data_set_has_one_name_in_every_spelling(spelling, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert dataset(spelling) == name
    (tmp_path / spelling).mkdir()
    assert dataset(spelling) == spelling  # A path that exists is meant as a path.


def test_every_name_of_a_data_set_is_its_own_spelling():
    assert [dataset(name) for name in DATASETS] == list(DATASETS)
    Config(dataset=dataset("CIFAR-10"))


@pytest.mark.parametrize(
    "message, words",
    [
        ("`joint_update=False` is slower", "--no-joint-update is slower"),
        (
            "`judge` must be A or None, got None",
            "--judge must be A or none, got none",
        ),
        ("`decay` must be True or False, got 'None'", "--decay must be true or false, got 'None'"),
        ("None of it", "None of it"),
    ],
)
def test_parameters_are_shown_as_options(message, words):
    assert with_options(message) == words
