"""Stores the weights of LiteRT files in float16: python -m tools.half_weights FILE [FILE ...].

For networks in the package whose run is gone; ``acwgan export --quantize float16`` does this for
a generator of a run. The networks compute in float32 as before. Writes each file anew.
"""

import sys
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

#: Smaller arrays stay as they are, such as biases and the shapes of reshapes.
_FEWEST = 1000


def with_half_weights(content: bytes) -> bytes:
    """The content of a LiteRT file with its large float32 constants in float16.

    Each is followed by an operation that makes it float32 again, which the runtime does once.
    """
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.DEQUANTIZE
    code.version = 1
    model.operatorCodes.append(code)
    halved = {}
    for graph in model.subgraphs:
        wide = {i for operator in graph.operators for i in operator.inputs if i >= 0}
        wide = sorted(i for i in wide if _is_large(model, graph.tensors[i]))
        operators = []
        for index in wide:
            tensor = graph.tensors[index]
            half = schema.TensorT()
            half.name, half.shape = tensor.name + b"_float16", tensor.shape
            half.type, half.buffer = schema.TensorType.FLOAT16, tensor.buffer
            if half.buffer not in halved:  # The signatures share the weights.
                weights = np.frombuffer(bytes(model.buffers[half.buffer].data), "<f4")
                halved[half.buffer] = weights.astype("<f2")
            tensor.buffer = 0
            graph.tensors.append(half)
            operator = schema.OperatorT()
            operator.opcodeIndex = len(model.operatorCodes) - 1
            operator.inputs = np.array([len(graph.tensors) - 1], np.int32)
            operator.outputs = np.array([index], np.int32)
            operators.append(operator)
        graph.operators = [*operators, *graph.operators]
    for index, weights in halved.items():
        model.buffers[index].data = weights.view(np.uint8)
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _is_large(model: Any, tensor: Any) -> bool:
    data = model.buffers[tensor.buffer].data
    return tensor.type == schema.TensorType.FLOAT32 and data is not None and len(data) > 4 * _FEWEST


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        path.write_bytes(with_half_weights(path.read_bytes()))
