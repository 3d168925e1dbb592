"""Package metadata. Why each dependency is there: CONTRIBUTING.md."""

import re
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (HERE / "acwgan" / "__init__.py").read_text()).group(1)
VIDEO = ["imageio-ffmpeg>=0.6,<0.9"]
ONNX = ["onnx>=1.23", "tf2onnx>=1.17"]
NOTEBOOKS = ["ipykernel>=7", "nbclient>=0.11"]
DOCS = ["mkdocs>=1.6.1,<2", "mkdocstrings[python]>=1.0", "pygments>=2.19"]
TEST = ["pytest>=8.0,<10", "pytest-xdist>=3.8,<4", "hypothesis>=6.100,<7", "selenium>=4.51,<5"]
TEST += ["onnxruntime>=1.32", "kubernetes-validate>=1.36", *VIDEO, *ONNX, *NOTEBOOKS, *DOCS]

setup(
    name="acwgan",
    version=VERSION,
    description="A conditional Wasserstein GAN for TensorFlow: digits on demand",
    long_description=(HERE / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="MIT AND CC-BY-SA-3.0 AND Apache-2.0",
    license_files=["LICENSE", "acwgan/data/README.md", "acwgan/web/runtime/LICENSE"],
    packages=["acwgan"],
    package_data={"acwgan": ["data/*", "web/*.*", "web/runtime/*"]},
    python_requires=">=3.11,<3.14",
    install_requires=[
        "tensorflow>=2.21,<2.22",
        "keras>=3.15,<3.16",
        "numpy>=2.0,<3",
        "matplotlib>=3.9,<4",
        "tensorboard>=2.20,<3",
        "pillow>=10.3,<14",
        "rich>=13.7,<16",
        "ai-edge-litert>=2.3,<3",
        "h5py>=3.11,<4",
    ],
    extras_require={
        "video": VIDEO,
        "onnx": ONNX,
        "docs": DOCS,
        "test": TEST,
        "dev": [*TEST, "ruff==0.17.6", "pre-commit>=4", "nbstripout>=0.9"],
    },
    entry_points={"console_scripts": ["acwgan = acwgan.cli:main"]},
)
