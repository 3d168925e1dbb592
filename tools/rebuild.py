"""Makes a network of the package again: python -m tools.rebuild NAME FOLDER.

NAME is generator, critic, judge or encoder. Writes FOLDER/NAME.tflite, and says whether its weights
are those of the one in the package. Further words are options of the training, as ``--steps 100``
for a trial. Generator and critic come from one training, FOLDER/run: the second command takes the
run of the first, and a stopped one goes on. The encoder is made for the generator in the package.
``acwgan/data/MODEL.md``, ``JUDGE.md`` and ``ENCODER.md`` say how long it takes and what may differ.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from acwgan.cli.app import main as acwgan
from acwgan.files.bundled import DATA
from acwgan.generation.litert import packed, parsed

#: What the training of the generator and the critic in the package would be called with now.
_RUN = "--seed 2 --random-streams 1 --networks-version 2 --gp-weight 10 --no-class-in-score"
_JUDGE = "--epochs 12 --seed 0"
_ENCODER = "--steps 2000 --seed 0"
#: Arrays of fewer weights stay in float32, such as biases and the shapes of reshapes.
_FEWEST = 1000


def rebuild(name: str, folder: Path, words: list[str]) -> Path:
    """Train a network of the package.

    Args:
        name: ``generator``, ``critic``, ``judge`` or ``encoder``.
        folder: Gets the file, and the run.
        words: Further options of ``acwgan train``, ``acwgan judge`` or ``acwgan encoder``.

    Returns:
        Path of the LiteRT file.
    """
    path = folder / f"{name}.tflite"
    folder.mkdir(parents=True, exist_ok=True)
    if name == "judge":
        _call("judge", "--out", path, *_JUDGE.split(), *words)
        return path
    if name == "encoder":
        _call("encoder", "--out", path, *_ENCODER.split(), *words)
        path.write_bytes(with_half_weights(path.read_bytes()))
        return path
    run = folder / "run"
    if not (run / "generator.keras").exists():
        _call("train", "--run-dir", run, "--resume", "auto", *_RUN.split(), *words)
    _call("export", run, "--out", folder / "float32")
    path.write_bytes(with_half_weights((folder / "float32" / path.name).read_bytes()))
    return path


def weights(path: Path) -> list[bytes]:
    """The constants of a LiteRT file, the small ones too, in an order of their own."""
    model = parsed(path.read_bytes())
    buffers = {tensor.buffer for graph in model.subgraphs for tensor in graph.tensors}
    return sorted(
        bytes(model.buffers[i].data) for i in buffers if model.buffers[i].data is not None
    )


def with_half_weights(content: bytes) -> bytes:
    """The content of a LiteRT file with its large float32 constants in float16.

    Each is followed by an operation that makes it float32 again, which the runtime does once.
    """
    model = parsed(content)
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
    return packed(model)


def _is_large(model: Any, tensor: Any) -> bool:
    data = model.buffers[tensor.buffer].data
    return tensor.type == schema.TensorType.FLOAT32 and data is not None and len(data) > 4 * _FEWEST


def _call(*words: str | Path) -> None:
    if status := acwgan([str(word) for word in words]):
        raise SystemExit(status)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=["generator", "critic", "judge", "encoder"])
    parser.add_argument("folder", type=Path)
    arguments, words = parser.parse_known_args()
    path = rebuild(arguments.name, arguments.folder, words)
    same = weights(path) == weights(DATA / path.name)
    print(f"{path}: {'' if same else 'not '}the weights of the one in the package")


if __name__ == "__main__":
    main()
