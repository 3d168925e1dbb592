"""Unpacks the weights of LiteRT files, for the runtime in the browser."""

from acwgan.generation.litert import operation_codes, packed, parsed


def with_float_weights(content: bytes) -> bytes:
    """A LiteRT file whose weights in float16 are in float32.

    In such a file a ``DEQUANTIZE`` operation follows each array of weights. Python's runtime does
    these once. The one in the browser then takes 2.5 times as long for each image
    (``python -m bench.page``).

    Args:
        content: The file.

    Returns:
        A file without these operations, which computes the same; the content itself if it has
        none.
    """
    import numpy as np
    from ai_edge_litert import schema_py_generated as schema

    model = parsed(content)
    codes = operation_codes(model)
    halves = set()  # Numbers of buffers, which the signatures of a file share.
    for graph in model.subgraphs:
        kept, sources = [], []
        for operator in graph.operators:
            source = graph.tensors[operator.inputs[0]]
            is_half = source.type == schema.TensorType.FLOAT16
            is_constant = model.buffers[source.buffer].data is not None
            dequantizes = codes[operator.opcodeIndex] == schema.BuiltinOperator.DEQUANTIZE
            if dequantizes and is_half and is_constant:
                graph.tensors[operator.outputs[0]].buffer = source.buffer
                sources.append(source)
            else:
                kept.append(operator)
        graph.operators = kept
        for source in sources:  # Nothing uses them any more.
            halves.add(source.buffer)
            source.buffer = 0
    if not halves:
        return content
    for index in halves - {0}:
        weights = np.frombuffer(bytes(model.buffers[index].data), "<f2")
        model.buffers[index].data = weights.astype("<f4").view(np.uint8)
    return packed(model)
