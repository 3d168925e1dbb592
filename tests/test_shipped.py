"""What is shipped beside the code: checksums, and the tools that make it."""

import pytest

from acwgan.files.checksums import damage
from tools.checksums import FOLDERS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_checksums_are_those_of_the_files(folder):
    # After a change: python -m tools.checksums
    assert damage(folder) is None
