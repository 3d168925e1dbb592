"""Paths through the latent space and between classes."""

import numpy as np

from acwgan.generation.checks import check_count, check_rows


def walk(stops: np.ndarray, frames: int) -> np.ndarray:
    """Closed paths through latents, along great circles.

    High-dimensional latents lie close to a sphere, which a straight line between two of them
    leaves. From p to q, with t in [0, 1] and the angle w between them:
    ``(sin((1-t)w) p + sin(tw) q) / sin(w)`` (White 2016, "Sampling generative networks", section
    2.1).

    Args:
        stops: ``(S, N, latent_dim)``, the latents that each of N paths passes through in turn.
        frames: F, the number of points of a path. The first point follows the last one.

    Returns:
        ``(F, N, latent_dim)`` float32.

    Raises:
        ParameterError: If the stops are not finite numbers of this shape, or there are no frames.

    Example:
        >>> stops = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
        >>> (walk(stops, 4)[:, 0] ** 2).round(3).tolist()
        [[1.0, 0.0], [0.5, 0.5], [0.0, 1.0], [0.5, 0.5]]
    """
    check_rows("stops", stops, (None, None, None))
    path = []
    for frame in range(check_count("frames", frames)):
        leg, t = divmod(frame * len(stops) / frames, 1)
        here, there = stops[int(leg)], stops[(int(leg) + 1) % len(stops)]
        lengths = np.linalg.norm(here, axis=-1) * np.linalg.norm(there, axis=-1)
        cosine = (here * there).sum(axis=-1) / lengths
        angle = np.arccos(np.clip(cosine, -1.0, 1.0))[:, None]
        # Not sin(ta) / sin(a), which is 0 / 0 where a is 0; there the share is t.
        there_share = t * np.sinc(t * angle / np.pi) / np.sinc(angle / np.pi)
        here_share = (1 - t) * np.sinc((1 - t) * angle / np.pi) / np.sinc(angle / np.pi)
        path.append(here_share * here + there_share * there)
    return np.array(path, np.float32)


def morph(first: np.ndarray, second: np.ndarray, frames: int) -> np.ndarray:
    """Class weights from one mixture of classes to another and back, slow at both ends.

    Frame i of F is ``(1 - a) first + a second`` with ``a = (1 - cos(2 pi i / F)) / 2``.

    Args:
        first: ``(K,)`` class weights, one-hot for a class.
        second: ``(K,)`` class weights.
        frames: F, the number of frames. If it is even, one frame is exactly ``second``.

    Returns:
        ``(F, K)`` float32.

    Raises:
        ParameterError: If the weights are not finite numbers of one shape, or there are no frames.

    Example:
        >>> morph(np.array([1.0, 0.0]), np.array([0.0, 1.0]), frames=4).tolist()
        [[1.0, 0.0], [0.5, 0.5], [0.0, 1.0], [0.5, 0.5]]
    """
    check_rows("second", second, (len(check_rows("first", first, (None,))),))
    frames = check_count("frames", frames)
    share = (1 - np.cos(2 * np.pi * np.arange(frames) / frames))[:, None] / 2
    return ((1 - share) * first + share * second).astype(np.float32)
