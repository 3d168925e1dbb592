"""Every data set that has a name. NumPy is imported when one is loaded.

To add one: a function in ``named`` that loads it, and a row in ``DATASETS``.
"""

import importlib
from typing import Any, NamedTuple


class NamedDataset(NamedTuple):
    """A data set with a name.

    Attributes:
        function: Name of the function in ``acwgan.datasets.named`` that loads it.
        has_judge: Whether the judge in the package reads it.
    """

    function: str
    has_judge: bool = False

    def load(self) -> Any:
        """Load it, as a ``Dataset``."""
        return getattr(importlib.import_module("acwgan.datasets.named"), self.function)()


#: Name in ``Config.dataset`` -> the data set.
DATASETS = {
    "mnist": NamedDataset("load_mnist", has_judge=True),
    "fashion_mnist": NamedDataset("load_fashion_mnist"),
    "kmnist": NamedDataset("load_kmnist"),
    "cifar10": NamedDataset("load_cifar10"),
}
