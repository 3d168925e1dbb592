"""What is shipped beside the code: checksums, and the tools that make it."""

import re
from pathlib import Path

import pytest

import acwgan
from acwgan.files.checksums import damage
from tools.checksums import FOLDERS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_checksums_are_those_of_the_files(folder):
    # After a change: python -m tools.checksums
    assert damage(folder) is None


def test_the_citation_has_the_version_of_the_package():
    text = Path(__file__).parent.parent.joinpath("CITATION.cff").read_text()
    assert re.findall(r"^version: (.*)$", text, re.M) == [acwgan.__version__]
