import numpy as np
import pytest
from colours import data_file, trained_judge

from acwgan.datasets.dataset import Dataset
from acwgan.datasets.loading import load
from acwgan.evaluation import metrics
from acwgan.evaluation.judge import Judge
from acwgan.evaluation.real_images import balanced, first_rows, real_metrics


class CountingJudge(Judge):
    calls = 0

    def __call__(self, images):
        self.calls += 1
        return super().__call__(images)


@pytest.fixture(scope="module")
def judge():
    return CountingJudge(trained_judge()[0])


@pytest.fixture(scope="module")
def data():
    return load(str(data_file()))


def test_as_many_of_each_class_as_there_are_in_all():
    labels = np.repeat(np.arange(3), [5000, 3000, 4000])
    data = Dataset(labels, labels, labels, labels, ("a", "b", "c"))
    assert balanced(data).tolist() == [3334, 3000, 3334]
    assert first_rows(labels, balanced(data))[[3333, 3334, 6334]].tolist() == [3333, 5000, 8000]


def test_training_images_are_compared_balanced_or_not(judge, data):
    features, train_features = judge(data.test_images)[1], judge(data.train_images)[1]
    # All training images are compared, in either case.
    distance = metrics.frechet_distance(train_features, features)
    for by_class in (True, False):
        found = real_metrics(judge, data, by_class)
        assert found.frechet_distance == pytest.approx(distance, rel=1e-4)
    assert found.accuracy > 0.9


def test_the_same_judge_and_data_are_judged_once_and_other_data_anew(judge, data):
    judge.calls = 0
    one, same = (real_metrics(judge, data, by_class=True) for _ in range(2))
    assert one is same and judge.calls <= 2
    # The same data once more is another object.
    assert real_metrics(judge, load(str(data_file())), by_class=True) is one
    assert len(one.features) == 120
    fewer = data._replace(test_images=data.test_images[:80], test_labels=data.test_labels[:80])
    assert len(real_metrics(judge, fewer, by_class=True).features) == 80
    one, other = (real_metrics(judge, fewer, by_class) for by_class in (False, True))
    assert one is not other


def test_the_nearest_are_of_all_classes_though_the_test_images_come_class_after_class(
    judge, data, monkeypatch
):
    monkeypatch.setattr("acwgan.evaluation.real_images.NEAREST", 30)
    asked = []
    monkeypatch.setattr(
        "acwgan.evaluation.real_images.metrics.nearest_images",
        lambda images, others: asked.append(images) or metrics.Nearest(None, np.ones(len(images))),
    )
    monkeypatch.setattr("acwgan.evaluation.real_images._latest", {})
    real_metrics(judge, data, by_class=True)
    (images,) = asked
    assert len(images) == 30
    assert set(images.mean(axis=(1, 2)).argmax(axis=1)) == {0, 1, 2}
