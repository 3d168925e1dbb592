"""The web service of docs/serve.md: a real server, real clients, every picture compared."""

import contextlib
import http.client
import io
import json
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import acwgan
from acwgan.images.grids import grid

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
#: ``ACWGAN_REQUESTS=5000 pytest -s tests/test_serve.py`` is the long form.
REQUESTS, CLIENTS = int(os.environ.get("ACWGAN_REQUESTS", "400")), 8


@pytest.fixture(scope="module")
def server():
    """A server process and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--app-dir", EXAMPLES, "serve:app"]
    command += ["--port", str(port), "--log-level", "warning"]
    with subprocess.Popen(command) as process:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield process, port
        process.terminate()


def get(connection, path):
    connection.request("GET", path)
    response = connection.getresponse()
    return response.status, response.read()


def memory(process):
    """Resident memory of a process in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def test_every_picture_is_right_under_load_and_the_memory_does_not_grow(server):
    process, port = server
    generator = acwgan.load()

    def text_of(number):
        return str(10**9 + number * 7919)[: 1 + number % 8]

    def client(first):
        seconds, wrong = [], 0
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
            for number in range(first, REQUESTS, CLIENTS):
                began = time.perf_counter()
                status, content = get(connection, f"/digits/{text_of(number)}.png?seed={number}")
                seconds.append(time.perf_counter() - began)
                expected = generator.generate(text_of(number), seed=number)
                with Image.open(io.BytesIO(content)) as picture:
                    same = np.array_equal(picture, grid(expected, len(expected)))
                wrong += status != 200 or not same
        return seconds, wrong

    began, sizes = time.perf_counter(), []
    with ThreadPoolExecutor(CLIENTS) as pool:
        results = list(pool.map(client, range(CLIENTS)))
        sizes.append(memory(process))
        first = time.perf_counter() - began
        results += list(pool.map(client, range(CLIENTS)))
        sizes.append(memory(process))
    times = np.concatenate([seconds for seconds, _ in results])
    print(
        f"{2 * REQUESTS:,} requests of {CLIENTS} clients: {REQUESTS / first:.0f} a second, median "
        f"{np.median(times):.3f} s, 99th percentile {np.percentile(times, 99):.3f} s, "
        f"{sizes[0]:.0f} MB and then {sizes[1]:.0f} MB"
    )
    assert sum(wrong for _, wrong in results) == 0
    assert sizes[1] < 1.1 * sizes[0]


@pytest.mark.parametrize(
    "path, words",
    [
        ("/digits/12x.png", "'x' is not a class of the model"),
        ("/digits/12.png?seed=-1", "greater than or equal to 0"),
        ("/digits/12.png?seed=x", "valid integer"),
        (f"/digits/{'1' * 101}.png", "at most 100 characters"),
    ],
)
def test_a_bad_request_is_refused_with_the_one_line(server, path, words):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server[1])) as connection:
        status, content = get(connection, path)
    assert 400 <= status < 500
    assert words in json.dumps(json.loads(content))
