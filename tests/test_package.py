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
MODULES = {
    ".".join(("acwgan", *path.relative_to(PACKAGE).with_suffix("").parts)): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.name not in ("__init__.py", "__main__.py")
}

#: Folders, and the modules beside them, from the lowest to the highest: imports go strictly down.
LEVELS = """
    errors messages moved
    startup_lines
    files keras_settings
    images devices
    datasets networks
    wgan
    config
    presets
    runs
    board plots generation
    evaluation export
    encoder
    web training
    run callbacks
    cli
    classifier
"""
#: Import name -> name in pyproject.toml, where they differ.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "ai_edge_litert": "ai-edge-litert",
    "imageio_ffmpeg": "imageio-ffmpeg",
    "lazy_loader": "lazy-loader",
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


def folder_of(module):
    """``acwgan.runs.lock`` -> ``runs``."""
    return module.split(".")[1]


def test_imports_go_downwards():
    levels = {name: n for n, row in enumerate(LEVELS.strip().splitlines()) for name in row.split()}
    assert {folder_of(module) for module in MODULES} == set(levels)
    upwards = [
        f"{module} imports {name}"
        for module, path in MODULES.items()
        for name in imports(path)
        if name.startswith("acwgan.") and name != "acwgan.__version__"
        if folder_of(name) != folder_of(module)
        if levels[folder_of(name)] >= levels[folder_of(module)]
    ]
    assert upwards == []


@pytest.mark.parametrize("stub", sorted(PACKAGE.rglob("__init__.pyi")), ids=lambda p: p.parent.name)
def test_no_module_is_named_like_a_public_name_beside_it(stub):
    public = set(re.findall(r"^from \.\w.* as (\w+)", stub.read_text(), re.M))
    assert public and not {path.stem for path in stub.parent.iterdir()} & public


@pytest.mark.parametrize("stub", sorted(PACKAGE.rglob("__init__.pyi")), ids=lambda p: p.parent.name)
def test_every_exported_name_is_there(stub):
    package = ".".join(("acwgan", *stub.parent.relative_to(PACKAGE).parts))
    for name in re.findall(r" as (\w+)", stub.read_text()):
        assert getattr(importlib.import_module(package), name) is not None


def test_the_rooms_are_there_after_the_import_of_the_package():
    code = "import acwgan; print(acwgan.datasets.load.__module__, acwgan.wgan.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["acwgan.datasets.loading", "acwgan.wgan"], done.stderr


def test_every_imported_package_is_declared_and_every_declared_one_is_used():
    files = PACKAGE.rglob("*.py")
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
    result = doctest.testmod(importlib.import_module(module), optionflags=doctest.ELLIPSIS)
    assert result.failed == 0


def test_public_names_have_docstrings():
    missing = []
    for module, path in MODULES.items():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                missing += [] if ast.get_docstring(node) else [f"{module}.{node.name}"]
    assert missing == []


def test_public_signatures_are_annotated():
    missing = []
    for module, path in MODULES.items():
        body = ast.parse(path.read_text()).body
        classes = [node for node in body if isinstance(node, ast.ClassDef)]
        functions = [*body, *(node for one in classes if one.name[0] != "_" for node in one.body)]
        for node in functions:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            arguments = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
            arguments += filter(None, [node.args.vararg, node.args.kwarg])
            bare = [
                a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")
            ]
            if bare or node.returns is None:
                missing.append(f"{module}.{node.name}: {', '.join(bare) or 'result'}")
    assert missing == []


@pytest.mark.parametrize("statement", ["import acwgan", "from acwgan.cli.app import main; main"])
def test_importing_the_package_and_the_command_line_is_light(statement):
    code = f"{statement}; import sys; print({{'tensorflow', 'keras', 'numpy'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


#: Calls that open a text file, unless their mode has a b.
_TEXT_CALLS = {"open", "fdopen", "read_text", "write_text"}
#: Those of such names that open other things, and the reader of ``files.untrusted``.
_NOT_TEXT = {"os.open", "Image.open", "webbrowser.open", "tarfile.open", "archive.open"}
_NOT_TEXT |= {"read_text", "untrusted.read_text"}


def without_encoding(tree):
    """The lines of a module in which a text file or a pipe has the encoding of the locale."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name, keywords = ast.unparse(node.func), {word.arg for word in node.keywords}
        opens = name not in _NOT_TEXT and name.rpartition(".")[2] in _TEXT_CALLS
        values = [*node.args[:2], *(word.value for word in node.keywords if word.arg == "mode")]
        modes = [each.value for each in values if isinstance(each, ast.Constant)]
        binary = any(re.fullmatch("[rwax+]*b[rwax+]*", str(mode)) for mode in modes)
        piped = {"text", "universal_newlines"} & keywords
        if (piped or (opens and not binary)) and "encoding" not in keywords:
            yield node.lineno


def test_every_text_file_is_in_utf_8_in_every_locale():
    places = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in MODULES.values()
        for line in without_encoding(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert places == []
