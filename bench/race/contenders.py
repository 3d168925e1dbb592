"""What takes part in the race: how each is trained for some minutes, and what it is.

Each contender is a module here with a function ``train(images, labels, minutes, seed)``, which gets
the 60,000 training digits as ``(N, 28, 28)`` uint8 with integer labels, and returns a function that
draws: labels ``(N,)`` -> ``(N, 28, 28)`` uint8. Its framework is imported in its own process.
"""

import dataclasses
import time
from collections.abc import Iterator


@dataclasses.dataclass(frozen=True)
class Contender:
    """A row of the table.

    Attributes:
        name: Its module in this folder.
        text: What it is, for the reader.
        source: Where its networks and settings are published.
        package: What must be installed for it beside this package, or "".
    """

    name: str
    text: str
    source: str
    package: str = ""


CONTENDERS = (
    Contender("ours", "`acwgan train --minutes`", "this package"),
    Contender(
        "acgan",
        "AC-GAN in PyTorch",
        "github.com/eriklindernoren/PyTorch-GAN, acgan.py",
        package="torch",
    ),
    Contender("cgan", "conditional GAN in Keras", "keras.io/examples/generative/conditional_gan"),
    Contender(
        "flow",
        "flow matching with a small U-Net in PyTorch",
        "Lipman et al. 2023; networks of our own",
        package="torch",
    ),
)


def until(minutes: float) -> Iterator[float]:
    """Share of the time that is over, from 0 to below 1, as often as there is time."""
    start = time.monotonic()
    while (share := (time.monotonic() - start) / (60 * minutes)) < 1:
        yield share
