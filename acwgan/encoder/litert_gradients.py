"""Networks in LiteRT files as TensorFlow functions, so that gradients flow through them.

The LiteRT runtime computes no gradients. The files of this package consist of few operations,
which are repeated here with the same weights, so that a generator or a judge of which only the file
is left can still be descended through.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from acwgan.generation.litert import (
    MIXTURES,
    LiteRTError,
    LiteRTModel,
    operation_codes,
    parsed,
)

if TYPE_CHECKING:
    from ai_edge_litert import schema_py_generated as schema

#: Operation -> its result for (inputs, options).
_Operation = Callable[[list[tf.Tensor], Any], tf.Tensor]
_PADDINGS = ("SAME", "VALID")
#: Number in ``ActivationFunctionType`` -> the activation that ends an operation.
_ACTIVATIONS: dict[int, Callable[[tf.Tensor], tf.Tensor]] = {
    0: tf.identity,
    1: tf.nn.relu,
    2: lambda x: tf.clip_by_value(x, -1, 1),
}


class DifferentiableModel:
    """A network in a LiteRT file, in TensorFlow. It computes what ``LiteRTModel`` does.

    Args:
        path: Path of the ``.tflite`` file, float32 or with weights in float16.
        features_of: Name of an output. What its dense layer takes is then an output too, under the
            name ``features``.

    Attributes:
        inputs: Name -> shape with the batch that the file was converted with.
        outputs: Name -> shape with the same batch.

    Raises:
        LiteRTError: If the file has an operation without a counterpart here.
        OSError: If the file cannot be read.

    Example:
        >>> from acwgan.files import bundled
        >>> judge = DifferentiableModel(bundled.JUDGE)
        >>> judge(images=tf.zeros((3, 28, 28, 1)))["features"].shape
        TensorShape([3, 128])
    """

    def __init__(self, path: str | Path, features_of: str | None = None):
        from ai_edge_litert import schema_py_generated as schema

        self.require = LiteRTModel(path).require  # Raises if the file is not what it should be.
        model = parsed(Path(path).read_bytes())
        codes = operation_codes(model)
        signatures = {each.signatureKey.decode(): each for each in model.signatureDefs}
        signature = signatures.get(MIXTURES) or next(iter(signatures.values()))
        graph = model.subgraphs[signature.subgraphIndex]
        names = {
            value: name for name, value in vars(schema.BuiltinOperator).items() if name[0] != "_"
        }
        self._inputs = {each.name.decode(): each.tensorIndex for each in signature.inputs}
        self._outputs = {each.name.decode(): each.tensorIndex for each in signature.outputs}
        self.inputs, self.outputs = (
            {name: tuple(map(int, graph.tensors[n].shape)) for name, n in ends.items()}
            for ends in (self._inputs, self._outputs)
        )
        self._constants = _constants(model, graph)
        self._steps: list[tuple[_Operation, list[int], Any, int]] = []
        for operator in graph.operators:
            name = names[codes[operator.opcodeIndex]]
            activation = getattr(operator.builtinOptions, "fusedActivationFunction", 0)
            if activation not in _ACTIVATIONS:
                name += f" with activation {activation}"
            if name not in _OPERATIONS:
                raise LiteRTError(f"{path}: has the operation {name}, which has no gradient here.")
            inputs, (output,) = [int(each) for each in operator.inputs], operator.outputs
            step = (_OPERATIONS[name], inputs, operator.builtinOptions, int(output))
            if name == "DEQUANTIZE" and inputs[0] in self._constants:
                half = self._constants.pop(inputs[0])
                self._constants[step[-1]] = tf.cast(half, tf.float32)
            else:
                self._steps.append(step)
        if features_of is not None:
            self._outputs["features"] = self._input_of_dense(self._outputs[features_of])

    def _input_of_dense(self, tensor: int) -> int:
        """The tensor that the last dense layer before a tensor takes."""
        for operation, sources, _, result in reversed(self._steps):
            if result == tensor:
                tensor = sources[0]
                if operation is _dense:
                    break
        return tensor

    def __call__(self, **inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        """Run the network.

        Args:
            inputs: Name -> tensor, all with the same number of rows.

        Returns:
            Name -> tensor with the same number of rows.
        """
        values = dict(self._constants)
        values |= {
            index: tf.convert_to_tensor(inputs[name]) for name, index in self._inputs.items()
        }
        for operation, sources, options, result in self._steps:
            values[result] = operation([values[each] for each in sources if each >= 0], options)
        return {name: values[index] for name, index in self._outputs.items()}


def _constants(model: schema.ModelT, graph: schema.SubGraphT) -> dict[int, tf.Tensor]:
    from ai_edge_litert.schema_py_generated import TensorType

    dtypes = {TensorType.FLOAT32: "<f4", TensorType.FLOAT16: "<f2", TensorType.INT32: "<i4"}
    constants = {}
    for index, tensor in enumerate(graph.tensors):
        data = model.buffers[tensor.buffer].data
        if data is not None and len(data):
            values = np.frombuffer(bytes(data), dtypes[tensor.type])
            constants[index] = tf.constant(values.reshape(tensor.shape))
    return constants


def _activated(x: tf.Tensor, options: Any) -> tf.Tensor:
    return _ACTIVATIONS[options.fusedActivationFunction](x)


def _dense(inputs: list[tf.Tensor], options: Any) -> tf.Tensor:
    x, weights, *bias = inputs
    x = tf.matmul(x, weights, transpose_b=True)
    return _activated(x + bias[0] if bias else x, options)


def _convolution(inputs: list[tf.Tensor], options: Any) -> tf.Tensor:
    x, kernel, *bias = inputs
    x = tf.nn.conv2d(
        x,
        tf.transpose(kernel, (1, 2, 3, 0)),
        (options.strideH, options.strideW),
        _PADDINGS[options.padding],
        dilations=(options.dilationHFactor, options.dilationWFactor),
    )
    return _activated(x + bias[0] if bias else x, options)


def _pooling(inputs: list[tf.Tensor], options: Any) -> tf.Tensor:
    window = (options.filterHeight, options.filterWidth)
    strides = (options.strideH, options.strideW)
    x = tf.nn.max_pool2d(inputs[0], window, strides, _PADDINGS[options.padding])
    return _activated(x, options)


def _reshaped(inputs: list[tf.Tensor], options: Any) -> tf.Tensor:
    x, shape = inputs
    return tf.reshape(x, tf.concat([tf.shape(x)[:1], shape[1:]], axis=0))


_OPERATIONS: dict[str, _Operation] = {
    "ADD": lambda inputs, options: _activated(inputs[0] + inputs[1], options),
    "CONV_2D": _convolution,
    "DEPTH_TO_SPACE": lambda inputs, options: tf.nn.depth_to_space(inputs[0], options.blockSize),
    "DEQUANTIZE": lambda inputs, options: tf.cast(inputs[0], tf.float32),
    "FULLY_CONNECTED": _dense,
    "LEAKY_RELU": lambda inputs, options: tf.nn.leaky_relu(inputs[0], options.alpha),
    "MAX_POOL_2D": _pooling,
    "MUL": lambda inputs, options: _activated(inputs[0] * inputs[1], options),
    "REDUCE_MAX": lambda inputs, options: tf.reduce_max(*inputs, keepdims=options.keepDims),
    "RESHAPE": _reshaped,
    "SOFTMAX": lambda inputs, options: tf.nn.softmax(options.beta * inputs[0]),
    "TANH": lambda inputs, options: tf.tanh(inputs[0]),
}
