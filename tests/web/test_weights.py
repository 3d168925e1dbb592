"""Weights of LiteRT files in float32."""

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from acwgan.files.bundled import ENCODER, GENERATOR, JUDGE
from acwgan.generation.litert import LiteRTModel
from acwgan.web.weights import with_float_weights


def inputs_of(model):
    random = np.random.default_rng(0)
    return {
        name: random.integers(0, 10, 7, np.int32)
        if name == "labels"
        else random.standard_normal((7, *shape[1:]), np.float32)
        for name, shape in model.inputs.items()
    }


@pytest.mark.parametrize("path", [GENERATOR, ENCODER], ids=lambda path: path.stem)
def test_a_network_computes_the_same_without_float16(path, tmp_path):
    wide = tmp_path / path.name
    wide.write_bytes(with_float_weights(path.read_bytes()))
    assert wide.stat().st_size > 1.8 * path.stat().st_size
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(wide.read_bytes(), 0))
    types = {
        tensor.type
        for graph in model.subgraphs
        for tensor in graph.tensors
        if model.buffers[tensor.buffer].data is not None
    }
    assert schema.TensorType.FLOAT16 not in types
    one, two = LiteRTModel(path), LiteRTModel(wide)
    for name, values in one(**inputs_of(one)).items():
        assert np.array_equal(values, two(**inputs_of(one))[name])


def test_other_networks_stay_as_they_are():
    content = JUDGE.read_bytes()
    types = {tensor.type for graph in parsed(content).subgraphs for tensor in graph.tensors}
    assert (with_float_weights(content) is content) == (schema.TensorType.FLOAT16 not in types)


def parsed(content):
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
