from .descent import DifferentiableGenerator as DifferentiableGenerator
from .descent import differentiable_critic as differentiable_critic
from .descent import differentiable_generator as differentiable_generator
from .litert_gradients import DifferentiableModel as DifferentiableModel
from .network import build_encoder as build_encoder
from .training import train_encoder as train_encoder
