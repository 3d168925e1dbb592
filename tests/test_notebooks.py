"""The notebooks run from top to bottom, on a real run."""

import json
import shutil
from pathlib import Path

import matplotlib
import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_draws(path, trained_run, tmp_path, monkeypatch):
    shutil.copytree(trained_run, tmp_path / "out" / "acwgan")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    matplotlib.use("Agg")
    figures = []
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: figures.append(1))
    cells = json.loads(path.read_text())["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    names = {}
    for source in code:
        exec(compile(source, str(path), "exec"), names)
    assert len(figures) == 3


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path):
    cells = json.loads(path.read_text())["cells"]
    assert all(not cell.get("outputs") for cell in cells)
