"""``python -m acwgan.classifier`` is ``acwgan judge`` now; the functions are in ``evaluation``."""

import sys

from acwgan import evaluation


def __getattr__(name):
    return getattr(evaluation, name)


if __name__ == "__main__":
    from acwgan.cli.app import main

    sys.exit(main(["judge", *sys.argv[1:]]))
