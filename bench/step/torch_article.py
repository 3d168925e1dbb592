"""Contender (b) for the preset `article`: the same networks and steps in PyTorch."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from bench.step import common
from bench.step import preset_article as article
from bench.step.torch_loop import TorchLoop, upsample_conv

# Sizes of the four feature maps that dropout thins out, per image.
DROPOUT_SIZES = (14 * 14 * 32, 14 * 14 * 64, 7 * 7 * 128, 7 * 7 * 256)


def draw_bits() -> torch.Tensor:
    """16 random bits for each value that dropout sees, int16 (B, values).

    Four values share one 64-bit draw; a draw for each, as in F.dropout, took a fifth of the step.
    """
    count = article.BATCH_SIZE * sum(DROPOUT_SIZES) // 4
    bits = torch.empty(count, dtype=torch.int64).random_(-(2**63), None)
    return bits.view(torch.int16).view(article.BATCH_SIZE, -1)


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
        self.score = nn.Linear(article.CRITIC_FEATURES, 1)
        self.classes = nn.Linear(article.CRITIC_FEATURES, common.NUM_CLASSES)
        self.dropout = dropout

    def forward(
        self, x: torch.Tensor, bits: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores (B,) and class logits (B, 10) of images (B, 1, 28, 28); bits for dropout."""
        convs = (self.conv1, self.conv2, self.conv3, self.conv4)
        layer_bits = [None] * 4 if bits is None else bits.split(DROPOUT_SIZES, dim=1)
        for conv, pool, own_bits in zip(convs, article.CRITIC_POOLS, layer_bits, strict=True):
            x = conv(x)
            if pool > 1:
                x = F.max_pool2d(x, pool)
            x = F.leaky_relu(x, article.LEAKY_SLOPE)
            if own_bits is not None:
                x = drop(x, own_bits, self.dropout)
        x = x.permute(0, 2, 3, 1).flatten(1)  # Keras' order; no copy with channels last.
        return self.score(x)[:, 0], self.classes(x)


class Generator(nn.Module):
    """Label embedding times z, two dense layers, then two upsampling convolutions."""

    def __init__(self, collapsed: bool):
        super().__init__()
        self.collapsed = collapsed
        self.embedding = nn.Embedding(common.NUM_CLASSES, article.LATENT_DIM)
        self.dense1 = nn.Linear(article.LATENT_DIM, 1024)
        self.dense2 = nn.Linear(1024, 7 * 7 * 128)
        self.conv1 = nn.Conv2d(128, 256, 5, padding=2)
        self.conv2 = nn.Conv2d(256, 128, 5, padding=2)
        self.conv3 = nn.Conv2d(128, 1, 2)

    def forward(self, z: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Images (B, 1, 28, 28) from z (B, 100) and labels (B,)."""
        x = z * self.embedding(labels)
        x = F.leaky_relu(self.dense1(x), article.LEAKY_SLOPE)
        x = F.leaky_relu(self.dense2(x), article.LEAKY_SLOPE)
        x = x.unflatten(1, (7, 7, 128)).permute(0, 3, 1, 2)
        x = F.leaky_relu(upsample_conv(x, self.conv1, self.collapsed), article.LEAKY_SLOPE)
        x = F.leaky_relu(upsample_conv(x, self.conv2, self.collapsed), article.LEAKY_SLOPE)
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
        torch._foreach_mul_(self.velocities, article.RHO)
        torch._foreach_addcmul_(self.velocities, grads, grads, 1.0 - article.RHO)
        scales = torch._foreach_add(self.velocities, article.EPSILON)
        torch._foreach_sqrt_(scales)
        torch._foreach_addcdiv_(self.params, grads, scales, -article.LEARNING_RATE)
        for param in self.params:
            param.grad = None


class ArticleLoop(TorchLoop):
    """The article's two training steps."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, variant: str, dropout: float):
        networks = {"critic": Critic(dropout), "generator": Generator(variant == "collapsed")}
        super().__init__(article, networks, images, labels, variant)
        self.critic_optimizer = RMSprop(list(self.critic.parameters()))
        self.generator_optimizer = RMSprop(list(self.generator.parameters()))
        for optimizer in (self.critic_optimizer, self.generator_optimizer):
            optimizer.step = self.compile(optimizer.step)

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

    def critic_step(self, batch: common.Batch | None = None) -> None:
        """Clips, then updates the critic on real images, then on fakes."""
        with torch.no_grad():
            torch._foreach_clamp_min_(self.critic_optimizer.params, -article.CLIP_VALUE)
            torch._foreach_clamp_max_(self.critic_optimizer.params, article.CLIP_VALUE)
        real, real_labels = self.real_inputs(batch)
        z, fake_labels = self.fake_inputs(batch)
        self.critic_loss(real, real_labels, draw_bits(), -1.0).backward()
        self.critic_optimizer.step()
        fakes = self.generate(z, fake_labels)
        self.critic_loss(fakes, fake_labels, draw_bits(), 1.0).backward()
        self.critic_optimizer.step()

    def generator_step(self, batch: common.Batch | None = None) -> None:
        """Updates the generator against the frozen critic."""
        z, labels = self.fake_inputs(batch)
        self.critic.requires_grad_(False)
        self.generator_loss(z, labels, draw_bits()).backward()
        self.critic.requires_grad_(True)
        self.generator_optimizer.step()


def build(images: np.ndarray, labels: np.ndarray, variant: str, dropout: float) -> ArticleLoop:
    """Builds the contender on uint8 digits and their labels; `variant` as in `torch_loop`."""
    return ArticleLoop(images, labels, variant, dropout)
