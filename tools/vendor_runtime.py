"""Fetches LiteRT's WebAssembly runtime from its npm package into acwgan/web/runtime.

python tools/vendor_runtime.py

Run by hand, once for each new version; what it writes is committed, so that neither the
installation nor ``acwgan web`` needs a network. Needs npm. The same version gives the same files.
"""

import base64
import hashlib
import lzma
import subprocess
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "@litertjs/core@2.5.3"
SHA512 = "PlGmbMOq9WitX7FO0jhbdJw9GthatsyuCQXjTt/wJZo0FLaw48q4tz8IwqgqCIkviYGr9OFDL1kCnN4nzWoyJQ=="
RUNTIME = Path(__file__).parent.parent / "acwgan" / "web" / "runtime"
#: The build without relaxed SIMD, which runs everywhere and rounds alike everywhere.
BUILD = "litert_wasm_compat_internal"
#: What of the package's own module the page uses.
NAMES = "LiteRt, Environment, Tensor, setGlobalLiteRt"


def main() -> None:
    """Fetch, check, unpack."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["npm", "pack", "--silent", PACKAGE]
        name = subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True).stdout
        archive = (Path(folder) / name.strip()).read_bytes()
        found = base64.b64encode(hashlib.sha512(archive).digest()).decode()
        if found != SHA512:
            raise SystemExit(f"{PACKAGE}: has SHA-512 {found}, expected {SHA512}")
        with tarfile.open(Path(folder) / name.strip()) as files:
            module, loader, wasm = (
                files.extractfile(f"package/{path}").read()
                for path in ("dist/index.js", f"wasm/{BUILD}.js", f"wasm/{BUILD}.wasm")
            )
    (RUNTIME / "litert.js").write_text(_as_script(module.decode()))
    (RUNTIME / "litert_wasm.js").write_bytes(loader)
    packed = lzma.compress(wasm, preset=9 | lzma.PRESET_EXTREME)
    (RUNTIME / "litert.wasm.xz").write_bytes(packed)


def _as_script(module: str) -> str:
    """The package's module as a classic script: browsers load no module from file://.

    Its own loader is left out with its import: it fetches, and asks for a GPU.
    """
    lines = [line for line in module.splitlines() if not line.startswith(("import ", "//# source"))]
    code = "\n".join(lines[: lines.index("export {")])
    return (
        f"// {PACKAGE}, dist/index.js, as a classic script: tools/vendor_runtime.py. Apache-2.0.\n"
        f"const LiteRT = (() => {{\n{code}\nreturn {{ {NAMES} }};\n}})();\n"
    )


if __name__ == "__main__":
    main()
