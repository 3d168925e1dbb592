"""The data sets that have a name. NumPy is imported only when one is loaded.

To add a data set: one function in ``named.py`` that loads it, and one row in ``DATASETS``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from acwgan.datasets.dataset import Dataset


class NamedDataset(NamedTuple):
    """A data set that has a name.

    Attributes:
        function: Name of the function in ``acwgan.datasets.named`` that loads it.
        has_judge: Whether the package has a judge for it.
    """

    function: str
    has_judge: bool = False

    def load(self) -> Dataset:
        """Load the data set."""
        return getattr(importlib.import_module("acwgan.datasets.named"), self.function)()


#: ``Config.dataset`` of a run whose data was handed to ``train`` in Python: no file is known.
HANDED_IN = "(handed in)"
#: Name in ``Config.dataset`` -> the data set.
DATASETS = {
    "mnist": NamedDataset("load_mnist", has_judge=True),
    "fashion_mnist": NamedDataset("load_fashion_mnist"),
    "kmnist": NamedDataset("load_kmnist"),
    "cifar10": NamedDataset("load_cifar10"),
}
