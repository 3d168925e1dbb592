from .events import RunLog as RunLog
from .pages import class_embeddings as class_embeddings
from .pages import hparams as hparams
from .pages import layout as layout
from .pages import networks_graph as networks_graph
from .pages import projector as projector
from .pages import settings_text as settings_text
