import hashlib
import re
import subprocess
import sys

import numpy as np
import pytest

from acwgan.datasets import load_mnist
from acwgan.judge import Judge, JudgeError


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


def test_its_name_is_its_file(judge):
    assert judge.name == hashlib.sha256(judge.path.read_bytes()).hexdigest()[:12]


@pytest.mark.parametrize(
    "images, what",
    [
        (np.zeros((2, 28, 28, 1), np.uint8), "(2, 28, 28, 1) uint8"),
        (np.zeros((2, 32, 32), np.uint8), "(2, 32, 32) uint8"),
        (np.zeros((2, 28, 28)), "(2, 28, 28) float64"),
    ],
)
def test_it_refuses_what_it_cannot_read(judge, images, what):
    message = f"images: {what} is not allowed; allowed: (N, 28, 28) uint8"
    with pytest.raises(JudgeError, match=re.escape(message)):
        judge(images)


def test_it_does_without_tensorflow():
    code = (
        "import numpy, sys; from acwgan import evaluation, judge;"
        "judge.Judge()(numpy.zeros((1, 28, 28), 'uint8'));"
        "print({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
