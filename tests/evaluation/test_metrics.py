import numpy as np
import pytest

from acwgan.evaluation import metrics


def column(*numbers):
    return np.array(numbers, np.float64)[:, None]


def test_confusion_matrix_has_the_wanted_class_in_its_rows():
    labels, predicted = np.array([0, 0, 0, 2], np.uint8), np.array([0, 1, 1, 0])
    matrix = metrics.confusion_matrix(labels, predicted, 3)
    assert matrix.tolist() == [[1, 2, 0], [0, 0, 0], [1, 0, 0]]


def test_confusion_matrix_of_many_classes_does_not_overflow_small_integers():
    matrix = metrics.confusion_matrix(np.array([29], np.uint8), np.array([28], np.uint8), 30)
    assert matrix[29, 28] == 1


def test_frechet_distance_of_one_feature():
    # Means 1 and 3, variances 2 and 18: (1 - 3)^2 + 2 + 18 - 2 * sqrt(36).
    assert metrics.frechet_distance(column(0, 2), column(0, 6)) == pytest.approx(12)


def test_frechet_distance_of_correlated_features():
    one = np.array([[0, 0], [4, 1], [1, 3], [2, 7]])
    other = np.array([[1, 2], [3, -1], [8, 0], [0, 5]])
    # With scipy.linalg.sqrtm(c1 @ c2); the two matrices do not commute.
    assert metrics.frechet_distance(one, other) == pytest.approx(9.224884124307003, rel=1e-12)
    assert metrics.frechet_distance(other, one) == pytest.approx(9.224884124307003, rel=1e-12)


def test_frechet_distance_of_collapsed_features_is_not_nan():
    one = np.zeros((5, 3))
    assert metrics.frechet_distance(one, one + np.array([3, 0, 4])) == pytest.approx(25)
    assert metrics.frechet_distance(one, one) == pytest.approx(0, abs=1e-12)


def test_precision_and_recall_are_not_swapped():
    # Regions, k = 1: of the reference [-1, 2] and [9, 12], of the features [0.5, 37.5].
    features, reference = column(1.5, 2.5, 20), column(0, 1, 10, 11)
    assert metrics.precision_recall(features, reference, 1) == pytest.approx((1 / 3, 3 / 4))
    assert metrics.precision_recall(reference, features, 1) == pytest.approx((3 / 4, 1 / 3))


def test_precision_and_recall_need_more_than_one_block():
    rng = np.random.default_rng(0)
    features, reference = rng.normal(size=(2, metrics._BLOCK + 70, 4))
    distances = np.linalg.norm(features[:, None] - reference, axis=2)

    def radii(rows):
        among = np.linalg.norm(rows[:, None] - rows, axis=2)
        return np.sort(among, axis=1)[:, 3]

    precision = (distances <= radii(reference)).any(axis=1).mean()
    recall = (distances <= radii(features)[:, None]).any(axis=0).mean()
    assert 0.5 < recall < 1 and precision != recall
    assert metrics.precision_recall(features, reference) == pytest.approx((precision, recall))


def test_a_collapsed_class_shows_in_its_variety_alone():
    real = np.array([[0, 0], [4, 0], [0, 1], [0, 9], [5, 5]])
    features = np.array([[7, 7], [9, 7], [3, 3], [3, 3]])
    variety = metrics.class_variety(
        features, np.array([0, 0, 1, 1]), real, np.array([0, 0, 1, 1, 2]), 3
    )
    assert variety.tolist()[:2] == [0.5, 0]
    assert np.isnan(variety[2])


def test_nearest_distance_is_euclidean_with_pixels_up_to_1():
    black = np.zeros((1, 1, 2), np.uint8)
    others = np.array([[[255, 255]], [[153, 204]]], np.uint8)
    assert metrics.nearest_distances(black, others) == pytest.approx([1.0])
    assert metrics.nearest_distances(others, black) == pytest.approx([2**0.5, 1.0])


def test_a_copy_is_at_0_exactly():
    images = np.random.default_rng(0).integers(0, 256, (metrics._BLOCK + 9, 28, 28), np.uint8)
    assert not metrics.nearest_distances(images, images[::-1]).any()


def test_nearest_of_more_than_one_block_and_in_colour():
    rng = np.random.default_rng(0)
    images, others = (rng.integers(0, 256, (n, 2, 2, 3), np.uint8) for n in (5, metrics._BLOCK + 7))
    apart = np.float64(images)[:, None] - others
    expected = np.sqrt((apart**2).sum(axis=(2, 3, 4))).min(axis=1) / 255
    assert metrics.nearest_distances(images, others) == pytest.approx(expected, rel=1e-5)
    assert metrics.nearest_distances(images, others[::-1]) == pytest.approx(expected, rel=1e-5)


def test_a_real_class_of_one_image_has_no_variety_to_compare_with():
    labels = np.array([0, 0])
    assert np.isnan(metrics.class_variety(column(1, 2), labels, column(3), np.array([0]), 1))


def test_the_nearest_of_large_images_is_that_of_small_squares():
    rng = np.random.default_rng(0)
    others = rng.integers(0, 256, (metrics._BLOCK + 7, 65, 33, 3), np.uint8)
    noisy = others[[505, 3]] ^ rng.integers(0, 128, (2, 65, 33, 3), np.uint8)
    found = metrics.nearest_images(noisy, others)
    assert found.rows.tolist() == [505, 3]
    # 65 x 33 pixels are squares of 3 x 3, the last ones narrower.
    assert metrics._pixels(others[:2]).shape == (2, 22 * 11 * 3)
    means = others[0].astype(float)
    assert metrics._pixels(others[:1])[0, :3] * 255 == pytest.approx(means[:3, :3].mean((0, 1)))
    assert metrics._pixels(others[:1])[0, -3:] * 255 == pytest.approx(means[63:, 30:].mean((0, 1)))
    assert not metrics.nearest_images(others[:9], others[::-1]).distances.any()


def test_the_share_that_is_nearer_than_real_images_are():
    real = np.random.default_rng(0).normal(10, 1, 5000)
    same = np.random.default_rng(1).normal(10, 1, 5000)
    assert metrics.share_nearer(same, real) == pytest.approx(0.01, abs=0.004)
    same[:500] = 0
    assert metrics.share_nearer(same, real) == pytest.approx(0.11, abs=0.01)


def test_the_confidence_interval_of_an_accuracy():
    low, high = metrics.confidence_interval(1.0, 206)
    assert low == pytest.approx(206 / (206 + 1.96**2)) and high == 1.0
    low, high = metrics.confidence_interval(0.0, 10)
    assert low == 0.0 and 0.27 < high < 0.29
    assert metrics.confidence_interval(0.5, 10**6) == pytest.approx((0.49902, 0.50098), abs=1e-5)
