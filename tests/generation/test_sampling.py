import numpy as np
import pytest

from acwgan.errors import ParameterError
from acwgan.generation.sampling import Latents, RejectionError, Sampler


def draw(z, labels):
    """An image is its label and whether its latent is above 0."""
    return np.stack([labels, z[:, 0] > 0], axis=1).astype(np.uint8)


def judge(images):
    """Reads the label, with probability 0.9 if the latent is above 0 and 0.5 otherwise."""
    probs = np.full((len(images), 10), 0.01)
    probs[np.arange(len(images)), images[:, 0]] = np.where(images[:, 1], 0.9, 0.5)
    return probs, None


def test_portions_of_any_size_are_the_same_stream():
    parts = Latents(3, 5)
    assert np.array_equal(
        Latents(3, 5)(1000), np.concatenate([parts(1), parts(333), parts(0), parts(666)])
    )


def test_truncation_scales_towards_the_mean():
    assert np.array_equal(Latents(1, 4, 1.0)(3), Latents(1, 4)(3))
    assert np.allclose(Latents(1, 4, 0.25)(3), Latents(1, 4)(3) / 4)
    assert np.allclose(Latents(1, 4, 1.25)(3), Latents(1, 4)(3) * 1.25)
    with pytest.raises(ParameterError, match=r"must be above 0 and at most 1, got 1\.1"):
        Latents(1, 4, 1.1, "uniform")


def test_without_a_judge_every_image_is_kept():
    sampler = Sampler(draw, Latents(0, 2))
    labels = np.arange(1200) % 10
    assert np.array_equal(sampler.all(labels)[:, 0], labels)
    assert (sampler.drawn, sampler.rejected) == (1200, 0)


def test_rejected_images_are_drawn_again_in_their_place():
    sampler = Sampler(draw, Latents(0, 2), judge, min_score=0.8)
    labels = np.arange(1200) % 10
    images = sampler.all(labels)
    assert np.array_equal(images[:, 0], labels) and images[:, 1].all()
    assert sampler.drawn - sampler.rejected == 1200
    assert 1000 < sampler.rejected < 1400  # About half of all draws.


def test_good_images_stay_as_they_were():
    labels = np.arange(30) % 10
    plain = Sampler(lambda z, labels: z, Latents(4, 2)).all(labels)

    def half(z):
        return np.where(z[:, :1] > 0, 0.9, 0.0) * np.ones((1, 10)), None

    labels = np.zeros(30, int)
    kept = Sampler(lambda z, labels: z, Latents(4, 2), half, 0.8).all(labels)
    good = plain[:, 0] > 0
    assert 0 < good.sum() < 30 and np.array_equal(kept[good], plain[good])


def test_a_digit_that_is_read_as_another_is_rejected_at_any_score():
    def misread(images):
        return np.tile(np.eye(10)[4] * 0.6 + 0.04, (len(images), 1)), None

    labels = np.array([4, 4])
    assert len(Sampler(draw, Latents(0, 2), misread, 0.0).all(labels)) == 2
    with pytest.raises(RejectionError, match="after 200 draws for 2 images, 1 of them still score"):
        # One of the two is never read as its class; the other is drawn once.
        Sampler(draw, Latents(0, 2), misread, 0.0).all(np.array([4, 7]))


def test_uniform_latents_lie_between_minus_one_and_one():
    z = Latents(0, 3, latent="uniform")(5000)
    assert z.dtype == np.float32 and z.min() >= -1 and z.max() < 1 and z.min() < -0.99 < 0.99
    assert abs(z.mean()) < 0.02 and abs(z.std() - 1 / 3**0.5) < 0.01
    again = Latents(0, 3, truncation=0.5, latent="uniform")
    assert np.allclose(np.concatenate([again(2), again(3)]), 0.5 * z[:5])
