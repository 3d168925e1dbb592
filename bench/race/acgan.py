"""A popular AC-GAN in PyTorch, at its own settings.

Facts from github.com/eriklindernoren/PyTorch-GAN, acgan.py: images of 32x32, an embedding of the
class times the latent (of 100), nearest upsampling, batch normalization with an epsilon of 0.8,
dropout of 0.25, Adam 2e-4 with beta_1 0.5, batch 64, the mean of both losses.
"""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from bench.race.contenders import until

_BATCH, _LATENT = 64, 100


class _Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.classes = nn.Embedding(10, _LATENT)
        self.first = nn.Linear(_LATENT, 128 * 8 * 8)
        self.layers = nn.Sequential(
            nn.BatchNorm2d(128),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(128, 128, 3, padding=1),
            nn.BatchNorm2d(128, 0.8),
            nn.LeakyReLU(0.2),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(128, 64, 3, padding=1),
            nn.BatchNorm2d(64, 0.8),
            nn.LeakyReLU(0.2),
            nn.Conv2d(64, 1, 3, padding=1),
            nn.Tanh(),
        )

    def forward(self, z: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Latents and labels -> images (B, 1, 32, 32)."""
        return self.layers(self.first(self.classes(labels) * z).view(-1, 128, 8, 8))


class _Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        layers: list[nn.Module] = []
        for number, (before, after) in enumerate([(1, 16), (16, 32), (32, 64), (64, 128)]):
            layers += [nn.Conv2d(before, after, 3, 2, 1), nn.LeakyReLU(0.2), nn.Dropout2d(0.25)]
            layers += [nn.BatchNorm2d(after, 0.8)] * (number > 0)
        self.layers = nn.Sequential(*layers, nn.Flatten())
        self.real, self.classes = nn.Linear(128 * 2 * 2, 1), nn.Linear(128 * 2 * 2, 10)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Images (B, 1, 32, 32) -> logits of real (B,) and of the classes (B, 10)."""
        features = self.layers(images)
        return self.real(features)[:, 0], self.classes(features)


def _initialize(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, 0, 0.02)
    if isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1, 0.02)


def train(
    images: np.ndarray, labels: np.ndarray, minutes: float, seed: int
) -> Callable[[np.ndarray], np.ndarray]:
    """See ``contenders``."""
    torch.manual_seed(seed)
    generator, discriminator = _Generator().apply(_initialize), _Discriminator().apply(_initialize)
    optimizers = [
        torch.optim.Adam(each.parameters(), 2e-4, (0.5, 0.999))
        for each in (generator, discriminator)
    ]

    def loss(outputs: tuple[torch.Tensor, torch.Tensor], real: float, classes: torch.Tensor):
        logits, of_classes = outputs
        adversarial = F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, real))
        return (adversarial + F.cross_entropy(of_classes, classes)) / 2

    pixels, classes = torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64))
    steps = 0
    for _ in until(minutes):
        rows = torch.randint(len(pixels), (_BATCH,))
        real = F.interpolate(pixels[rows, None] / 127.5 - 1, size=32, mode="bilinear")
        wanted = torch.randint(10, (_BATCH,))
        fake = generator(torch.randn(_BATCH, _LATENT), wanted)
        optimizers[0].zero_grad()
        loss(discriminator(fake), 1.0, wanted).backward()
        optimizers[0].step()
        optimizers[1].zero_grad()
        both = loss(discriminator(real), 1.0, classes[rows])
        both = (both + loss(discriminator(fake.detach()), 0.0, wanted)) / 2
        both.backward()
        optimizers[1].step()
        steps += 1
    print(f"{steps} steps", flush=True)
    generator.eval()

    @torch.no_grad()
    def draw(wanted: np.ndarray) -> np.ndarray:
        parts = []
        for some in torch.from_numpy(wanted.astype(np.int64)).split(500):
            found = generator(torch.randn(len(some), _LATENT), some)
            found = F.interpolate(found, size=28, mode="bilinear", antialias=True)[:, 0]
            parts.append((127.5 * (found + 1)).round().clamp(0, 255).to(torch.uint8).numpy())
        return np.concatenate(parts)

    return draw
