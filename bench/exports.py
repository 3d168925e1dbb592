"""Measures size and speed of each export format: `python -m bench.exports RUN`.

Each file is loaded by its own runtime, alone, in a fresh process, with the runtime's default number
of threads, and draws 20 images 100 times.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

#: Row of the table -> options of `acwgan export`, name of the file, runtime.
ROWS = {
    "LiteRT, float32": ("--format litert", "generator.tflite", "litert"),
    "LiteRT, float16": ("--quantize float16", "generator.tflite", "litert"),
    "LiteRT, int8-weights": ("--quantize int8-weights", "generator.tflite", "litert"),
    "LiteRT, int8": ("--quantize int8", "generator.tflite", "litert"),
    "ONNX": ("--format onnx", "generator.onnx", "onnxruntime"),
    "SavedModel": ("--format savedmodel", "generator.savedmodel", "tensorflow"),
    ".keras": ("--format keras", "generator.keras", "keras"),
}
#: Runtime -> what loads the file `path` and makes `draw` of it.
RUNTIMES = {
    "litert": """
from ai_edge_litert.interpreter import Interpreter
runner = Interpreter(path).get_signature_runner("serving_default")
draw = lambda: runner(z=z, labels=labels)
""",
    "onnxruntime": """
import onnxruntime
session = onnxruntime.InferenceSession(path)
draw = lambda: session.run(None, {"z": z, "labels": labels})
""",
    "tensorflow": """
import tensorflow as tf
signature = tf.saved_model.load(path).signatures["serve"]
draw = lambda: signature(z=tf.constant(z), labels=tf.constant(labels))["images"].numpy()
""",
    "keras": """
import keras, acwgan.networks.layers
network = keras.saving.load_model(path)
draw = lambda: network.predict_on_batch([z, labels])
""",
}
PROGRAM = """
import json, sys, time
import numpy as np
path = sys.argv[1]
z = np.random.default_rng(0).standard_normal((20, int(sys.argv[2])), np.float32)
labels = np.arange(20, dtype=np.int32) % 10
began = time.perf_counter()
{runtime}
draw()
first = time.perf_counter() - began
times = []
for _ in range(100):
    began = time.perf_counter()
    draw()
    times.append(time.perf_counter() - began)
# Not getrusage, whose peak includes that of the process that started this one.
memory = int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]) / 1024
print(json.dumps(dict(first=first, ms=1000 * min(times), memory=memory)))
"""


def size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run_dir", type=Path)
    run_dir = parser.parse_args().run_dir
    latent_dim = json.loads((run_dir / "config.json").read_text())["latent_dim"]
    print("| file | MB | until the first 20 images, s | 20 images, ms | memory, MB |")
    print("|---|---|---|---|---|")
    for row, (options, name, runtime) in ROWS.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            words = ["-m", "acwgan", "export", run_dir, "--out", folder, *options.split()]
            subprocess.run([sys.executable, *words], check=True, capture_output=True)
            program = PROGRAM.format(runtime=RUNTIMES[runtime])
            words = ["-W", "ignore", "-c", program, path, str(latent_dim)]
            done = subprocess.run([sys.executable, *words], check=True, capture_output=True)
            found = json.loads(done.stdout.splitlines()[-1])
            print(
                f"| {row} | {size(path) / 1e6:.2f} | {found['first']:.2f} | {found['ms']:.1f} "
                f"| {found['memory']:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
