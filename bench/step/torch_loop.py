"""Contender (b), what both presets share in PyTorch, tuned as far as we know how.

Variants:

* `eager`: channels first, float32, no compiler;
* `best`: torch.compile, channels last, bfloat16 autocast (weights and optimizer state in float32);
* `collapsed`: `best`, and acwgan's collapsed convolutions: what is left is the framework.
"""

from types import ModuleType

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from bench.step import common

# FOLD[phase, small, tap] is 1 where that tap of a 5-tap filter on an upsampled row, centred on
# output 2i + phase, reads input i + small - 1.
FOLD = torch.tensor(
    [
        [[1, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 1]],
        [[1, 0, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 1, 1]],
    ],
    dtype=torch.float32,
)


def upsample_conv(x: torch.Tensor, conv: nn.Conv2d, collapsed: bool) -> torch.Tensor:
    """Nearest upsampling by 2, then the 5x5 convolution; or one 3x3 convolution and a shuffle."""
    if not collapsed:
        return conv(F.interpolate(x, scale_factor=2.0))
    batch, _, height, width = x.shape
    kernel = torch.einsum("pyk,qxl,oikl->pqoiyx", FOLD, FOLD, conv.weight).flatten(0, 2)
    kernel = kernel.contiguous(memory_format=torch.channels_last)
    bias = None if conv.bias is None else conv.bias.repeat(4)
    phases = F.conv2d(x, kernel, bias, padding=1)
    phases = phases.view(batch, 2, 2, -1, height, width)
    return phases.permute(0, 3, 4, 1, 5, 2).reshape(batch, -1, 2 * height, 2 * width)


class TorchLoop:
    """The networks, their weights and what they see; a preset adds its losses and updates.

    Attributes:
        critic: images (B, 1, 28, 28) -> scores (B,) and class logits (B, 10).
        generator: z (B, LATENT_DIM) and labels (B,) -> images (B, 1, 28, 28).
        average: the generator's moving average, or None.
    """

    def __init__(
        self,
        preset: ModuleType,
        networks: dict[str, nn.Module],
        images: np.ndarray,
        labels: np.ndarray,
        variant: str,
    ):
        self.preset = preset
        self.images = torch.from_numpy(images).permute(0, 3, 1, 2)  # uint8 (N, 1, 28, 28)
        self.labels = torch.from_numpy(labels).long()
        best = variant != "eager"
        memory_format = torch.channels_last if best else torch.contiguous_format
        for name, network in networks.items():
            setattr(self, name, network.to(memory_format=memory_format))
        self.autocast = lambda: torch.autocast("cpu", torch.bfloat16, enabled=best)
        self.compile = torch.compile if best else lambda function: function
        self.critic_loss = self.compile(self.critic_loss)
        self.generator_loss = self.compile(self.generator_loss)
        self.generate = self.compile(self.generate)

    def _keras_view(self, name: str) -> torch.Tensor:
        """The parameter that `WEIGHT_SHAPES` calls `name`, its axes in Keras' order."""
        network, layer, kind = name.split("/")
        module = getattr(self, network).get_submodule(layer)
        weight = (module.bias if kind == "bias" else module.weight).detach()
        if isinstance(module, nn.Conv2d) and kind == "kernel":
            return weight.permute(2, 3, 1, 0)
        return weight.T if isinstance(module, nn.Linear) and kind == "kernel" else weight

    def set_weights(self, arrays: dict[str, np.ndarray]) -> None:
        """Copies Keras' arrays into the parameters."""
        for name, array in arrays.items():
            self._keras_view(name).copy_(torch.from_numpy(array))

    def get_weights(self) -> dict[str, np.ndarray]:
        """The inverse of `set_weights`."""
        names = self.preset.WEIGHT_SHAPES
        return {name: self._keras_view(name).numpy().copy() for name in names}

    @torch.no_grad()
    def critic_outputs(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Scores (B,) and class probabilities (B, 10), without dropout."""
        with self.autocast():
            scores, logits = self.critic(torch.from_numpy(images).permute(0, 3, 1, 2))
        return scores.float().numpy(), logits.float().softmax(1).numpy()

    def generator_images(self, z: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Fake images (B, 28, 28, 1)."""
        fakes = self.generate(torch.from_numpy(z), torch.from_numpy(labels).long())
        return fakes.permute(0, 2, 3, 1).float().numpy()

    @torch.no_grad()
    def generate(self, z: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Fakes for the critic, which need no gradient."""
        with self.autocast():
            return self.generator(z, labels)

    def real_inputs(self, batch: common.Batch | None) -> tuple[torch.Tensor, torch.Tensor]:
        """Real images (B, 1, 28, 28) in [-1, 1] and labels (B,), of the batch or else drawn."""
        if batch:
            images = torch.from_numpy(batch.real_images).permute(0, 3, 1, 2)
            return images, torch.from_numpy(batch.real_labels).long()
        index = torch.randint(len(self.images), (self.preset.BATCH_SIZE,))
        return self.images[index].float() / 127.5 - 1.0, self.labels[index]

    def fake_inputs(self, batch: common.Batch | None) -> tuple[torch.Tensor, torch.Tensor]:
        """Latents (B, LATENT_DIM) and labels (B,) of fakes, of the batch or else drawn."""
        if batch:
            return torch.from_numpy(batch.z), torch.from_numpy(batch.fake_labels).long()
        size = self.preset.BATCH_SIZE
        labels = torch.randint(common.NUM_CLASSES, (size,))
        return torch.randn(size, self.preset.LATENT_DIM), labels

    def cycle(self) -> None:
        """`N_CRITIC` critic steps, then a generator step."""
        for _ in range(self.preset.N_CRITIC):
            self.critic_step()
        self.generator_step()
