import re
import shutil

import keras
import numpy as np
import pytest

import acwgan
from acwgan.errors import ParameterError
from acwgan.export.litert import export_generator
from acwgan.files.bundled import GENERATOR
from acwgan.generation.class_names import ClassError
from acwgan.generation.generator import Generator
from acwgan.generation.litert import LiteRTModel
from acwgan.generation.loading import LoadError
from acwgan.networks.acwgan import build_generator
from acwgan.runs.checkpoints import CheckpointError


def painter(z, class_weights):
    """A generator that paints label / 10 everywhere, and the first number of z at one corner."""
    labels = class_weights @ np.arange(10.0)
    images = np.tile(labels[:, None, None, None] / 10.0, (1, 6, 5, 1))
    images[:, 0, 0, 0] = np.tanh(z[:, 0])
    return images


@pytest.fixture
def digits():
    return Generator(painter, latent_dim=3, classes="0123456789")


@pytest.fixture(scope="module")
def saved_generator(tmp_path_factory):
    """The same generator as a .keras file and as a .tflite file."""
    generator = build_generator(16, (28, 28, 1), 10, seed=5)
    random = np.random.default_rng(5)
    for _ in range(20):  # Until batch normalization has the statistics of its layers.
        z = random.standard_normal((32, 16), dtype=np.float32)
        generator([z, np.arange(32) % 10], training=True)
    folder = tmp_path_factory.mktemp("saved")
    generator.save(folder / "g.keras")
    return folder / "g.keras", export_generator(generator, folder / "g.tflite")


def test_each_character_is_drawn_in_its_place(digits):
    images = digits.generate("20260")
    assert images.shape == (5, 6, 5) and images.dtype == np.uint8
    assert images[:, 1, 1].tolist() == [
        round((label / 10 + 1) * 127.5) for label in (2, 0, 2, 6, 0)
    ]


def test_the_seed_decides_and_each_digit_has_its_own_latent(digits):
    one = digits.generate("7777", seed=1)
    assert np.array_equal(one, digits.generate("7777", seed=1))
    assert not np.array_equal(one, digits.generate("7777", seed=2))
    assert len({int(image[0, 0]) for image in one}) == 4


def test_more_rows_leave_the_first_ones_as_they_are(digits):
    three = digits.generate("42", seed=5, rows=3)
    assert len(three) == 6 and np.array_equal(three[:2], digits.generate("42", seed=5))


def test_a_batch_boundary_changes_nothing(digits):
    text = "0123456789" * 60
    assert np.array_equal(digits.generate(text)[:10], digits.generate(text[:10]))


@pytest.mark.parametrize(
    "text, named", [("20x6ä", "'x', 'ä'"), ("", "an empty text"), ("١", "'١'")]
)
def test_what_is_not_a_class_is_refused_by_name(digits, text, named):
    with pytest.raises(ClassError, match=f"{named} is not a class of the model; it has 0 1 2"):
        digits.generate(text)


def test_a_trained_run_draws_digits_of_the_right_shape(trained_run):
    images = acwgan.load(trained_run).generate("20260", seed=7)
    assert images.shape == (5, 28, 28) and images.dtype == np.uint8


def test_loading_from_elsewhere_is_refused_by_name(trained_run, tmp_path):
    with pytest.raises(LoadError, match="none: does not exist"):
        acwgan.load(tmp_path / "none")
    (tmp_path / "a.keras").write_text("no zip")
    with pytest.raises(LoadError, match=r"a\.keras: is not a generator of this package"):
        acwgan.load(tmp_path / "a.keras")
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]).save(tmp_path / "b.keras")
    with pytest.raises(LoadError, match=r"b\.keras: is not a generator of this package"):
        acwgan.load(tmp_path / "b.keras")
    (tmp_path / "run").mkdir()
    shutil.copy(trained_run / "config.json", tmp_path / "run")
    with pytest.raises(CheckpointError, match="has no checkpoint yet"):
        acwgan.load(tmp_path / "run")


def test_a_run_without_its_checkpoints_is_drawn_from_its_generator(trained_run, tmp_path):
    for name in ("config.json", "generator.keras"):
        shutil.copy(trained_run / name, tmp_path)
    assert np.array_equal(
        acwgan.load(tmp_path).generate("123"), acwgan.load(trained_run).generate("123")
    )


def test_labels_are_drawn_as_the_text_that_spells_them(digits):
    images = digits.generate_labels(np.array([3, 1, 4]), seed=2)
    assert np.array_equal(images, digits.generate("314", seed=2))


@pytest.mark.parametrize(
    "labels, line",
    [
        ([-1], "must be whole numbers from 0 to 9, got -1"),
        ([3, 10], "must be whole numbers from 0 to 9, got 10"),
        ([2.5], "must be whole numbers from 0 to 9, got 2.5"),
        ([float("nan")], "must be whole numbers from 0 to 9, got nan"),
        ([True, False], "must be (N,) whole numbers, N at least 1, got (2,) bool"),
        ([], "must be (N,) whole numbers, N at least 1, got (0,)"),
        (np.eye(3), "must be (N,) whole numbers, N at least 1, got (3, 3)"),
        (3, "must be (N,) whole numbers, N at least 1, got ()"),
    ],
)
def test_what_is_no_label_is_refused(digits, labels, line):
    for function in (digits.generate_labels, digits.one_hot):
        with pytest.raises(ParameterError, match=re.escape(line)):
            function(labels)


def test_labels_in_other_forms_are_taken(digits):
    images = digits.generate("314", seed=2)
    for labels in ([3, 1, 4], [3.0, 1.0, 4.0], ["3", "1", "4"], "314", np.uint8([3, 1, 4])):
        assert np.array_equal(digits.generate_labels(labels, seed=np.int64(2)), images)


@pytest.mark.parametrize(
    "z, weights, line",
    [
        ((5, 3), (1, 10), "`class_weights` must be (5, 10) finite numbers, got (1, 10) float64"),
        ((5, 3), (5, 9), "`class_weights` must be (5, 10) finite numbers, got (5, 9) float64"),
        ((5, 4), (5, 10), "`z` must be (N, 3) finite numbers, got (5, 4) float64"),
        ((3,), (1, 10), "`z` must be (N, 3) finite numbers, got (3,) float64"),
        ((0, 3), (0, 10), "`z` must be (N, 3) finite numbers, got (0, 3) float64"),
    ],
)
def test_latents_and_weights_that_do_not_fit_are_refused(digits, z, weights, line):
    with pytest.raises(ParameterError, match=re.escape(line)):
        digits.draw(np.ones(z), np.ones(weights))


def test_latents_that_are_no_numbers_are_refused(digits):
    with pytest.raises(ParameterError, match="`z` must be finite numbers, got NaN"):
        digits.draw(np.full((2, 3), np.nan), digits.one_hot([1, 2]))
    # float64 is as good as float32.
    z = np.random.default_rng(0).standard_normal((2, 3))
    one, other = (digits.draw(x, digits.one_hot([1, 2])) for x in (z, z.astype(np.float32)))
    assert np.array_equal(one, other)


@pytest.mark.parametrize(
    "call, line",
    [
        (lambda g: g.generate("1", seed=-1), "`seed` must be a whole number, 0 or more, got -1"),
        (lambda g: g.generate("1", seed=0.5), "`seed` must be a whole number, 0 or more, got 0.5"),
        (lambda g: g.generate("1", seed=None), "`seed` must be a whole number, 0 or more"),
        (lambda g: g.generate("1", rows=0), "`rows` must be a whole number, 1 or more, got 0"),
        (lambda g: g.generate_count(0), "`count` must be a whole number, 1 or more, got 0"),
        (lambda g: g.generate_count(-3), "`count` must be a whole number, 1 or more, got -3"),
        (lambda g: g.labels_in_turn(1.5), "`count` must be a whole number, 1 or more, got 1.5"),
        (lambda g: g.sampler(truncation=0), "`truncation` must be above 0 and at most 1.25, got 0"),
        (lambda g: g.sampler(truncation=2), "`truncation` must be above 0 and at most 1.25, got 2"),
        (lambda g: g.sampler(min_score=-1), "`min_score` must be from 0 to 1, got -1"),
        (lambda g: Generator(painter, 0, "01"), "`latent_dim` must be a whole number, 1 or more"),
        (lambda g: Generator(painter, 3, "00"), "`classes` must be different names"),
        (lambda g: Generator(painter, 3, "01", "gamma"), "`latent` must be normal or uniform"),
    ],
)
def test_arguments_out_of_their_range_are_refused(digits, call, line):
    with pytest.raises(ParameterError, match=re.escape(line)):
        call(digits)


def test_a_network_takes_rows_of_equal_number_only():
    model = LiteRTModel(GENERATOR)
    z, weights = np.zeros((5, 64), np.float32), np.zeros((1, 10), np.float32)
    with pytest.raises(ParameterError, match=re.escape("must have the shape (5, 10), got (1, 10)")):
        model(z=z, class_weights=weights)
    with pytest.raises(ParameterError, match=r"`class_weights` must have the shape .* got None"):
        model(z=z)
    with pytest.raises(ParameterError, match="`labels` is not an input of the network"):
        model(z=z, labels=np.zeros(5, np.int32), class_weights=np.zeros((5, 10), np.float32))


def test_the_latents_of_a_seed_come_from_numpy(digits):
    z = np.random.default_rng(7).standard_normal((6, 3), dtype=np.float32)
    weights = np.eye(10, dtype=np.float32)[[4, 2, 4, 2, 4, 2]]
    assert np.array_equal(digits.generate("42", seed=7, rows=3), digits.draw(z, weights))


def test_the_generator_of_the_package_draws_digits():
    images = acwgan.load().generate("20261122", seed=1)
    assert images.shape == (8, 28, 28) and images.dtype == np.uint8
    assert len({image.tobytes() for image in images}) == 8


def test_a_keras_generator_and_its_litert_file_agree_within_one_gray_level(saved_generator):
    text = "0123456789" * 2
    ours, theirs = (acwgan.load(path).generate(text, seed=3) for path in saved_generator)
    assert ours.std() > 20  # Not one level of gray.
    assert np.abs(ours.astype(int) - theirs).max() <= 1


def test_both_draw_the_same_mixture_of_classes(saved_generator):
    z = np.random.default_rng(0).standard_normal((4, 16), dtype=np.float32)
    weights = np.zeros((4, 10), np.float32)
    weights[:, 3], weights[:, 8] = 0.3, 0.7
    one, other = (acwgan.load(path).draw(z, weights) for path in saved_generator)
    assert np.abs(one.astype(int) - other).max() <= 1


@pytest.mark.parametrize("name", ["critic", "judge"])
def test_a_litert_file_of_something_else_is_refused_with_its_inputs(name):
    path = GENERATOR.with_name(f"{name}.tflite")
    with pytest.raises(
        LoadError, match=f"{name}.tflite: is not a generator; it takes images and returns "
    ):
        acwgan.load(path)


def test_a_file_that_is_not_a_litert_file_is_refused_by_name(tmp_path):
    (tmp_path / "a.tflite").write_text("nothing of the kind")
    with pytest.raises(LoadError, match=r"a\.tflite: is not a LiteRT file"):
        acwgan.load(tmp_path / "a.tflite")


@pytest.fixture
def shapes():
    """A generator without classes that paints the first number of z."""
    return Generator(lambda z, _: np.tile(z[:, :1, None, None], (1, 4, 4, 3)), 2, (), "uniform")


def test_without_classes_images_are_counted(shapes):
    images = shapes.generate_count(7, seed=3)
    assert images.shape == (7, 4, 4, 3) and np.array_equal(images[:3], shapes.generate_count(3, 3))
    # U[-1, 1): all levels of gray are equally frequent.
    values = shapes.generate_count(4000)[:, 0, 0, 0]
    assert values.min() == 0 and values.max() == 255 and abs(values.mean() - 127.5) < 5
    assert abs(values.std() - 255 / 12**0.5) < 3
    with pytest.raises(ClassError, match="the model has no classes; ask for a number with `count`"):
        shapes.generate("1")


def test_classes_may_be_words_and_are_drawn_in_turn(digits):
    clothes = Generator(painter, latent_dim=3, classes=[f"n{i}" for i in range(10)])
    assert clothes.labels(["n3", "n0"]).tolist() == [3, 0]
    with pytest.raises(ClassError, match="'boat' is not a class of the model; it has n0 n1"):
        clothes.labels(["n3", "boat"])
    assert (
        digits.generate_count(12)[:, 1, 1].tolist()
        == digits.generate("012345678901")[:, 1, 1].tolist()
    )


def test_a_file_in_a_run_folder_knows_the_names_of_its_classes(trained_run, saved_generator):
    assert acwgan.load(trained_run / "generator.keras").classes == tuple("0123456789")
