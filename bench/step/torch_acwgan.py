"""Contender (b) for the preset `acwgan`: the same networks and steps in PyTorch."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from bench.step import common
from bench.step import preset_acwgan as preset
from bench.step.torch_loop import TorchLoop, upsample_conv


def leaky_relu(x: torch.Tensor) -> torch.Tensor:
    """LeakyReLU, from whose slope the penalty's gradient goes no further.

    Through `F.leaky_relu` PyTorch would take zeros all the way back through the forward pass.
    """
    return torch.where(x > 0.0, x, preset.LEAKY_SLOPE * x)


class Critic(nn.Module):
    """Three strided convolutions, a dense layer and two heads: score and class logits."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 48, 5, stride=2)
        self.conv2 = nn.Conv2d(48, 96, 5, stride=2)
        self.conv3 = nn.Conv2d(96, 192, 5, stride=2, padding=2)
        self.dense = nn.Linear(4 * 4 * 192, 256)
        self.score = nn.Linear(256, 1)
        self.classes = nn.Linear(256, common.NUM_CLASSES)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores (B,) and class logits (B, 10), float32, of images (B, 1, 28, 28)."""
        for conv in (self.conv1, self.conv2):
            # Keras' 'same' pads an even side by 1 before and 2 after.
            x = leaky_relu(conv(F.pad(x, (1, 2, 1, 2))))
        x = leaky_relu(self.conv3(x))
        x = x.permute(0, 2, 3, 1).flatten(1)  # Keras' order; no copy with channels last.
        x = leaky_relu(self.dense(x))
        return self.score(x)[:, 0].float(), self.classes(x).float()


class Normalization(nn.Module):
    """Batch normalization, scaled and shifted by the class, scaled by the latent; then ReLU."""

    def __init__(self, channels: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))
        self.scales = nn.Linear(preset.LATENT_DIM, channels)
        self.embedding = nn.Embedding(common.NUM_CLASSES, channels)
        self.shift = nn.Embedding(common.NUM_CLASSES, channels)

    def forward(self, x: torch.Tensor, latent: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """The shape of x, (B, C) or (B, C, H, W), from latent (B, LATENT_DIM), labels (B,)."""
        # The moving variance is not Keras', which has n in place of n - 1. No step reads it.
        momentum, epsilon = 1.0 - preset.NORM_MOMENTUM, preset.NORM_EPSILON
        x = F.batch_norm(x, self.mean, self.variance, training=True, momentum=momentum, eps=epsilon)
        scales, rows, shifts = (
            values.view(*values.shape, *[1] * (x.dim() - 2))
            for values in (self.scales(latent), self.embedding(labels), self.shift(labels))
        )
        return F.relu((x * rows + shifts) * scales)


class Generator(nn.Module):
    """Label embedding times z, two dense layers and two upsampling convolutions, normalized."""

    def __init__(self, collapsed: bool):
        super().__init__()
        self.collapsed = collapsed
        wide, *channels = preset.CHANNELS
        self.embedding = nn.Embedding(common.NUM_CLASSES, preset.LATENT_DIM)
        self.dense1 = nn.Linear(preset.LATENT_DIM, wide, bias=False)
        self.norm1 = Normalization(wide)
        self.dense2 = nn.Linear(wide, 7 * 7 * channels[0])
        self.norm2 = Normalization(channels[0])
        self.conv1 = nn.Conv2d(channels[0], channels[1], 5, padding=2, bias=False)
        self.norm3 = Normalization(channels[1])
        self.conv2 = nn.Conv2d(channels[1], channels[2], 5, padding=2, bias=False)
        self.norm4 = Normalization(channels[2])
        self.conv3 = nn.Conv2d(channels[2], 1, 3, padding=1)

    def forward(self, z: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Images (B, 1, 28, 28) float32 from z (B, LATENT_DIM) and labels (B,)."""
        latent = z * self.embedding(labels)
        x = self.norm1(self.dense1(latent), latent, labels)
        x = self.dense2(x).unflatten(1, (7, 7, -1)).permute(0, 3, 1, 2)
        x = self.norm2(x, latent, labels)
        x = self.norm3(upsample_conv(x, self.conv1, self.collapsed), latent, labels)
        x = self.norm4(upsample_conv(x, self.conv2, self.collapsed), latent, labels)
        return F.hardtanh(self.conv3(x).float())


class Adam:
    """Keras' Adam: w -= lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + eps).

    `torch.optim.Adam` corrects v before it adds eps. A foreach call updates all weights at once, as
    in torch's own fast path.
    """

    def __init__(self, params: list[nn.Parameter], learning_rate: float, epsilon: float):
        self.params, self.learning_rate, self.epsilon = params, learning_rate, epsilon
        self.means = [torch.zeros_like(param) for param in params]
        self.squares = [torch.zeros_like(param) for param in params]
        self.updates = torch.zeros(())  # A tensor: a number would be compiled anew each time.

    @torch.no_grad()
    def step(self) -> None:
        """Applies and then drops the gradients."""
        grads = [param.grad for param in self.params]
        (beta1, beta2), updates = preset.BETAS, self.updates.add_(1.0)
        torch._foreach_lerp_(self.means, grads, 1.0 - beta1)
        torch._foreach_mul_(self.squares, beta2)
        torch._foreach_addcmul_(self.squares, grads, grads, 1.0 - beta2)
        scales = torch._foreach_sqrt(self.squares)
        torch._foreach_add_(scales, self.epsilon)
        rate = self.learning_rate * (1.0 - beta2**updates).sqrt() / (1.0 - beta1**updates)
        torch._foreach_div_(scales, rate)
        torch._foreach_addcdiv_(self.params, self.means, scales, -1.0)
        for param in self.params:
            param.grad = None


class AcwganLoop(TorchLoop):
    """The two training steps of the preset `acwgan`."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, variant: str, epsilon: float):
        networks = {"critic": Critic()}
        for name in ("generator", "average"):
            networks[name] = Generator(variant == "collapsed")
        super().__init__(preset, networks, images, labels, variant)
        self.critic_optimizer, self.generator_optimizer = (
            Adam(list(network.parameters()), learning_rate, epsilon)
            for network, learning_rate in (
                (self.critic, preset.CRITIC_LEARNING_RATE),
                (self.generator, preset.GENERATOR_LEARNING_RATE),
            )
        )
        for optimizer in (self.critic_optimizer, self.generator_optimizer):
            optimizer.step = self.compile(optimizer.step)
        self.generator_steps = 0

    def scores(
        self, images: torch.Tensor, labels: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores (B,) of images as ones of their classes, and class logits (B, 10)."""
        with self.autocast():
            scores, logits = self.critic(images)
        return scores + logits.gather(1, labels[:, None])[:, 0], logits

    def critic_loss(
        self, real: torch.Tensor, fakes: torch.Tensor, labels: torch.Tensor, alpha: torch.Tensor
    ) -> torch.Tensor:
        """mean(fake score) - mean(real score) + cross-entropy of real images + penalty."""
        scores, logits = self.scores(torch.cat([real, fakes]), labels.repeat(2))
        real_scores, fake_scores = scores.chunk(2)
        loss = fake_scores.mean() - real_scores.mean()
        loss += preset.CRITIC_CLASS_WEIGHT * F.cross_entropy(logits[: len(real)], labels)
        every = slice(None, None, preset.PENALTY_EVERY)
        alpha = alpha[every, None, None, None]
        mixed = alpha * real[every] + (1.0 - alpha) * fakes[every]
        return loss + preset.PENALTY_WEIGHT * self.penalty(mixed, labels[every])

    def penalty(self, mixed: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """mean((|gradient of the score at the mixed images| - 1)^2)."""
        # `torch.autograd.grad(create_graph=True)` cannot be compiled, `torch.func.grad` can.
        gradients = torch.func.grad(lambda images: self.scores(images, labels)[0].sum())(mixed)
        norms = (gradients.square().sum((1, 2, 3)) + 1e-12).sqrt()
        return (norms - 1.0).square().mean()

    def generator_loss(self, z: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """-mean(score) + weighted cross-entropy of the fakes."""
        with self.autocast():
            fakes = self.generator(z, labels)
        scores, logits = self.scores(fakes, labels)
        return preset.GENERATOR_CLASS_WEIGHT * F.cross_entropy(logits, labels) - scores.mean()

    def critic_step(self, batch: common.Batch | None = None) -> None:
        """Updates the critic on real images and on as many fakes of their classes."""
        real, labels = self.real_inputs(batch)
        z, _ = self.fake_inputs(batch)
        alpha = torch.from_numpy(batch.alpha) if batch else torch.rand(preset.BATCH_SIZE)
        self.critic_loss(real, self.generate(z, labels), labels, alpha).backward()
        self.critic_optimizer.step()

    def generator_step(self, batch: common.Batch | None = None) -> None:
        """Updates the generator against the frozen critic, then its moving average."""
        z, labels = self.fake_inputs(batch)
        self.critic.requires_grad_(False)
        self.generator_loss(z, labels).backward()
        self.critic.requires_grad_(True)
        self.generator_optimizer.step()
        self.generator_steps += 1
        steps = self.generator_steps
        share = min(preset.EMA_DECAY, (1.0 + steps) / (10.0 + steps))
        averages, values = (
            [*network.parameters(), *network.buffers()]
            for network in (self.average, self.generator)
        )
        with torch.no_grad():
            torch._foreach_lerp_(averages, values, 1.0 - share)


def build(images: np.ndarray, labels: np.ndarray, variant: str, epsilon: float) -> AcwganLoop:
    """Builds the contender on uint8 digits and their labels; `variant` as in `torch_loop`."""
    return AcwganLoop(images, labels, variant, epsilon)
