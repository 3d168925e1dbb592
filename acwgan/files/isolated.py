"""Checks untrusted LiteRT and HDF5 files in a subprocess, because their C++ parsers may crash.

LiteRT and HDF5 trust what they read: some files with a few wrong bytes crash them, hang them, or
make them ask for more memory than there is (``bench/README.md`` has the counts). So a subprocess
with limits of time and memory first reads the whole file, and runs a network once.

A network may only do arithmetic. Then what its operations read and how long they take depends only
on the shapes, and a file that passed once passes again.
"""

import contextlib
import json
import math
import os
import sys

from acwgan.errors import reason_of
from acwgan.files.untrusted import human_size

#: The operations in ``BuiltinOperator`` that a network may have: no control flow, variables or
#: custom code, and nothing that uses computed numbers as addresses, except GATHER, which labels
#: need and whose addresses the runtime checks. STRIDED_SLICE may only crop, and TILE only repeat,
#: as a constant of the file says (``_crops``, ``_repeats``).
_ARITHMETIC = """
ABS ADD ARG_MAX AVERAGE_POOL_2D BATCH_MATMUL BROADCAST_TO CAST CONCATENATION CONV_2D
DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE DIV ELU EQUAL EXP EXPAND_DIMS FULLY_CONNECTED GATHER
HARD_SWISH LEAKY_RELU LESS LOG LOGISTIC MAXIMUM MAX_POOL_2D MEAN MINIMUM MUL NEG PAD PADV2 PRELU
QUANTIZE REDUCE_MAX RELU RELU6 RELU_N1_TO_1 RESHAPE RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR ROUND
RSQRT SELECT SELECT_V2 SOFTMAX SPACE_TO_DEPTH SQRT SQUARE SQUARED_DIFFERENCE SQUEEZE STRIDED_SLICE
SUB SUM TANH TILE TRANSPOSE TRANSPOSE_CONV
"""
#: Limits of the subprocess: processor time and elapsed time in seconds, and the bytes of address
#: space that the libraries need beside the file.
_CPU_SECONDS, _SECONDS, _LIBRARY_BYTES = 30, 300, 4 << 30
#: Bytes of the largest element of a tensor.
_ELEMENT_BYTES = 8


def fault_in_subprocess(kind: str, content: bytes, max_bytes: int) -> str | None:
    """Read a file in a subprocess and report what is wrong with it.

    Args:
        kind: ``"litert"`` or ``"hdf5"``.
        content: The content of the file.
        max_bytes: Largest size of all its arrays together.

    Returns:
        The fault in words; None if there is none.

    Example:
        >>> fault_in_subprocess("hdf5", b"no such file", max_bytes=1000)
        'Unable to synchronously open file (file signature not found)'
    """
    import subprocess  # Bundled files are not checked, and loading them is faster without it.

    # -P: nothing in the user's current folder is imported.
    command = [sys.executable, "-P", "-m", "acwgan.files.isolated", kind, str(max_bytes)]
    paths = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(
            command, input=content, capture_output=True, timeout=_SECONDS, env=os.environ | paths
        )
    except subprocess.TimeoutExpired:
        return f"reading it takes more than {_SECONDS} s"
    if done.returncode < 0:
        return f"reading it ends in signal {-done.returncode}"
    try:
        return json.loads(done.stdout)
    except ValueError:
        return "reading it fails"


def _litert(content: bytes, max_bytes: int) -> str | None:
    """Check the operations and sizes of a network, then run all its signatures on zeros."""
    import numpy as np
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.interpreter import Interpreter

    model = schema.Model.GetRootAs(content, 0)
    names = {number: name for name, number in vars(schema.BuiltinOperator).items()}
    codes = map(model.OperatorCodes, range(model.OperatorCodesLength()))
    # Old files have only the deprecated field, new files have both.
    kinds = [names.get(max(code.BuiltinCode(), code.DeprecatedBuiltinCode())) for code in codes]
    for name in kinds:
        if name not in _ARITHMETIC.split():
            return f"it has the operation {name}; only arithmetic is allowed"
    size = 0
    for graph in map(model.Subgraphs, range(model.SubgraphsLength())):
        for tensor in map(graph.Tensors, range(graph.TensorsLength())):
            shape = [tensor.Shape(axis) for axis in range(tensor.ShapeLength())]
            if min(shape, default=1) < 1:
                return f"it has a tensor of the shape {shape}"
            size += _ELEMENT_BYTES * math.prod(shape)
        for operator in map(graph.Operators, range(graph.OperatorsLength())):
            name = kinds[operator.OpcodeIndex()]
            if name in _LIMITED and not _LIMITED[name](model, graph, operator):
                return f"it has the operation {name} with numbers that are not allowed"
    if size > max_bytes:
        return _too_large(size, max_bytes)
    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    for signature in interpreter.get_signature_list():
        runner = interpreter.get_signature_runner(signature)
        details = runner.get_input_details().items()
        results = runner(**{name: np.zeros(each["shape"], each["dtype"]) for name, each in details})
        for name, each in runner.get_output_details().items():
            if results[name].shape != tuple(each["shape"]):
                return f"its {name} is {results[name].shape} and not {tuple(each['shape'])}"
        with contextlib.suppress(RuntimeError):  # Not every network takes a single row.
            runner(**{name: np.zeros((1, *d["shape"][1:]), d["dtype"]) for name, d in details})
    return None


def _crops(model, graph, operator) -> bool:
    """Whether a slice takes adjacent pixels within an image."""
    from ai_edge_litert import schema_py_generated as schema

    table = operator.BuiltinOptions()
    options = schema.StridedSliceOptions()
    options.Init(table.Bytes, table.Pos)
    other = (options.EllipsisMask(), options.NewAxisMask(), options.ShrinkAxisMask())
    whole_batch = options.BeginMask() & options.EndMask() & 1
    shape = _shape(graph, operator.Inputs(0))
    begin, end, strides = (_constant(model, graph, operator.Inputs(i)) for i in (1, 2, 3))
    if any(other) or options.Offset() or not whole_batch:
        return False
    if not len(begin) == len(end) == len(strides) == len(shape):
        return False
    for axis, size in enumerate(shape):
        first = 0 if options.BeginMask() >> axis & 1 else begin[axis]
        last = size if options.EndMask() >> axis & 1 else end[axis] + size * (end[axis] < 0)
        if strides[axis] != 1 or not 0 <= first < last <= size:
            return False
    return True


def _repeats(model, graph, operator) -> bool:
    """Whether a tensor is repeated to the size that the file says."""
    shape, times = _shape(graph, operator.Inputs(0)), _constant(model, graph, operator.Inputs(1))
    repeated = [size * number for size, number in zip(shape, times, strict=False)]
    return len(shape) == len(times) and repeated == _shape(graph, operator.Outputs(0))


#: Operation -> whether it does with constants of the file what is allowed.
_LIMITED = {"STRIDED_SLICE": _crops, "TILE": _repeats}


def _shape(graph, number: int) -> list[int]:
    tensor = graph.Tensors(number)
    return [tensor.Shape(axis) for axis in range(tensor.ShapeLength())]


def _constant(model, graph, number: int) -> list[int]:
    """The int32 numbers of a tensor that are in the file; none if they are computed."""
    buffer = model.Buffers(graph.Tensors(number).Buffer())
    return buffer.DataAsNumpy().view("<i4").tolist() if buffer.DataLength() else []


def _hdf5(content: bytes, max_bytes: int) -> str | None:
    """Check that all arrays lie in the file itself, uncompressed, then read them."""
    import io

    import h5py

    size = 0

    def check(group, depth):
        nonlocal size
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                return "it has links"
            item = group[name]
            if isinstance(item, h5py.Group):
                if depth == 0:
                    return "its groups are nested too deeply"
                found = check(item, depth - 1)
                if found:
                    return found
                continue
            if item.is_virtual or item.external or item.chunks or item.dtype.kind not in "biuf":
                return "it has arrays that are not simply numbers in the file"
            size += item.nbytes
            if size > max_bytes:  # Several names of one array all count, so this ends.
                return _too_large(size, max_bytes)
            item[()]
        return None

    with h5py.File(io.BytesIO(content), "r") as file:
        return check(file, depth=20)


def _too_large(size: int, max_bytes: int) -> str:
    return f"its arrays take {human_size(size)}; at most {human_size(max_bytes)} is allowed"


def _main(kind: str, max_bytes: int) -> None:
    """The subprocess: read the file from standard input, print the fault as JSON."""
    _limit_resources(max_bytes)
    found: str | None
    try:
        check = {"litert": _litert, "hdf5": _hdf5}[kind]
        found = check(sys.stdin.buffer.read(), max_bytes)
    except MemoryError:
        found = "it asks for more memory than is allowed"
    except Exception as error:
        found = reason_of(error)
    print(json.dumps(found))


def _limit_resources(max_bytes: int) -> None:
    """Limit time and memory of this process. On Windows only the parent limits its time."""
    try:
        import resource
    except ImportError:
        return
    for limit, value in [
        (resource.RLIMIT_CPU, _CPU_SECONDS),
        (resource.RLIMIT_AS, _LIBRARY_BYTES + 3 * max_bytes),
        (resource.RLIMIT_CORE, 0),
    ]:
        _, hard = resource.getrlimit(limit)
        with contextlib.suppress(ValueError, OSError):  # macOS does not limit the address space.
            resource.setrlimit(limit, (value if hard < 0 else min(value, hard), hard))


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
