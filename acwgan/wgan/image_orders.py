"""Every order of the training images by name, in plain numbers.

Training draws from an endless sequence of shuffled epochs, each of which holds every image once.
An order says how far apart the first images of two successive batches lie in that sequence.
"""

from collections.abc import Callable

#: Rounds of the cipher that shuffles an epoch, in each version of the random streams. Version 1
#: is that of acwgan 0.1: with 4 rounds the orders of successive epochs of 60,000 images correlate
#: at 0.9, with 8 at less than 0.01.
SHUFFLE_ROUNDS = {1: 4, 2: 8}
#: The newest version of the random streams.
NEWEST_STREAMS = max(SHUFFLE_ROUNDS)


def epochs(batch_size: int, num_images: int) -> int:
    """Each image once an epoch. A batch may hold the end of one epoch and the start of the next.

    Args:
        batch_size: B, images in the global batch.
        num_images: N, images in the data set.

    Returns:
        The distance of two batches, B.
    """
    return batch_size


def batches(batch_size: int, num_images: int) -> int:
    """Each batch drawn anew, without replacement: every batch begins a new epoch.

    Args:
        batch_size: B, images in the global batch.
        num_images: N, images in the data set.

    Returns:
        The distance of two batches, the smallest multiple of N that is at least B.
    """
    return -(-batch_size // num_images) * num_images


#: Name in ``Config.image_order`` -> the order.
IMAGE_ORDERS: dict[str, Callable[[int, int], int]] = {"epochs": epochs, "batches": batches}
