"""The shape of the package: layers, dependencies, examples."""

import ast
import doctest
import importlib
import re
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest

import acwgan

PACKAGE = Path(acwgan.__file__).parent
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__main__")

#: Imports go strictly to lower levels.
LEVELS = [
    {"errors", "files", "probe", "schedule", "stop_signal", "metrics", "quiet", "pace"}
    | {"checksums", "replicas"},
    {"config", "images", "draws", "hardware", "litert", "parts", "curves", "cluster", "launch"}
    | {"sampling", "animation", "cli_options", "lock"},
    {"presets", "npz", "npy", "idx", "class_folders", "layers", "losses", "run_folder"}
    | {"judge", "output", "report", "plot", "film", "pictures", "watch", "checkpoint_folder"}
    | {"devices"},
    {"datasets", "network_parts", "summaries", "loop", "video"},
    {"published_networks", "reference"},
    {"networks", "generated"},
    {"model", "checkpoint", "export", "formats", "console", "board_pages", "keras_file"},
    {"classifier", "generation", "scoring", "build"},
    {"evaluation", "web"},
    {"samples", "report_picture"},
    {"diary"},
    {"training", "run"},
    {"cli_train", "cli_generate", "cli_score", "cli_evaluate", "cli_export", "cli_plot"}
    | {"cli_video", "cli_board", "cli_web", "cli_launch"},
    {"cli"},
    {"__init__", "__main__"},
]
#: The only modules that import ``Config``; everything else takes plain arguments.
SEE_CONFIG = {"config", "presets", "run_folder", "build", "training", "cli_train", "cli"}
#: Import name -> name in setup.py, where they differ.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "ai_edge_litert": "ai-edge-litert",
    "imageio_ffmpeg": "imageio-ffmpeg",
}


def imports(path):
    """The imported modules of a file, as dotted names."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
            if node.module == "acwgan":
                names |= {f"acwgan.{alias.name}" for alias in node.names}
    return names


def own_imports(module):
    names = {name.split(".")[1] for name in imports(PACKAGE / f"{module}.py") if "acwgan." in name}
    return names & set(MODULES)


def test_every_module_has_a_level():
    assert sorted(set().union(*LEVELS) - {"__main__"}) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_downwards(module):
    level = next(number for number, names in enumerate(LEVELS) if module in names)
    below = set().union(*LEVELS[:level])
    assert own_imports(module) <= below


def test_only_a_few_modules_see_the_config():
    seeing = {module for module in MODULES if "config" in own_imports(module)}
    assert seeing | {"config"} == SEE_CONFIG


def test_every_imported_package_is_declared_and_every_declared_one_is_used():
    files = PACKAGE.glob("*.py")
    used = {name.split(".")[0] for path in files for name in imports(path)}
    foreign = {
        DISTRIBUTIONS.get(name, name) for name in used - sys.stdlib_module_names - {"acwgan"}
    }
    declared = {
        re.match(r"[\w-]+", line).group()
        for line in requires("acwgan")
        if "extra ==" not in line or re.search('extra == "(video|onnx)"', line)
    }
    # TensorBoard is a program that users start.
    assert foreign | {"tensorboard"} == declared


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_the_docstrings_run(module):
    name = "acwgan" if module == "__init__" else f"acwgan.{module}"
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert result.failed == 0


def test_public_names_have_docstrings():
    missing = []
    for module in MODULES:
        for node in ast.parse((PACKAGE / f"{module}.py").read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                missing += [] if ast.get_docstring(node) else [f"{module}.{node.name}"]
    assert missing == []


@pytest.mark.parametrize("statement", ["import acwgan", "from acwgan.cli import main; main"])
def test_importing_the_package_and_the_command_line_is_light(statement):
    code = f"{statement}; import sys; print({{'tensorflow', 'keras', 'numpy'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
