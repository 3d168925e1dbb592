from . import callbacks as callbacks
from . import datasets as datasets
from . import devices as devices
from . import encoder as encoder
from . import evaluation as evaluation
from . import export as export
from . import generation as generation
from . import images as images
from . import networks as networks
from . import runs as runs
from . import training as training
from . import wgan as wgan
from .config import Config as Config
from .generation.loading import load as load
from .presets import PRESETS as PRESETS
from .run import Run as Run
from .training.trainer import train as train
from .wgan.model import WGAN as WGAN

__version__: str
