"""Paths of the data files inside the package."""

from pathlib import Path

#: Folder of the data files. Its files are trusted.
DATA = Path(__file__).parents[1] / "data"
#: LiteRT files of the pretrained generator, critic and judge for MNIST.
GENERATOR, CRITIC, JUDGE = (DATA / f"{name}.tflite" for name in ("generator", "critic", "judge"))
#: LiteRT file of the encoder of this generator.
ENCODER = DATA / "encoder.tflite"
#: MNIST in the layout of Keras' ``mnist.npz``.
MNIST = DATA / "mnist.npz"
#: Ten digits that the generator draws, with which ``acwgan --report`` compares its own.
KNOWN_DIGITS = DATA / "digits.png"
