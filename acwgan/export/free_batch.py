"""LiteRT files that take any number of rows.

With a free batch size TensorFlow's converter leaves operations in the file that the plain runtime
lacks, so networks are converted with a fixed one. All that then holds the runtime to it are the
target shapes of ``RESHAPE``: with -1 for the batch in them, the same file takes any number of rows
and computes the same numbers. A single digit then costs a twentieth of a batch of 20.
"""

import numpy as np


def free_batch(content: bytes, batch: int) -> bytes:
    """Make a LiteRT file take any number of rows, if it can.

    Args:
        content: Content of the file, converted with a fixed batch size.
        batch: This batch size.

    Returns:
        The content of a file that computes the same for any number of rows; the content as it was
        if the network has an operation that needs a fixed batch size (transposed convolutions do).
    """
    freed = _without_batch_in_reshapes(content, batch)
    try:
        same = all(
            np.array_equal(one, other)
            for one, other in zip(_results(freed, 3), _results(content, batch), strict=True)
        )
    except RuntimeError:  # From the runtime, which cannot resize the network.
        return content
    return freed if same else content


def _without_batch_in_reshapes(content: bytes, batch: int) -> bytes:
    from ai_edge_litert import schema_py_generated as schema

    changed = bytearray(content)
    model = schema.Model.GetRootAs(changed, 0)
    for graph in map(model.Subgraphs, range(model.SubgraphsLength())):
        for operator in map(graph.Operators, range(graph.OperatorsLength())):
            code = model.OperatorCodes(operator.OpcodeIndex())
            kind = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
            if kind != schema.BuiltinOperator.RESHAPE or operator.InputsLength() < 2:
                continue
            target = model.Buffers(graph.Tensors(operator.Inputs(1)).Buffer())
            if target.DataLength() >= 4:
                shape = target.DataAsNumpy().view("<i4")  # A view of ``changed``.
                if shape[0] == batch and -1 not in shape:
                    shape[0] = -1
    return bytes(changed)


def _results(content: bytes, rows: int) -> list[np.ndarray]:
    """The first three rows of every output of every signature, for the same random inputs."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    results = []
    for signature in sorted(interpreter.get_signature_list()):
        runner = interpreter.get_signature_runner(signature)
        random = np.random.default_rng(0)
        inputs = {}
        for name, detail in sorted(runner.get_input_details().items()):
            first = random.random((3, *detail["shape"][1:])).astype(detail["dtype"])
            inputs[name] = np.resize(first, (rows, *first.shape[1:]))
        outputs = runner(**inputs)
        results += [outputs[name][:3] for name in sorted(outputs)]
    return results
