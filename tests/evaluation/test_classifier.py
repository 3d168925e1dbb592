import numpy as np
import pytest
import tensorflow as tf
from colours import coloured

from acwgan.datasets.named import load_mnist
from acwgan.evaluation import classifier
from acwgan.evaluation.judge import Judge
from acwgan.export.litert import export_classifier
from acwgan.images.pixels import to_float


@pytest.fixture(scope="module")
def real_digits():
    mnist = load_mnist()
    return mnist.train_images[..., 0], mnist.train_labels


@pytest.fixture(scope="module")
def trained(real_digits):
    images, labels = real_digits
    lines = []
    model = classifier.train_classifier(
        images[:80], labels[:80], epochs=160, seed=3, report=lines.append
    )
    return model, lines


def test_the_layers_are_as_described():
    model = classifier.build_classifier((32, 32, 3), num_classes=4, dtype="mixed_bfloat16")
    class_logits = model(np.zeros((2, 32, 32, 3), np.float32))
    assert class_logits.shape == (2, 4) and class_logits.dtype == tf.float32
    assert model.get_layer("features").output.shape == (None, 128)
    assert classifier.build_classifier().count_params() == 279_850


@pytest.mark.parametrize("shape", [(64, 64, 3), (256, 256, 3), (8, 256, 1), (100, 30, 3)])
def test_the_network_grows_moderately_with_the_image(shape):
    model = classifier.build_classifier(shape)
    assert model.count_params() < 900_000
    assert model(np.zeros((1, *shape), np.float32)).shape == (1, 10)


@pytest.mark.parametrize("side", [28, 32, 57, 128])
def test_the_last_grid_has_2_to_4_pixels_a_side(side):
    (flat,) = (
        x for x in classifier.build_classifier((side, side, 1)).layers if "flatten" in x.name
    )
    assert flat.output.shape[1] in [128 * grid**2 for grid in (2, 3, 4)]


def test_few_images_get_more_epochs():
    found = [classifier.enough_epochs(images) for images in (60_000, 6_400, 1856, 128, 5)]
    assert found == [12, 12, 43, 600, 600]


def test_a_seed_gives_the_same_first_weights_and_another_seed_others():
    one, same, other = (classifier.build_classifier(seed=seed).get_weights() for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one[0], other[0])


def test_it_learns_from_a_few_digits(trained, real_digits):
    model, lines = trained
    images, labels = real_digits
    assert classifier.accuracy(model, images[-500:], labels[-500:]) > 0.5
    assert len(lines) == 160 and lines[0].startswith("epoch 1 of 160: ")
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert model.get_layer("features").compute_dtype == "float32"


def test_accuracy_counts_what_is_read_right(trained, real_digits):
    model, images = trained[0], real_digits[0]
    logits = model.predict(to_float(np.float32(images[:50]))[..., None], verbose=0)
    read = logits.argmax(axis=1)
    assert classifier.accuracy(model, images[:50], np.append(read[:49], 99)) == 0.98


def test_the_file_computes_what_the_network_does(trained, real_digits, tmp_path):
    model, images = trained[0], real_digits[0][:23]
    judge = Judge(export_classifier(model, tmp_path / "judge.tflite"))
    class_probs, _ = judge(images)
    class_logits = model.predict(to_float(np.float32(images))[..., None], verbose=0)
    assert np.allclose(class_probs, tf.nn.softmax(class_logits), atol=1e-5)


def test_fewer_images_than_a_batch_and_uint8_labels_are_enough(real_digits):
    images, labels = real_digits
    model = classifier.train_classifier(images[:7], np.uint8(labels[:7]), epochs=1)
    assert 0 <= classifier.accuracy(model, images[:7], labels[:7]) <= 1


def test_a_batch_depends_on_the_seed_and_the_step_alone(real_digits):
    images, labels = real_digits

    def batches(seed):
        made = classifier._batches(images[:40, ..., None], labels[:40], 20, 3, seed)
        return [x.numpy() for x, _ in made]

    one, same, other = batches(0), batches(0), batches(1)
    assert np.array_equal(one, same)
    assert not np.array_equal(one[0], other[0])
    # The third batch begins the second epoch: the same digits are distorted otherwise.
    assert not np.array_equal(np.sort(one[0], axis=0), np.sort(one[2], axis=0))


def test_distortion_moves_a_little_and_fills_with_black(real_digits):
    images = to_float(np.float32(real_digits[0][:200]))[..., None]
    distorted = classifier._distort(tf.constant(images), tf.constant([0, 0])).numpy()
    assert distorted.min() == -1 and distorted.max() <= 1 + 1e-6
    ink, others = ((x + 1).sum(axis=(1, 2, 3)) for x in (images, distorted))
    # A stretch by s in both directions makes 1 / s^2 of the ink.
    assert (others / ink).min() > 0.75 and (others / ink).max() < 1.3
    rows = np.arange(28)[:, None, None]
    heights = [
        ((x + 1) * rows).sum(axis=(1, 2, 3)) / (x + 1).sum(axis=(1, 2, 3))
        for x in (images, distorted)
    ]
    assert 1.5 < np.abs(heights[0] - heights[1]).max() < 3.5


def test_colours_are_distorted_alike_and_the_rest_is_black():
    images = to_float(np.float32(coloured(np.repeat([0, 1, 2], 40), 0)))
    grey = np.repeat(images[..., :1], 3, axis=-1)
    distorted = classifier._distort(tf.constant(grey), tf.constant([0, 0])).numpy()
    assert np.array_equal(distorted[..., 0], distorted[..., 1])
    assert np.array_equal(distorted[..., 0], distorted[..., 2])
    assert distorted.min() == -1 and grey.min() >= -1
