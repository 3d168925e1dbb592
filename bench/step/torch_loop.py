"""Contender (b): the same networks and steps in PyTorch, tuned as far as we know how.

Variants:

* `eager`: channels first, float32, no compiler;
* `best`: torch.compile, channels last, bfloat16 autocast (weights and optimizer state in float32);
* `collapsed`: `best`, and acwgan's collapsed convolutions: what is left is the framework.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from bench.step import common

# Sizes of the four feature maps that dropout thins out, per image.
DROPOUT_SIZES = (14 * 14 * 32, 14 * 14 * 64, 7 * 7 * 128, 7 * 7 * 256)


def draw_bits() -> torch.Tensor:
    """16 random bits for each value that dropout sees, int16 (B, values).

    Four values share one 64-bit draw; a draw for each, as in F.dropout, took a fifth of the step.
    """
    count = common.BATCH_SIZE * sum(DROPOUT_SIZES) // 4
    bits = torch.empty(count, dtype=torch.int64).random_(-(2**63), None)
    return bits.view(torch.int16).view(common.BATCH_SIZE, -1)


def drop(x: torch.Tensor, bits: torch.Tensor, rate: float) -> torch.Tensor:
    """Dropout of x (B, C, H, W) by bits (B, H * W * C): zero below the rate's quantile."""
    threshold = round(rate * 2**16) - 2**15
    batch, channels, height, width = x.shape
    keep = bits.view(batch, height, width, channels).permute(0, 3, 1, 2) >= threshold
    return torch.where(keep, x / (1.0 - rate), 0.0)


class Critic(nn.Module):
    """Four convolutions and two heads: a linear score and the class logits."""

    def __init__(self, dropout: float):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.conv3 = nn.Conv2d(64, 128, 3, padding=1)
        self.conv4 = nn.Conv2d(128, 256, 3, padding=1)
        self.score = nn.Linear(common.CRITIC_FEATURES, 1)
        self.classes = nn.Linear(common.CRITIC_FEATURES, common.NUM_CLASSES)
        self.dropout = dropout

    def forward(
        self, x: torch.Tensor, bits: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores (B,) and class logits (B, 10) of images (B, 1, 28, 28); bits for dropout."""
        convs = (self.conv1, self.conv2, self.conv3, self.conv4)
        layer_bits = [None] * 4 if bits is None else bits.split(DROPOUT_SIZES, dim=1)
        for conv, pool, own_bits in zip(convs, common.CRITIC_POOLS, layer_bits, strict=True):
            x = conv(x)
            if pool > 1:
                x = F.max_pool2d(x, pool)
            x = F.leaky_relu(x, common.LEAKY_SLOPE)
            if own_bits is not None:
                x = drop(x, own_bits, self.dropout)
        x = x.permute(0, 2, 3, 1).flatten(1)  # Keras' order; no copy with channels last.
        return self.score(x)[:, 0], self.classes(x)


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
    phases = F.conv2d(x, kernel, conv.bias.repeat(4), padding=1)
    phases = phases.view(batch, 2, 2, -1, height, width)
    return phases.permute(0, 3, 4, 1, 5, 2).reshape(batch, -1, 2 * height, 2 * width)


class Generator(nn.Module):
    """Label embedding times z, two dense layers, then two upsampling convolutions."""

    def __init__(self, collapsed: bool):
        super().__init__()
        self.collapsed = collapsed
        self.embedding = nn.Embedding(common.NUM_CLASSES, common.LATENT_DIM)
        self.dense1 = nn.Linear(common.LATENT_DIM, 1024)
        self.dense2 = nn.Linear(1024, 7 * 7 * 128)
        self.conv1 = nn.Conv2d(128, 256, 5, padding=2)
        self.conv2 = nn.Conv2d(256, 128, 5, padding=2)
        self.conv3 = nn.Conv2d(128, 1, 2)

    def forward(self, z: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Images (B, 1, 28, 28) from z (B, 100) and labels (B,)."""
        x = z * self.embedding(labels)
        x = F.leaky_relu(self.dense1(x), common.LEAKY_SLOPE)
        x = F.leaky_relu(self.dense2(x), common.LEAKY_SLOPE)
        x = x.unflatten(1, (7, 7, 128)).permute(0, 3, 1, 2)
        x = F.leaky_relu(upsample_conv(x, self.conv1, self.collapsed), common.LEAKY_SLOPE)
        x = F.leaky_relu(upsample_conv(x, self.conv2, self.collapsed), common.LEAKY_SLOPE)
        # Keras' 'same' pads a 2x2 kernel at the bottom and the right.
        return torch.tanh(self.conv3(F.pad(x, (0, 1, 0, 1))))


class RMSprop:
    """Keras' RMSprop: w -= lr g / sqrt(v + eps). `torch.optim.RMSprop` has sqrt(v) + eps instead.

    With WGAN's small gradients that is another optimizer: sqrt(1e-7) is 3e-4. A foreach call
    updates all weights at once, as in torch's own fast path.
    """

    def __init__(self, params: list[nn.Parameter]):
        self.params = params
        self.velocities = [torch.zeros_like(param) for param in params]

    @torch.no_grad()
    def step(self) -> None:
        """Applies and then drops the gradients."""
        grads = [param.grad for param in self.params]
        torch._foreach_mul_(self.velocities, common.RHO)
        torch._foreach_addcmul_(self.velocities, grads, grads, 1.0 - common.RHO)
        scales = torch._foreach_add(self.velocities, common.EPSILON)
        torch._foreach_sqrt_(scales)
        torch._foreach_addcdiv_(self.params, grads, scales, -common.LEARNING_RATE)
        for param in self.params:
            param.grad = None


class TorchLoop:
    """The two training steps."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, variant: str, dropout: float):
        self.images = torch.from_numpy(images).permute(0, 3, 1, 2)  # uint8 (N, 1, 28, 28)
        self.labels = torch.from_numpy(labels).long()
        best = variant != "eager"
        memory_format = torch.channels_last if best else torch.contiguous_format
        self.critic = Critic(dropout).to(memory_format=memory_format)
        self.generator = Generator(variant == "collapsed").to(memory_format=memory_format)
        self.critic_optimizer = RMSprop(list(self.critic.parameters()))
        self.generator_optimizer = RMSprop(list(self.generator.parameters()))
        self.autocast = lambda: torch.autocast("cpu", torch.bfloat16, enabled=best)
        if best:
            self.critic_loss = torch.compile(self.critic_loss)
            self.generator_loss = torch.compile(self.generator_loss)
            self.generate = torch.compile(self.generate)
            self.critic_optimizer.step = torch.compile(self.critic_optimizer.step)
            self.generator_optimizer.step = torch.compile(self.generator_optimizer.step)

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
        return {name: self._keras_view(name).numpy().copy() for name in common.WEIGHT_SHAPES}

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

    def critic_loss(
        self, images: torch.Tensor, labels: torch.Tensor, bits: torch.Tensor, sign: float
    ) -> torch.Tensor:
        """Cross-entropy + sign * mean(score); sign -1 for real images, +1 for fakes."""
        with self.autocast():
            scores, logits = self.critic(images, bits)
        return sign * scores.float().mean() + F.cross_entropy(logits.float(), labels)

    def generator_loss(
        self, z: torch.Tensor, labels: torch.Tensor, bits: torch.Tensor
    ) -> torch.Tensor:
        """-mean(score) + cross-entropy of the fakes."""
        with self.autocast():
            scores, logits = self.critic(self.generator(z, labels), bits)
        return F.cross_entropy(logits.float(), labels) - scores.float().mean()

    def draw_real(self) -> tuple[torch.Tensor, torch.Tensor]:
        """A batch of real images (B, 1, 28, 28) in [-1, 1], and their labels."""
        index = torch.randint(len(self.images), (common.BATCH_SIZE,))
        return self.images[index].float() / 127.5 - 1.0, self.labels[index]

    def draw_latents(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Latents (B, 100) and labels (B,) for a batch of fakes."""
        z = torch.randn(common.BATCH_SIZE, common.LATENT_DIM)
        return z, torch.randint(common.NUM_CLASSES, (common.BATCH_SIZE,))

    def critic_step(self, batch: common.Batch | None = None) -> None:
        """Clips, then updates the critic on real images, then on fakes."""
        with torch.no_grad():
            torch._foreach_clamp_min_(self.critic_optimizer.params, -common.CLIP_VALUE)
            torch._foreach_clamp_max_(self.critic_optimizer.params, common.CLIP_VALUE)
        if batch:
            real = torch.from_numpy(batch.real_images).permute(0, 3, 1, 2)
            real_labels = torch.from_numpy(batch.real_labels).long()
            z, fake_labels = torch.from_numpy(batch.z), torch.from_numpy(batch.fake_labels).long()
        else:
            real, real_labels = self.draw_real()
            z, fake_labels = self.draw_latents()
        self.critic_loss(real, real_labels, draw_bits(), -1.0).backward()
        self.critic_optimizer.step()
        fakes = self.generate(z, fake_labels)
        self.critic_loss(fakes, fake_labels, draw_bits(), 1.0).backward()
        self.critic_optimizer.step()

    def generator_step(self, batch: common.Batch | None = None) -> None:
        """Updates the generator against the frozen critic."""
        if batch:
            z, labels = torch.from_numpy(batch.z), torch.from_numpy(batch.fake_labels).long()
        else:
            z, labels = self.draw_latents()
        self.critic.requires_grad_(False)
        self.generator_loss(z, labels, draw_bits()).backward()
        self.critic.requires_grad_(True)
        self.generator_optimizer.step()

    def cycle(self) -> None:
        """`N_CRITIC` critic steps, then a generator step."""
        for _ in range(common.N_CRITIC):
            self.critic_step()
        self.generator_step()


def build(
    images: np.ndarray, labels: np.ndarray, variant: str, dropout: float = common.DROPOUT
) -> TorchLoop:
    """Builds the contender on uint8 digits and their labels; `variant` is 'eager' or 'best'."""
    return TorchLoop(images, labels, variant, dropout)
