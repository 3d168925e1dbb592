"""What is shipped beside the code: checksums, and the tools that make it."""

import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import acwgan
from acwgan.export.litert import export_generator
from acwgan.files.bundled import CRITIC, GENERATOR, MNIST
from acwgan.files.checksums import damage
from acwgan.generation.litert import LiteRTModel
from acwgan.networks.registry import NETWORKS
from tools.checksums import FOLDERS
from tools.half_weights import with_half_weights
from tools.pack_mnist import packed


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_checksums_are_those_of_the_files(folder):
    # After a change: python -m tools.checksums
    assert damage(folder) is None


def test_the_citation_has_the_version_of_the_package():
    text = Path(__file__).parent.parent.joinpath("CITATION.cff").read_text()
    assert re.findall(r"^version: (.*)$", text, re.M) == [acwgan.__version__]


def test_mnist_is_packed_as_the_tool_packs_it(tmp_path):
    with np.load(MNIST) as arrays:
        few = {name: arrays[name][:50] for name in arrays}
    (tmp_path / "few.npz").write_bytes(packed(few))
    with np.load(tmp_path / "few.npz") as arrays:
        assert {name: arrays[name].dtype for name in arrays} == dict.fromkeys(few, np.uint8)
        assert all(np.array_equal(arrays[name], few[name]) for name in few)
    with zipfile.ZipFile(MNIST) as archive, zipfile.ZipFile(tmp_path / "few.npz") as other:
        for one, two in zip(archive.infolist(), other.infolist(), strict=True):
            assert one.compress_type == two.compress_type == zipfile.ZIP_LZMA
            assert (one.filename, one.flag_bits) == (two.filename, two.flag_bits)


@pytest.mark.parametrize("path", [GENERATOR, CRITIC], ids=lambda path: path.stem)
def test_the_networks_have_weights_in_float16(path):
    weights = large_types(path.read_bytes())
    assert weights and set(weights) == {schema.TensorType.FLOAT16}


def test_halved_weights_are_shared_by_the_signatures_and_draw_the_same(tmp_path):
    generator = NETWORKS["acwgan"].generator(16, (8, 12, 3), 5, seed=1)
    path = export_generator(generator, tmp_path / "a.tflite")
    halved = tmp_path / "b.tflite"
    halved.write_bytes(with_half_weights(path.read_bytes()))
    assert halved.stat().st_size < 0.6 * path.stat().st_size
    z = np.random.default_rng(0).standard_normal((7, 16), np.float32)
    weights = np.eye(5, dtype=np.float32)[[0, 1, 2, 3, 4, 0, 1]]
    one, two = (LiteRTModel(each)(z=z, class_weights=weights)["images"] for each in (path, halved))
    assert 0 < np.abs(one - two).max() < 1e-2


def large_types(content):
    """The types of the large constants of a LiteRT file."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            data = model.buffers[tensor.buffer].data
            if data is not None and len(data) > 4000:
                yield tensor.type
