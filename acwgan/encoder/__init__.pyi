from .hand import Hand as Hand
from .hand import encode as encode
from .trained import Encoder as Encoder
from .trained import EncoderError as EncoderError
from .trained import load_encoder as load_encoder
