"""The notebooks run from top to bottom in Jupyter, and are stored without outputs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from long_ones import parameters

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
#: Notebook -> number of pictures that it shows: figures, plots of runs, GIFs.
PICTURES = {
    "digits_on_demand": 7,
    "does_synthetic_data_help": 2,
    "wgan_from_the_inside": 6,
    "your_own_data": 7,
    "your_own_network": 6,
}

EXECUTE = """
import sys
import tempfile
import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

notebook = nbformat.read(sys.argv[1], as_version=4)
# Not over TCP: another test may take a port that was found free.
place = tempfile.mkdtemp() + "/kernel"
ipc = Config({"KernelManager": {"transport": "ipc", "ip": place}})
NotebookClient(notebook, timeout=600, kernel_name="python3", config=ipc).execute()
nbformat.write(notebook, sys.argv[2])
"""


#: What they do is tested elsewhere too: classifiers on digits of the package, losses, penalties,
#: networks and data of one's own.
LONG = {"does_synthetic_data_help", "wgan_from_the_inside", "your_own_data", "your_own_network"}
RUN = parameters(NOTEBOOKS, lambda path: path.stem in LONG)


@pytest.fixture(scope="module")
def executed(tmp_path_factory, request):
    """Notebook -> (process, file that it writes). All that are tested run in Jupyter at once.

    They run in short mode and in an empty folder, so that they cannot use local files.
    """
    folder = tmp_path_factory.mktemp("notebooks")
    # The notebooks choose the backend themselves.
    environment = {key: value for key, value in os.environ.items() if key != "MPLBACKEND"}
    environment |= {"ACWGAN_SHORT": "1", "IPYTHONDIR": str(folder)}
    started = {}
    test = test_a_notebook_runs_and_draws.__name__
    items = [item for item in request.session.items if item.originalname == test]
    for path in [item.callspec.params["path"] for item in items]:
        out = folder / path.name
        command = [sys.executable, "-c", EXECUTE, path, out]
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
        )
        started[path] = process, out
    yield started
    for process, _ in started.values():
        process.kill()


@pytest.mark.parametrize("path", RUN, ids=lambda path: path.stem)
def test_a_notebook_runs_and_draws(path, executed):
    process, out = executed[path]
    _, errors = process.communicate(timeout=900)
    assert process.returncode == 0, errors
    outputs = [
        output
        for cell in json.loads(out.read_text())["cells"]
        for output in cell.get("outputs", [])
    ]
    pictures = [
        output for output in outputs if {"image/png", "image/gif"} & {*output.get("data", {})}
    ]
    assert len(pictures) == PICTURES[path.stem]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path):
    code = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)


def test_all_notebooks_begin_with_the_same_installation():
    cells = [json.loads(path.read_text())["cells"] for path in NOTEBOOKS]
    first = {
        "".join(next(cell["source"] for cell in of_one if cell["cell_type"] == "code"))
        for of_one in cells
    }
    assert len(first) == 1


def test_the_installation_takes_a_wheel_then_the_clone_then_the_index(tmp_path, monkeypatch):
    cells = json.loads(NOTEBOOKS[0].read_text())["cells"]
    first = "".join(next(cell["source"] for cell in cells if cell["cell_type"] == "code"))
    installed = []
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("subprocess.run", lambda command, check: installed.append(command[-1]))
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    exec(first, {})
    Path("../setup.py").touch()
    exec(first, {})
    Path("acwgan-0.1.0-py3-none-any.whl").touch()
    exec(first, {})
    assert installed == ["acwgan", "..", "acwgan-0.1.0-py3-none-any.whl"]
