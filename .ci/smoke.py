"""Use the installed package as a person does: `python .ci/smoke.py`. Exits with 1 at a fault.

Imports it, draws digits, makes two training steps, exports the generator in every format, makes a
plot and a video, and waits until the board answers over HTTP. Works in the current folder.
"""

import os
import re
import subprocess
import sys
import urllib.request

import acwgan
from acwgan.export.formats import FORMATS

COMMAND = [sys.executable, "-m", "acwgan"]
TRAIN = "train --run-dir out/a --steps 2 --schedule constant --n-critic 1 --batch-size 4"
TRAIN += " --log-every 1 --sample-every 1 --evaluate-every none"


def main() -> int:
    print(f"import: acwgan {acwgan.__version__}", flush=True)
    if acwgan.load().generate("20260", seed=7).shape != (5, 28, 28):
        return 1
    run("generate 20260 --out digits.png")
    run(TRAIN)
    run("generate 7 --checkpoint out/a --out seven.png")
    for name in FORMATS:
        run(f"export out/a --format {name}")
    run("plot out/a --out plot.png")
    run("video out/a --out video.mp4")
    return board_answers()


def run(words: str) -> None:
    print(f"acwgan {words}", flush=True)
    subprocess.run([*COMMAND, *words.split()], check=True, stdout=subprocess.DEVNULL)


def board_answers() -> int:
    """Start the board on a free port and ask it for the runs that it shows."""
    print("acwgan board out", flush=True)
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    command = [*COMMAND, "board", "out", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ
    ) as board:
        said = []
        for line in board.stdout:
            said.append(line)
            if found := re.search(r"http://\S+:\d+/", line):
                with urllib.request.urlopen(f"{found[0]}data/runs") as answer:
                    runs = answer.read().decode()
                board.terminate()
                print(f"the board shows the runs {runs}")
                return 0 if '"a' in runs else 1
    print("the board did not start:", *said, sep="")
    return 1


if __name__ == "__main__":
    sys.exit(main())
