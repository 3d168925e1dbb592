import numpy as np
import pytest

from acwgan.datasets.digest import content_digest


@pytest.fixture
def images():
    """More than one portion."""
    return np.random.default_rng(0).integers(0, 256, (90, 256, 256, 1), np.uint8)


def test_a_mapped_file_and_another_layout_of_the_same_values_are_the_same(images, tmp_path):
    np.save(tmp_path / "a.npy", images)
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r")
    labels = np.arange(90)
    digest = content_digest(images, labels, None)
    assert digest == content_digest(mapped, labels.astype(">i8"), None)
    assert digest == content_digest(np.asfortranarray(images), labels, None)


def test_every_change_is_another_digest(images):
    labels = np.arange(90)
    last = images.copy()
    last[-1, -1, -1, -1] ^= 1
    changed = [(images, labels[::-1]), (images[::-1], labels), (last, labels), (images[1:], labels)]
    changed += [(images.reshape(90, 128, 512, 1), labels), (images, labels, images[:1])]
    digests = {content_digest(*arrays) for arrays in [(images, labels), *changed]}
    assert len(digests) == 1 + len(changed)
