from .curves import plot as plot
from .curves import running_median as running_median
from .video import Video as Video
from .video import timeline as timeline
