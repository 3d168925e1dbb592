"""Flow matching with a small class-conditional U-Net in PyTorch.

Lipman et al. 2023, "Flow matching for generative modeling", with straight paths: the network
learns the velocity ``image - noise`` at ``(1 - t) noise + t image`` for t in [0, 1], and drawing
follows it from noise to an image, here in 20 steps of the midpoint rule, 40 evaluations. The
weights that draw are a moving average.
"""

import copy
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from bench.race.contenders import until

_BATCH, _STEPS, _WIDTH = 64, 20, 40


class _Block(nn.Module):
    """Two convolutions and a way around them; time and class scale and shift the middle."""

    def __init__(self, before: int, after: int):
        super().__init__()
        self.first, self.second = (
            nn.Conv2d(channels, after, 3, padding=1) for channels in (before, after)
        )
        self.norms = nn.ModuleList([nn.GroupNorm(8, before), nn.GroupNorm(8, after)])
        self.when = nn.Linear(4 * _WIDTH, 2 * after)
        self.around = nn.Conv2d(before, after, 1)

    def forward(self, x: torch.Tensor, when: torch.Tensor) -> torch.Tensor:
        """(B, before, H, W) and (B, 4 * width) -> (B, after, H, W)."""
        scale, shift = self.when(when)[..., None, None].chunk(2, dim=1)
        middle = self.norms[1](self.first(F.silu(self.norms[0](x))))
        return self.around(x) + self.second(F.silu(middle * (1 + scale) + shift))


class _UNet(nn.Module):
    """28, 14 and 7 pixels a side, with widths of 40, 80 and 80."""

    def __init__(self):
        super().__init__()
        a, b = _WIDTH, 2 * _WIDTH
        self.classes = nn.Embedding(10, 4 * a)
        self.time = nn.Sequential(nn.Linear(a, 4 * a), nn.SiLU(), nn.Linear(4 * a, 4 * a))
        self.first = nn.Conv2d(1, a, 3, padding=1)
        self.down = nn.ModuleList([_Block(a, a), _Block(a, b), _Block(b, b)])
        self.middle = _Block(b, b)
        self.up = nn.ModuleList([_Block(b + b, b), _Block(b + b, a), _Block(a + a, a)])
        self.last = nn.Conv2d(a, 1, 3, padding=1)
        nn.init.zeros_(self.last.weight)

    def forward(self, x: torch.Tensor, t: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Images (B, 1, 28, 28), times (B,) and labels (B,) -> velocities like the images."""
        angles = t[:, None] * torch.exp(torch.linspace(0, 6, _WIDTH // 2))
        when = self.time(torch.cat([angles.sin(), angles.cos()], 1)) + self.classes(labels)
        when, kept = F.silu(when), []
        x = self.first(x)
        for number, block in enumerate(self.down):
            x = block(F.avg_pool2d(x, 2) if number else x, when)
            kept.append(x)
        x = self.middle(x, when)
        for number, block in enumerate(self.up):
            x = F.interpolate(x, scale_factor=2) if number else x
            x = block(torch.cat([x, kept.pop()], 1), when)
        return self.last(x)


def train(
    images: np.ndarray, labels: np.ndarray, minutes: float, seed: int
) -> Callable[[np.ndarray], np.ndarray]:
    """See ``contenders``."""
    torch.manual_seed(seed)
    network = _UNet()
    average = copy.deepcopy(network).requires_grad_(False)
    optimizer = torch.optim.Adam(network.parameters(), 2e-3, (0.9, 0.99))
    pixels, classes = torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64))
    steps = 0
    for share in until(minutes):
        optimizer.param_groups[0]["lr"] = 2e-3 * min(1, steps / 100) * (1 - share)
        rows = torch.randint(len(pixels), (_BATCH,))
        real = pixels[rows, None] / 127.5 - 1
        noise, t = torch.randn_like(real), torch.rand(_BATCH)
        between = torch.lerp(noise, real, t[:, None, None, None])
        optimizer.zero_grad()
        F.mse_loss(network(between, t, classes[rows]), real - noise).backward()
        optimizer.step()
        steps += 1
        decay = min(0.999, (1 + steps) / (10 + steps))
        for mean, weight in zip(average.parameters(), network.parameters(), strict=True):
            mean.lerp_(weight.detach(), 1 - decay)
    weights = sum(each.numel() for each in network.parameters())
    print(f"{steps} steps, {weights:,} weights", flush=True)

    @torch.no_grad()
    def draw(wanted: np.ndarray) -> np.ndarray:
        parts = []
        for some in torch.from_numpy(wanted.astype(np.int64)).split(500):
            x = torch.randn(len(some), 1, 28, 28)
            for number in range(_STEPS):
                t = torch.full((len(some),), number / _STEPS)
                half = x + average(x, t, some) / (2 * _STEPS)
                x = x + average(half, t + 1 / (2 * _STEPS), some) / _STEPS
            parts.append((127.5 * (x[:, 0] + 1)).round().clamp(0, 255).to(torch.uint8).numpy())
        return np.concatenate(parts)

    return draw
