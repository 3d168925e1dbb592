"""The files that come with the package."""

from pathlib import Path

#: The folder of all of them; what lies here is trusted.
DATA = Path(__file__).parents[1] / "data"
#: The pretrained generator, critic and judge of MNIST, as LiteRT files.
GENERATOR, CRITIC, JUDGE = (DATA / f"{name}.tflite" for name in ("generator", "critic", "judge"))
#: MNIST in the layout of Keras' ``mnist.npz``.
MNIST = DATA / "mnist.npz"
