"""``python -m acwgan``."""

import sys

from acwgan.cli import main

if __name__ == "__main__":
    sys.exit(main())
