import hashlib
import re
import subprocess
import sys

import numpy as np
import pytest
from colours import NAMES, coloured, trained_judge

from acwgan.config import Config
from acwgan.datasets.named import load_mnist
from acwgan.evaluation.classifier import build_classifier
from acwgan.evaluation.judge import Judge, JudgeError, judge_for, judge_of
from acwgan.export.litert import export_classifier


@pytest.fixture(scope="module")
def judge():
    return Judge()


def test_it_reads_the_test_digits(judge):
    mnist = load_mnist()
    # The second half: it is the easier one, and quicker than all.
    class_probs, features = judge(mnist.test_images[5000:, ..., 0])
    assert np.mean(class_probs.argmax(axis=1) == mnist.test_labels[5000:]) >= 0.995
    assert np.allclose(class_probs.sum(axis=1), 1, atol=1e-5)
    assert features.shape == (5000, 128) and features.min() == 0 and features.max() > 1


def test_its_name_is_the_checksum_of_its_file(judge):
    assert judge.name == hashlib.sha256(judge.path.read_bytes()).hexdigest()[:12]


@pytest.mark.parametrize(
    "images, what",
    [
        (np.eye(3, dtype=np.uint8)[np.zeros((2, 28, 28), int)], "(2, 28, 28, 3) uint8"),
        (np.zeros((2, 32, 32), np.uint8), "(2, 32, 32) uint8"),
        (np.full((2, 28, 28), "a"), "(2, 28, 28) <U1"),
    ],
)
def test_it_refuses_what_it_cannot_read(judge, images, what):
    message = f"`images` must be (N, 28, 28) uint8, got {what}"
    with pytest.raises(JudgeError, match=re.escape(message)):
        judge(images)


def test_gray_images_may_have_an_axis_of_channels(judge):
    images = load_mnist().test_images[:30]
    for one, other in zip(judge(images), judge(images[..., 0]), strict=True):
        assert np.array_equal(one, other)


def test_portions_make_no_difference(judge, monkeypatch):
    images = load_mnist().test_images[:50]
    whole = judge(images)
    monkeypatch.setattr("acwgan.evaluation.judge._PORTION", 20)
    for one, other in zip(whole, judge(images), strict=True):
        assert np.array_equal(one, other)
    assert [part.shape for part in judge(images[:0])] == [(0, 10), (0, 128)]


@pytest.mark.long
def test_a_judge_of_color_images_knows_what_it_reads():
    judge = Judge(str(trained_judge()[0]))
    assert (judge.image_shape, judge.num_classes) == ((8, 8, 3), len(NAMES))
    labels = np.arange(30) % 3
    class_probs, features = judge(coloured(labels, 9))
    assert np.mean(class_probs.argmax(axis=1) == labels) > 0.9
    assert features.shape == (30, 128)
    with pytest.raises(JudgeError, match=re.escape("must be (N, 8, 8, 3) uint8, got (2, 8, 8) u")):
        judge(np.zeros((2, 8, 8), np.uint8))


def test_it_refuses_data_of_another_shape_or_number_of_classes(judge):
    judge.check((28, 28, 1), 10)
    judge.check((28, 28, 1))
    for shape, classes in [((28, 28, 3), 10), ((32, 32, 1), None), ((28, 28, 1), 11)]:
        with pytest.raises(JudgeError, match=re.escape("reads (N, 28, 28) uint8 of 10 classes")):
            judge.check(shape, classes)


def test_it_refuses_other_classes_and_another_order():
    judge = Judge(trained_judge()[0])
    judge.check_names(NAMES)
    judge.check_names("012")  # Nothing is known of classes that are only numbers.
    for names in (NAMES[::-1], ("cat", "dog", "owl"), (*NAMES, "more")):
        with pytest.raises(JudgeError, match=f"reads the classes {NAMES[0]}.* trained on this"):
            judge.check_names(names)


def test_another_file_is_refused(judge, tmp_path):
    with pytest.raises(JudgeError, match=r"is not a judge; it takes images and returns .*scores"):
        Judge(judge.path.with_name("critic.tflite"))
    with pytest.raises(JudgeError, match="cannot be read"):
        Judge(tmp_path / "nothing")


def test_a_broken_judge_is_refused_when_it_reads(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 1), np.uint8)
    model = build_classifier((8, 8, 1), 2, seed=0)
    model.set_weights([np.full_like(weights, np.nan) for weights in model.get_weights()])
    export_classifier(model, tmp_path / "judge.tflite")
    with pytest.raises(
        JudgeError, match=r"judge\.tflite: reads numbers that are not finite; it is"
    ):
        Judge(tmp_path / "judge.tflite")(images)


def test_the_judge_of_other_data_must_be_given(judge):
    assert judge_for("mnist").name == judge.name
    assert judge_for("some folder", judge.path).name == judge.name
    command = "--dataset 'some folder' --out 'judge-some folder.tflite'"
    with pytest.raises(JudgeError, match=re.escape(command)):
        judge_for("some folder")


def test_the_judge_of_a_generator_is_the_judge_of_its_run(judge, tmp_path):
    assert judge_of(None).name == judge.name
    with pytest.raises(JudgeError, match=r"elsewhere\.tflite: does not say what it was trained on"):
        judge_of(tmp_path / "elsewhere.tflite")
    config = Config(dataset="cifar10", judge=str(trained_judge()[0]))
    (tmp_path / "config.json").write_text(config.to_json())
    for path in (tmp_path, tmp_path / "generator.tflite"):
        assert judge_of(path).image_shape == (8, 8, 3)
    (tmp_path / "config.json").write_text(Config(dataset="cifar10").to_json())
    message = "the judge in the package reads mnist, not cifar10; train one with: acwgan judge"
    with pytest.raises(JudgeError, match=message):
        judge_of(tmp_path)


def test_it_does_not_import_tensorflow():
    code = (
        "import numpy, sys; from acwgan import evaluation;"
        "evaluation.Judge()(numpy.zeros((1, 28, 28), 'uint8'));"
        "print({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
