from .config import Config as Config
from .generation.loading import load as load
from .presets import PRESETS as PRESETS
from .run import Run as Run
from .training.trainer import train as train
from .wgan.model import WGAN as WGAN

__version__: str
