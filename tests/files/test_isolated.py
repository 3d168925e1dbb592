import io
import os
import struct

import h5py
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from acwgan.files.bundled import CRITIC
from acwgan.files.isolated import fault_in_subprocess

MOST = 1 << 30


def network():
    """The bundled critic as bytes, and its parsed schema."""
    content = bytearray(CRITIC.read_bytes())
    return content, schema.Model.GetRootAs(bytes(content), 0)


def test_the_bundled_networks_have_no_fault():
    for path in CRITIC.parent.glob("*.tflite"):
        assert fault_in_subprocess("litert", path.read_bytes(), MOST) is None


def test_a_file_that_crashes_the_runtime_is_a_fault():
    content, _ = network()
    (root,) = struct.unpack_from("<I", content)
    (back,) = struct.unpack_from("<i", content, root)
    # The file claims that the third field of the root, the list of networks, is missing.
    struct.pack_into("<H", content, root - back + 8, 0)
    assert fault_in_subprocess("litert", bytes(content), MOST) == "reading it ends in signal 11"


@pytest.mark.parametrize("name", ["CUSTOM", "WHILE", "GATHER_ND", "CALL_ONCE", "VAR_HANDLE"])
def test_only_arithmetic_is_allowed(name):
    content, model = network()
    number = getattr(schema.BuiltinOperator, name)
    table = model.OperatorCodes(0)._tab
    content[table.Pos + table.Offset(4)] = min(number, 127)
    struct.pack_into("<i", content, table.Pos + table.Offset(10), number)
    said = fault_in_subprocess("litert", bytes(content), MOST)
    assert said == f"it has the operation {name}; only arithmetic is allowed"


@pytest.mark.parametrize(
    ("side", "said"),
    [(2**31 - 1, "its arrays take"), (0, "it has a tensor of the shape"), (-5, "it has a tensor")],
)
def test_sizes_are_checked_before_anything_is_allocated(side, said):
    content, model = network()
    table = model.Subgraphs(0).Tensors(12)._tab
    struct.pack_into("<i", content, table.Vector(table.Offset(4)), side)
    assert fault_in_subprocess("litert", bytes(content), MOST).startswith(said)


def hdf5(fill):
    file = io.BytesIO()
    with h5py.File(file, "w") as archive:
        fill(archive)
    return file.getvalue()


def cycle(archive):
    archive["a/b"] = np.zeros(3)
    archive["a/c"] = archive["a"]


@pytest.mark.parametrize(
    ("fill", "said"),
    [
        (lambda archive: archive.update({"a/vars/0": np.zeros((3, 4))}), None),
        (lambda archive: archive.update({"a": h5py.ExternalLink("/etc/hosts", "b")}), "links"),
        (lambda archive: archive.update({"a": h5py.SoftLink("/b")}), "links"),
        (lambda archive: archive.update({"a": ["text"]}), "not simply numbers"),
        (lambda archive: archive.create_dataset("a", (1 << 20, 1 << 20)), "at most 1.0 GiB"),
        (
            lambda archive: archive.create_dataset("a", (9, 9), compression="gzip"),
            "not simply numbers",
        ),
        (
            lambda archive: archive.create_dataset("a", (9,), external=[("/etc/hosts", 0, 36)]),
            "not simply numbers",
        ),
        (cycle, "nested too deeply"),
    ],
)
def test_only_plain_arrays_in_the_hdf5_file_itself_are_allowed(fill, said):
    found = fault_in_subprocess("hdf5", hdf5(fill), MOST)
    assert (found is None) if said is None else (said in found)


def test_nothing_in_the_current_folder_is_imported(tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text("open('was_here', 'w')")
    monkeypatch.chdir(tmp_path)
    assert fault_in_subprocess("litert", CRITIC.read_bytes(), MOST) is None
    assert os.listdir(tmp_path) == ["numpy.py"]
