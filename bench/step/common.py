"""What all contenders share: their methods, the form of a preset, a batch, and the data.

A contender is an object with these methods; the benchmark needs nothing else from it:

* `set_weights(arrays)`, `get_weights()`: a dictionary of float32 arrays named as in the preset's
  `WEIGHT_SHAPES` and in Keras' layout (convolution kernels height, width, in, out; dense kernels
  in, out);
* `critic_outputs(images)`: scores `(B,)` and class probabilities `(B, 10)`, without dropout;
* `generator_images(z, labels)`: images `(B, 28, 28, 1)` in [-1, 1], normalized as in training;
* `critic_step(batch=None)`: one update of the critic, as the preset makes it;
* `generator_step(batch=None)`: one update of the generator against the frozen critic;
* `cycle()`: `N_CRITIC` critic steps and a generator step, as its training runs them.

A step draws its own images, labels and latents, as in training, unless a `Batch` is handed in. It
returns only once it is done.

A preset is a module, `preset_article` or `preset_acwgan`, with these names beside its own:

* `BATCH_SIZE`, `LATENT_DIM`, `N_CRITIC`, `CLIP_VALUE` (None: no clipping);
* `OPTIONS`, `CHECK_OPTIONS`: what a contender is built with to be timed, and to be compared;
* `PENALTY_SIZE`: examples of a batch that the gradient penalty is taken on, 0 without a penalty;
* `KERNEL_SHAPES`: layer, named `network/layer` -> shape of its kernel or table;
* `WEIGHT_SHAPES`: name of each array, `network/layer/kind` -> its shape, in Keras' order;
* `CONV_SIZES`: convolution -> rows and columns of the feature map that it writes;
* `initial_weights(seed)`: the weights that the timed steps start from;
* `check_weights(seed)`: weights for comparing contenders;
* `check_latents(rng, labels)`: z `(B, LATENT_DIM)` and labels `(B,)` of the fakes of that check,
  from the labels of the real images.
"""

import dataclasses
from collections.abc import Iterable
from types import ModuleType

import numpy as np

NUM_CLASSES = 10
#: Last word in the name of a layer that is a table with a row for each class.
TABLES = ("embedding", "shift")


@dataclasses.dataclass(frozen=True)
class Batch:
    """The random draws of one step."""

    real_images: np.ndarray  # float32 (B, 28, 28, 1) in [-1, 1]
    real_labels: np.ndarray  # int32 (B,)
    z: np.ndarray  # float32 (B, LATENT_DIM)
    fake_labels: np.ndarray  # int32 (B,)
    alpha: np.ndarray  # float32 (B,) in [0, 1), for the penalty


def is_table(layer: str) -> bool:
    """Whether a layer of `KERNEL_SHAPES` is a table, which is read and not multiplied."""
    return layer.endswith(TABLES)


def weight_shapes(
    kernel_shapes: dict[str, tuple[int, ...]], unbiased: Iterable[str] = ()
) -> dict[str, tuple[int, ...]]:
    """Name of each weight array and its shape, in the order in which Keras lists them.

    Args:
        kernel_shapes: a preset's `KERNEL_SHAPES`.
        unbiased: layers without a bias, beside the tables. All others have one, of their kernel's
            last dimension.
    """
    shapes = {}
    for layer, shape in kernel_shapes.items():
        shapes[f"{layer}/kernel"] = shape
        if not is_table(layer) and layer not in unbiased:
            shapes[f"{layer}/bias"] = shape[-1:]
    return shapes


def load_digits(path: str) -> tuple[np.ndarray, np.ndarray]:
    """All 70,000 digits, as in the article: uint8 images (N, 28, 28, 1), int32 labels (N,)."""
    with np.load(path) as data:
        images = np.concatenate([data["x_train"], data["x_test"]])[..., None]
        labels = np.concatenate([data["y_train"], data["y_test"]]).astype(np.int32)
    return images, labels


def to_unit_range(images: np.ndarray) -> np.ndarray:
    """Maps uint8 pixels to float32 in [-1, 1]."""
    return images.astype(np.float32) / 127.5 - 1.0


def check_batch(preset: ModuleType, images: np.ndarray, labels: np.ndarray, seed: int) -> Batch:
    """A batch that every contender is handed in the equality check."""
    rng = np.random.default_rng(seed)
    index = rng.choice(len(images), preset.BATCH_SIZE, replace=False)
    z, fake_labels = preset.check_latents(rng, labels[index])
    return Batch(
        real_images=to_unit_range(images[index]),
        real_labels=labels[index],
        z=z.astype(np.float32),
        fake_labels=fake_labels.astype(np.int32),
        alpha=rng.random(preset.BATCH_SIZE, np.float32),
    )
