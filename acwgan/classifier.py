"""``python -m acwgan.classifier`` is ``acwgan judge`` now; the functions are in ``evaluation``."""

import sys
import warnings
from typing import Any

from acwgan import evaluation


def __getattr__(name: str) -> Any:
    found = getattr(evaluation, name)
    message = f"acwgan.classifier.{name} is now acwgan.evaluation.{name}"
    warnings.warn(message, DeprecationWarning, stacklevel=2)
    return found


if __name__ == "__main__":
    from acwgan.cli.app import main
    from acwgan.cli.output import note

    note("acwgan: python -m acwgan.classifier is now acwgan judge")
    sys.exit(main(["judge", *sys.argv[1:]]))
