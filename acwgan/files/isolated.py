"""Files of unknown origin for C++ parsers, tried out in a process that may crash.

LiteRT and HDF5 trust what they read: some files with a few wrong bytes crash them, keep them busy
for ever, or make them ask for more memory than there is (``docs/strangers.md`` has the counts). So
such a file is first read, and a network run, where that ends nothing but a small process with
limits.

Of a network only arithmetic is allowed: what its operations read and how long they take follows
from the shapes alone, so that what went well once goes well again.
"""

import contextlib
import json
import math
import os
import sys

#: Names in ``BuiltinOperator``: no control flow, no variables, no custom code, and nothing that
#: takes an address out of the numbers it computes. But for GATHER, which labels need: the runtime
#: checks its addresses.
_ARITHMETIC = """
ABS ADD AVERAGE_POOL_2D BATCH_MATMUL BROADCAST_TO CAST CONCATENATION CONV_2D DEPTHWISE_CONV_2D
DEPTH_TO_SPACE DEQUANTIZE DIV ELU EQUAL EXP EXPAND_DIMS FULLY_CONNECTED GATHER HARD_SWISH LEAKY_RELU
LOG LOGISTIC MAXIMUM MAX_POOL_2D MEAN MINIMUM MUL NEG PAD PADV2 PRELU QUANTIZE RELU RELU6
RESHAPE RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR ROUND RSQRT SELECT_V2 SOFTMAX SPACE_TO_DEPTH
SQRT SQUARE SQUARED_DIFFERENCE SQUEEZE SUB SUM TANH TRANSPOSE TRANSPOSE_CONV
"""
#: Seconds of a processor and of a clock; bytes of address space for the libraries themselves.
_CPU_SECONDS, _SECONDS, _SPACE = 30, 300, 4 << 30
#: Bytes of the largest element of a tensor.
_LARGEST = 8


def fault(kind: str, content: bytes, most: int) -> str | None:
    """What is wrong with a file, found out in a process of its own.

    Args:
        kind: ``litert`` or ``hdf5``.
        content: Of the file.
        most: Bytes that its arrays together may take.

    Returns:
        The fault in words, or None.

    Example:
        >>> fault("hdf5", b"no such file", most=1000)
        'Unable to synchronously open file (file signature not found)'
    """
    import subprocess  # The files of the package need none.

    # -P: nothing that lies in the folder where the user happens to be is imported.
    command = [sys.executable, "-P", "-m", "acwgan.files.isolated", kind, str(most)]
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


def _litert(content, most):
    """Check a network's operations and sizes, then run all its signatures on zeros."""
    import numpy as np
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.interpreter import Interpreter

    model = schema.Model.GetRootAs(content, 0)
    names = {number: name for name, number in vars(schema.BuiltinOperator).items()}
    for code in map(model.OperatorCodes, range(model.OperatorCodesLength())):
        # Old files have the one field, new ones both.
        name = names.get(max(code.BuiltinCode(), code.DeprecatedBuiltinCode()))
        if name not in _ARITHMETIC.split():
            return f"it has the operation {name}; allowed: arithmetic"
    size = 0
    for graph in map(model.Subgraphs, range(model.SubgraphsLength())):
        for tensor in map(graph.Tensors, range(graph.TensorsLength())):
            shape = [tensor.Shape(place) for place in range(tensor.ShapeLength())]
            if min(shape, default=1) < 1:
                return f"it has a tensor of the shape {shape}"
            size += _LARGEST * math.prod(shape)
    if size > most:
        return _too_large(size, most)
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


def _hdf5(content, most):
    """Check that all arrays lie in the file itself as they are, then read them."""
    import io

    import h5py

    sizes = []

    def check(group, depth):
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
            sizes.append(item.nbytes)
            if sum(sizes) > most:  # Names of one array count anew: so this also ends.
                return _too_large(sum(sizes), most)
            item[()]
        return None

    with h5py.File(io.BytesIO(content), "r") as file:
        return check(file, depth=20)


def _too_large(size, most):
    return f"its arrays take {size / 2**20:,.1f} MiB; at most {most / 2**20:,.1f} are allowed"


def _main(kind, most) -> None:
    import resource

    most = int(most)
    for limit, value in [
        (resource.RLIMIT_CPU, _CPU_SECONDS),
        (resource.RLIMIT_AS, _SPACE + 3 * most),
        (resource.RLIMIT_CORE, 0),
    ]:
        _, hard = resource.getrlimit(limit)
        with contextlib.suppress(ValueError, OSError):  # macOS has no limit of the address space.
            resource.setrlimit(limit, (value if hard < 0 else min(value, hard), hard))
    try:
        found = {"litert": _litert, "hdf5": _hdf5}[kind](sys.stdin.buffer.read(), most)
    except MemoryError:
        found = "it asks for more memory than it may take"
    except Exception as error:
        found = (str(error).strip() or type(error).__name__).splitlines()[0]
    print(json.dumps(found))


if __name__ == "__main__":
    _main(*sys.argv[1:])
