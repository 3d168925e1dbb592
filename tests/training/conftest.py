"""What several tests of trainings share."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def data():
    """Forty noisy images (40, 8, 8) of three classes."""
    random = np.random.default_rng(0)
    return random.integers(0, 256, (40, 8, 8), np.uint8), np.arange(40) % 3
