"""Package metadata. Why each dependency is there: CONTRIBUTING.md."""

import re
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (HERE / "acwgan" / "__init__.py").read_text()).group(1)
VIDEO = ["imageio-ffmpeg>=0.6"]
TEST = ["pytest>=8", "hypothesis>=6.100", "selenium>=4.51", "kubernetes-validate>=1.36", *VIDEO]

setup(
    name="acwgan",
    version=VERSION,
    description="A conditional Wasserstein GAN for TensorFlow: digits on demand",
    long_description=(HERE / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="MIT AND CC-BY-SA-3.0",
    license_files=["LICENSE", "acwgan/data/README.md"],
    packages=["acwgan"],
    package_data={"acwgan": ["data/*"]},
    python_requires=">=3.11,<3.14",
    install_requires=[
        "tensorflow>=2.21",
        "keras>=3.15",
        "numpy>=2.0",
        "matplotlib>=3.9",
        "tensorboard>=2.20",
        "pillow>=10.3",
        "rich>=13.7",
        "ai-edge-litert>=2.3",
    ],
    extras_require={
        "video": VIDEO,
        "test": TEST,
        "dev": [*TEST, "ruff==0.17.6", "pre-commit>=4"],
    },
    entry_points={"console_scripts": ["acwgan = acwgan.cli:main"]},
)
