"""What all contenders share: the hyperparameters, the weights' names and shapes, and the data.

A contender is an object with these methods; the benchmark needs nothing else from it:

* `set_weights(arrays)`, `get_weights()`: a dictionary of float32 arrays named as in `WEIGHT_SHAPES`
  and in Keras' layout (convolution kernels height, width, in, out; dense kernels in, out);
* `critic_outputs(images)`: scores `(B,)` and class probabilities `(B, 10)`, without dropout;
* `generator_images(z, labels)`: images `(B, 28, 28, 1)` in [-1, 1];
* `critic_step(batch=None)`: clip the critic's weights, update it on real images, then on fake ones;
* `generator_step(batch=None)`: one update of the generator against the frozen critic;
* `cycle()`: `N_CRITIC` critic steps and a generator step, as its training runs them.

A step draws its own images, labels and latents, as in training, unless a `Batch` is handed in. It
returns only once it is done.
"""

import dataclasses
import math

import numpy as np

BATCH_SIZE = 100
LATENT_DIM = 100
NUM_CLASSES = 10
N_CRITIC = 5
LEARNING_RATE = 5e-5
RHO = 0.9
EPSILON = 1e-7
CLIP_VALUE = 0.01
DROPOUT = 0.3
LEAKY_SLOPE = 0.3

CRITIC_FILTERS = (32, 64, 128, 256)
CRITIC_POOLS = (2, 1, 2, 1)  # 1: no pooling after this convolution.
CRITIC_FEATURES = 7 * 7 * 256

# Kernel shapes; each layer but the embedding also has a bias of its kernel's last dimension.
KERNEL_SHAPES = {
    "critic/conv1": (3, 3, 1, 32),
    "critic/conv2": (3, 3, 32, 64),
    "critic/conv3": (3, 3, 64, 128),
    "critic/conv4": (3, 3, 128, 256),
    "critic/score": (CRITIC_FEATURES, 1),
    "critic/classes": (CRITIC_FEATURES, NUM_CLASSES),
    "generator/embedding": (NUM_CLASSES, LATENT_DIM),
    "generator/dense1": (LATENT_DIM, 1024),
    "generator/dense2": (1024, 7 * 7 * 128),
    "generator/conv1": (5, 5, 128, 256),
    "generator/conv2": (5, 5, 256, 128),
    "generator/conv3": (2, 2, 128, 1),
}


def weight_shapes() -> dict[str, tuple[int, ...]]:
    """Name of each weight array and its shape, in the order in which Keras lists them."""
    shapes = {}
    for layer, shape in KERNEL_SHAPES.items():
        shapes[f"{layer}/kernel"] = shape
        if layer != "generator/embedding":
            shapes[f"{layer}/bias"] = shape[-1:]
    return shapes


WEIGHT_SHAPES = weight_shapes()


@dataclasses.dataclass(frozen=True)
class Batch:
    """The random draws of one step."""

    real_images: np.ndarray  # float32 (B, 28, 28, 1) in [-1, 1]
    real_labels: np.ndarray  # int32 (B,)
    z: np.ndarray  # float32 (B, 100)
    fake_labels: np.ndarray  # int32 (B,)


def initial_weights(seed: int) -> dict[str, np.ndarray]:
    """The article's initial weights: convolutions N(0, 0.02), else Glorot uniform, biases 0."""
    rng = np.random.default_rng(seed)
    weights = {}
    for name, shape in WEIGHT_SHAPES.items():
        if name.endswith("bias"):
            values = np.zeros(shape)
        elif len(shape) == 4:
            values = rng.normal(0.0, 0.02, shape)
        else:
            limit = math.sqrt(6.0 / sum(shape))
            values = rng.uniform(-limit, limit, shape)
        weights[name] = values.astype(np.float32)
    return weights


def check_weights(seed: int) -> dict[str, np.ndarray]:
    """Weights for comparing contenders: biases count too, and updates stand out of the rounding.

    From the initial weights the generator's first update is a few last places of a weight. Here
    the generator keeps the scale of its input from layer to layer (He et al. 2015), and the
    critic's heads are large. The critic's other weights stay near the clip value: were nearly all
    clipped to one size, some sums would be 0, where rounding decides the slope of a LeakyReLU.
    """
    rng = np.random.default_rng(seed)
    weights = {}
    for name, shape in WEIGHT_SHAPES.items():
        if name.startswith("generator"):
            scale = 0.1 if name.endswith("bias") else math.sqrt(2.0 / math.prod(shape[:-1]))
        elif "conv" in name:
            scale = 0.01 if name.endswith("bias") else 0.02
        else:
            scale = 1.0
        weights[name] = (scale * rng.standard_normal(shape)).astype(np.float32)
    return weights


def load_digits(path: str) -> tuple[np.ndarray, np.ndarray]:
    """All 70,000 digits, as in the article: uint8 images (N, 28, 28, 1), int32 labels (N,)."""
    with np.load(path) as data:
        images = np.concatenate([data["x_train"], data["x_test"]])[..., None]
        labels = np.concatenate([data["y_train"], data["y_test"]]).astype(np.int32)
    return images, labels


def to_unit_range(images: np.ndarray) -> np.ndarray:
    """Maps uint8 pixels to float32 in [-1, 1]."""
    return images.astype(np.float32) / 127.5 - 1.0


def check_batch(images: np.ndarray, labels: np.ndarray, seed: int) -> Batch:
    """A batch that every contender is handed in the equality check.

    Each class has ten fakes, and each of the ten uses other coordinates of z, so that every number
    of the embedding has its gradient from one fake only. Keras 3.15 squares the gradients of an
    embedding's repeated rows one by one, where RMSprop squares their sum: that is left out here.
    """
    rng = np.random.default_rng(seed)
    index = rng.choice(len(images), BATCH_SIZE, replace=False)
    fakes, coordinates = np.arange(BATCH_SIZE), np.arange(LATENT_DIM)
    mask = fakes[:, None] // NUM_CLASSES == coordinates * BATCH_SIZE // LATENT_DIM // NUM_CLASSES
    z = rng.normal(0.0, math.sqrt(NUM_CLASSES), mask.shape) * mask
    return Batch(
        real_images=to_unit_range(images[index]),
        real_labels=labels[index],
        z=z.astype(np.float32),
        fake_labels=(fakes % NUM_CLASSES).astype(np.int32),
    )
