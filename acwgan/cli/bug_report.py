"""``acwgan --report``: what a bug report needs, without names and folders of the person."""

import argparse
import json
import locale
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from acwgan import __version__, keras_settings
from acwgan.cli.anonymous import without_names
from acwgan.cli.bug_report_packages import changed_files, packages
from acwgan.cli.output import say

#: What a line begins with, after its heading, that shows something wrong.
_PROBLEM = "problem: "
#: Longest time in seconds that TensorFlow, or a draw, may take.
_SECONDS = 120
_BACKENDS = r"tensorflow|jax|torch|openvino|numpy"
#: Environment variable -> the values that are shown; of all others only that they are set.
_NUMBER, _SWITCH = r"-?\d{1,6}", r"0|1|true|false|on|off|yes|no"
_VARIABLES = {
    "CUDA_VISIBLE_DEVICES": r"-?\d{0,2}(,\d{1,2})*",
    "KERAS_HOME": "",
    "KERAS_MAX_EPOCHS": _NUMBER,
    "KERAS_MAX_STEPS_PER_EPOCH": _NUMBER,
    "LD_LIBRARY_PATH": "",
    "LD_PRELOAD": "",
    "LC_ALL": r"C|POSIX|C\.UTF-8|[a-z]{2}_[A-Z]{2}(\.UTF-8)?",
    "LANG": r"C|POSIX|C\.UTF-8|[a-z]{2}_[A-Z]{2}(\.UTF-8)?",
    "NVIDIA_TF32_OVERRIDE": _SWITCH,
    "OMP_NUM_THREADS": _NUMBER,
    "PYTHONHASHSEED": _NUMBER,
    "PYTHONHOME": "",
    "PYTHONOPTIMIZE": r"\d?",
    "PYTHONPATH": "",
    "PYTHONUTF8": _SWITCH,
    "PYTHONWARNINGS": r"error|ignore|default|always",
    "TF_CONFIG": "",
    "TF_DETERMINISTIC_OPS": _SWITCH,
    "TF_ENABLE_ONEDNN_OPTS": _SWITCH,
    "TF_FORCE_GPU_ALLOW_GROWTH": _SWITCH,
    "TF_GPU_ALLOCATOR": r"cuda_malloc_async",
    "TF_NUM_INTEROP_THREADS": _NUMBER,
    "TF_NUM_INTRAOP_THREADS": _NUMBER,
    "TF_USE_LEGACY_KERAS": _SWITCH,
    "TF_XLA_FLAGS": "",
    "XLA_FLAGS": "",
}
#: The program of a subprocess: one fact a line, as a list of two strings in JSON, and an error as
#: a list of one.
_PROGRAM = """
import json
try:
    from acwgan.{0} import {1}
    for fact in {1}():
        print(json.dumps(fact), flush=True)
except Exception as error:
    print(json.dumps([f"{{type(error).__name__}}: {{error}}"]))
"""


class Report(argparse.Action):
    """Prints the report, and ends the program."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Print the report."""
        print_report()
        parser.exit()


def print_report() -> None:
    """Print the report, section by section as the facts become known."""
    # TensorFlow takes seconds to import, or fails, or crashes: in a process of its own.
    tensorflow = _start("devices.facts", "tensorflow_facts")
    draw = _start("generation.facts", "draw_facts")
    sections: list[tuple[str, Callable[[], Iterator[tuple[str, str]]]]] = [
        ("acwgan", _installation),
        ("packages", packages),
        ("machine", _machine),
        ("folders", _folders),
        ("settings", _settings),
        ("digits", lambda: _facts(draw, "digits")),
        ("TensorFlow", lambda: _facts(tensorflow, "TensorFlow")),
    ]
    problems = []
    for title, facts in sections:
        say(f"{title}:")
        for name, fact in facts():
            say(f"  {name}: {fact}")
            problems += [name] * fact.startswith(_PROBLEM)
    say(f"problems: {', '.join(problems) or 'none'}")


def _installation() -> Iterator[tuple[str, str]]:
    kind = "in a virtual environment" if sys.prefix != sys.base_prefix else "not in an environment"
    yield "version", f"{__version__}, {kind}"
    yield "files", changed_files(_PROBLEM)
    from acwgan.files.bundled import DATA
    from acwgan.files.checksums import damage

    for name, folder in (("data", DATA), ("runtime", DATA.parent / "web" / "runtime")):
        found = damage(folder)
        yield f"checksums of {name}", f"{_PROBLEM}{without_names(found)}" if found else "right"


def _machine() -> Iterator[tuple[str, str]]:
    from acwgan.files.memory import memory_of_process

    number = re.match(r"[\d.]*\d", platform.release())  # Words after it may be names.
    system = [platform.system(), number[0] if number else "", platform.machine()]
    yield "system", " ".join([*system, *platform.libc_ver()]).strip()
    yield "Python", f"{platform.python_version()} ({platform.python_implementation()})"
    yield "processor", f"{without_names(_processor())}, {os.cpu_count()} cores"
    if memory := memory_of_process():
        yield "memory", f"{memory.total / 2**30:.1f} GiB, {memory.free / 2**30:.1f} GiB free"
    encodings = (sys.getfilesystemencoding(), locale.getpreferredencoding(False))
    out = getattr(sys.stdout, "encoding", None)
    yield "encodings", f"file names {encodings[0]}, locale {encodings[1]}, output {out}"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text(encoding="utf-8", errors="replace") if cpuinfo.exists() else ""
    model = re.search(r"^model name\s*: (.*)$", text, re.M)
    wanted = {"avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd"}
    return " ".join(
        [model[1] if model else platform.machine(), *sorted(wanted & set(text.split()))]
    )


def _folders() -> Iterator[tuple[str, str]]:
    for name, folder, needed in [
        ("current folder", ".", True),
        ("temporary folder", None, True),
        ("Keras' folder", str(keras_settings.keras_folder()), False),
    ]:
        try:
            place = folder or tempfile.gettempdir()
            with tempfile.TemporaryFile(dir=place):
                free = shutil.disk_usage(place).free
            yield name, f"writable, {free / 2**30:.1f} GiB free"
        except FileNotFoundError as error:
            yield name, f"{_PROBLEM}{without_names(str(error))}" if needed else "does not exist"
        except OSError as error:
            yield name, f"{_PROBLEM if needed else ''}not writable ({error.strerror})"


def _settings() -> Iterator[tuple[str, str]]:
    fault = keras_settings.fault_of_settings()
    yield "keras.json", f"{_PROBLEM}{without_names(fault)}" if fault else _keras_json()
    for name, shown in _VARIABLES.items():
        if name in os.environ:
            value = os.environ[name]
            known = re.fullmatch(shown, value, re.I) and value
            yield name, known or ("empty" if not value else "set (value not shown)")


def _keras_json() -> str:
    path = keras_settings.keras_folder() / "keras.json"
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return "does not exist"
    except (OSError, ValueError):
        return "cannot be read; Keras ignores it"
    # Values that fault_of_settings has checked, and a name of a few.
    names = ("floatx", "epsilon", "image_data_format")
    found = [f"{name} {settings[name]}" for name in names if name in settings]
    backend = settings.get("backend")
    if isinstance(backend, str) and re.fullmatch(_BACKENDS, backend):
        found.append(f"backend {backend}")
    return ", ".join(found) or "has no settings that matter"


def _start(module: str, function: str) -> "subprocess.Popen[str]":
    """Start one of the subprocesses, which finds the modules that this process would."""
    command = [sys.executable, "-P", "-c", _PROGRAM.format(module, function)]
    paths = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONIOENCODING": "utf-8"}
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        env=os.environ | paths,
    )


def _facts(process: "subprocess.Popen[str]", name: str) -> Iterator[tuple[str, str]]:
    """The facts of a subprocess, and what ended it early."""
    end = ""
    try:
        out, errors = process.communicate(timeout=_SECONDS)
        if process.returncode:
            end = f"it ends with status {process.returncode}: {without_names(errors)[-300:]}"
    except subprocess.TimeoutExpired:
        process.kill()
        out, _ = process.communicate()
        end = f"it takes more than {_SECONDS} s"
    for line in out.splitlines():
        if line.startswith("["):
            *of, fact = json.loads(line)
            if of:
                yield of[0], without_names(fact)
            else:
                end = without_names(fact)[:500]
    if end:
        yield name, f"{_PROBLEM}cannot be used: {end}"
