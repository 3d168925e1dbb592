"""Every pair of losses by name. TensorFlow is imported when one is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from acwgan.wgan.losses import Losses


def wasserstein() -> Losses:
    """The Wasserstein losses of both networks (Arjovsky et al. 2017), and the cross-entropy."""
    from acwgan.wgan.losses import Losses

    return Losses()


#: Name in ``Config.loss`` -> makes the losses. Their penalty is that of ``Config.penalty``.
LOSSES: dict[str, Callable[[], Losses]] = {"wasserstein": wasserstein}
