from .writer import STYLES as STYLES
from .writer import write_page as write_page
