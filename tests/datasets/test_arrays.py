import numpy as np
import pytest
import tensorflow as tf

from acwgan.datasets.arrays import dataset_of
from acwgan.datasets.dataset import Dataset
from acwgan.datasets.held_out import hold_out
from acwgan.datasets.named import load_mnist
from acwgan.errors import DataError
from acwgan.files import untrusted


@pytest.fixture(scope="module")
def digits():
    """Thirty real digits (30, 28, 28) and their labels, each digit among the first twenty."""
    data = load_mnist()
    return data.train_images[:30, :, :, 0], data.train_labels[:30]


def assert_is(data, x, y):
    assert np.array_equal(data.train_images, x[..., None]) and data.train_images.dtype == np.uint8
    assert np.array_equal(data.train_labels, y) and data.train_labels.dtype == np.int32
    assert data.class_names == tuple("0123456789")


def test_images_and_labels(digits):
    x, y = digits
    for data in ((x, y), (x.tolist(), y.tolist()), (tf.constant(x), tf.constant(y))):
        assert_is(dataset_of(data), x, y)


def test_what_the_loaders_of_keras_return(digits):
    x, y = digits
    data = dataset_of(((x[:20] / 255, y[:20]), (x[20:] / 255, y[20:])))
    assert_is(data, x[:20], y[:20])
    assert np.array_equal(data.test_images[..., 0], x[20:])
    assert np.array_equal(data.test_labels, y[20:])
    assert data.notes == ("images are float64 from 0 to 1; read as uint8 from 0 to 255",)


def test_images_alone_have_no_classes(digits):
    for x in (digits[0], digits[0].tolist(), tf.constant(digits[0])):
        data = dataset_of(x)
        assert np.array_equal(data.train_images[..., 0], digits[0])
        assert data.class_names == () and data.train_labels.tolist() == [0] * 30
    assert dataset_of(data).class_names == ()
    assert len(hold_out(data, 10).test_images) == 10


def test_a_data_set_that_is_right_is_not_copied(digits):
    mnist = load_mnist()
    data = dataset_of(mnist)
    assert data.train_images is mnist.train_images and data.test_images is mnist.test_images
    assert data.notes == () and data.class_names == mnist.class_names
    assert np.array_equal(data.train_labels, mnist.train_labels)
    assert data.train_labels.dtype == np.int32


def test_a_data_set_is_checked_like_a_file(digits):
    x, y = digits
    wrong = Dataset(x / 255, y + 1, x[:0], y[:0], tuple("abcdefghij"), ("a note",))
    data = dataset_of(wrong)
    assert np.array_equal(data.train_images[..., 0], x) and np.array_equal(data.train_labels, y)
    assert data.class_names == tuple("abcdefghij") and len(data.notes) == 3
    with pytest.raises(DataError, match="`data`: y_train: 29 labels for 30 images"):
        dataset_of(wrong._replace(train_labels=y[1:]))
    with pytest.raises(DataError, match="`data`: 9 names for the 10 classes"):
        dataset_of(wrong._replace(class_names=tuple("abcdefghi")))


def test_transposing(digits):
    x, y = digits
    data = dataset_of((x[:, :26].swapaxes(1, 2), y), transpose=True)
    assert np.array_equal(data.train_images[..., 0], x[:, :26])


def tensors(*arrays):
    return tf.data.Dataset.from_tensor_slices(arrays)


@pytest.mark.parametrize(
    "make",
    [
        lambda x, y: tensors(x, y),
        lambda x, y: tensors(x, y).batch(7),
        lambda x, y: tensors(x[..., None], y).batch(10, drop_remainder=True),
        lambda x, y: tensors(x[..., None] / 255, tf.one_hot(y, 10)),
        lambda x, y: tensors(x, tf.one_hot(y, 10)).batch(7),
        lambda x, y: tensors(x, tf.one_hot(y, 10)),
        lambda x, y: tensors(x.reshape(-1, 784), y).batch(7),
        lambda x, y: tensors(x.reshape(-1, 784), y),
        lambda x, y: tensors(x, y).map(lambda x, y: {"image": x[..., None], "label": y, "id": y}),
        lambda x, y: tensors(x, y).filter(lambda x, y: True).batch(7),
        lambda x, y: tensors(x[:, None], tf.strings.as_string(y)).batch(7),
    ],
)
def test_a_dataset_of_tensorflow_batched_or_not(make, digits):
    assert_is(dataset_of(make(*digits)), *digits)


@pytest.mark.parametrize(
    "make",
    [
        lambda x: tf.data.Dataset.from_tensor_slices(x[..., None]),
        lambda x: tf.data.Dataset.from_tensor_slices(x),
        lambda x: tf.data.Dataset.from_tensor_slices(x).batch(7),
        lambda x: tf.data.Dataset.from_tensor_slices({"image": x[..., None]}).batch(7),
    ],
)
def test_a_dataset_of_tensorflow_without_labels(make, digits):
    data = dataset_of(make(digits[0]))
    assert np.array_equal(data.train_images[..., 0], digits[0]) and data.class_names == ()


@pytest.mark.parametrize(
    "make, fault",
    [
        (lambda x, y: tensors(x, y).repeat(), r"repeats without end; .*add \.take\(n\)"),
        (lambda x, y: tensors(x, y).take(0), "is an empty tf.data.Dataset"),
        (lambda x, y: tensors(x, y, y), r"neither images nor \(image, label\)"),
        (lambda x, y: tensors(x, y).map(lambda x, y: {"x": x}), "neither images nor"),
        (
            lambda x, y: tf.data.Dataset.from_tensors(x[:3, :20]),
            r"shape \(3, 20, 28\), which may be one image or a batch; .*\.batch\(64\)",
        ),
        (
            lambda x, y: tf.data.Dataset.from_generator(
                lambda: iter([(x[0], 0), (x[1, :20], 1)]),
                output_signature=(tf.TensorSpec((None, 28)), tf.TensorSpec((), tf.int32)),
            ),
            "holds images of several shapes",
        ),
    ],
)
def test_a_dataset_of_tensorflow_that_cannot_be_used(make, fault, digits):
    with pytest.raises(DataError, match=f"`data` .*{fault}"):
        dataset_of(make(*digits))


def test_a_dataset_of_tensorflow_that_does_not_fit_into_memory(digits, tmp_path, monkeypatch):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemAvailable:  40 kB\n")
    monkeypatch.setattr(untrusted, "_MEMINFO", meminfo)
    endless = tensors(*digits).repeat().filter(lambda x, y: True)  # Of unknown length.
    with pytest.raises(DataError, match=r"takes more than 0\.0 MiB, a quarter of the free memory"):
        dataset_of(endless)


@pytest.mark.parametrize(
    "make, fault",
    [
        (lambda x, y: (x, y, x), "`data` must be a Dataset, .*, got a tuple of 3"),
        (lambda x, y: "photos", "`data` must be a Dataset, .*, got str"),
        (lambda x, y: 3, "`data` must be .*, got int"),
        (lambda x, y: [x, y], "`data`: x: is not one array"),
        (lambda x, y: (x, y[1:]), "`data`: y: 29 labels for 30 images"),
        (lambda x, y: ((x, x), (y, y)), r"`data`: x_test: must be .*, got \(30,\)"),
        (lambda x, y: (x / 255 * 0.3, y), "`data`: x: holds float64 from 0 to 0.3"),
    ],
)
def test_other_things_are_refused(make, fault, digits):
    with pytest.raises(DataError, match=fault):
        dataset_of(make(*digits))
