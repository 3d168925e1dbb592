"""``python -m acwgan``."""

import sys

from acwgan.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
