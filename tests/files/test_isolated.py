import io
import os
import struct

import h5py
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from acwgan.export.litert import export_generator
from acwgan.files.bundled import CRITIC
from acwgan.files.isolated import fault_in_subprocess
from acwgan.networks import registry

MOST = 1 << 30
NOT_A_CROP = "it has the operation STRIDED_SLICE with numbers that are not allowed"


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


@pytest.fixture(scope="module")
def cropping(tmp_path_factory):
    """A generator that crops 12x12 pixels to 9x9, as bytes."""
    network = registry.NETWORKS["acwgan"].generator(8, (9, 9, 1), 3, seed=1)
    path = export_generator(network, tmp_path_factory.mktemp("cropping") / "g.tflite")
    return path.read_bytes()


def test_a_network_may_crop_its_images(cropping):
    assert fault_in_subprocess("litert", cropping, MOST) is None


def first(name, content, constants):
    """The first operation of a kind, and the numbers in these of its inputs, to be changed."""
    model = schema.Model.GetRootAs(content, 0)
    graph = model.Subgraphs(0)
    number = getattr(schema.BuiltinOperator, name)
    for operator in map(graph.Operators, range(graph.OperatorsLength())):
        if model.OperatorCodes(operator.OpcodeIndex()).BuiltinCode() == number:
            tensors = [graph.Tensors(operator.Inputs(place)) for place in constants]
            arrays = [model.Buffers(tensor.Buffer()).DataAsNumpy() for tensor in tensors]
            return operator, [array.view("<i4") for array in arrays]
    raise AssertionError(name)


@pytest.mark.parametrize(
    ("array", "axis", "value"),
    [(0, 1, -1), (0, 1, 12), (0, 2, 2**31 - 1), (1, 1, 13), (1, 2, -12), (1, 1, 0), (2, 1, -1)],
)
def test_a_slice_of_anything_but_pixels_of_the_image_is_refused(cropping, array, axis, value):
    content = bytearray(cropping)
    first("STRIDED_SLICE", content, (1, 2, 3))[1][array][axis] = value
    assert fault_in_subprocess("litert", bytes(content), MOST) == NOT_A_CROP


@pytest.mark.parametrize("name", ["batch", "computed"])
def test_a_slice_of_the_batch_or_at_a_computed_place_is_refused(cropping, name):
    content = bytearray(cropping)
    operator, _ = first("STRIDED_SLICE", content, ())
    if name == "batch":
        table = operator.BuiltinOptions()
        struct.pack_into("<i", content, table.Pos + table.Offset(4), 8)  # The mask of beginnings.
    else:
        table = operator._tab
        inputs = table.Vector(table.Offset(6))
        struct.pack_into("<i", content, inputs + 4, operator.Inputs(0))
    assert fault_in_subprocess("litert", bytes(content), MOST) == NOT_A_CROP


def test_a_tensor_is_repeated_to_the_size_in_the_file_alone(tmp_path):
    network = registry.NETWORKS["wgan-gp"].generator(8, (8, 8, 1), 3, seed=1)
    content = bytearray(export_generator(network, tmp_path / "g.tflite").read_bytes())
    assert fault_in_subprocess("litert", bytes(content), MOST) is None
    _, (times,) = first("TILE", content, (1,))
    times[np.argmax(times)] = 2**30
    said = fault_in_subprocess("litert", bytes(content), MOST)
    assert said == "it has the operation TILE with numbers that are not allowed"


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
