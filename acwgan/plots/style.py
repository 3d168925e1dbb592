"""What all plots have in common: colors, and the width of a figure."""

#: Colors that color-blind people tell apart (Okabe and Ito 2008).
BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
SKY_BLUE, ORANGE, BLACK = "#56B4E9", "#E69F00", "#000000"
#: The same, in the order in which curves take them.
COLORS = (BLUE, VERMILION, GREEN, PURPLE, SKY_BLUE, ORANGE, BLACK)
#: Inches; a figure of this width prints 1:1 into the text of an A4 page.
FIGURE_WIDTH = 6.3
#: Settings of matplotlib for curves.
RC_PARAMS = {
    "font.size": 8.5,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "0.88",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "legend.handlelength": 3.2,
    "text.parse_math": False,  # A run may be called a$b$.
    "svg.fonttype": "none",  # Text that can be searched and edited.
    "svg.hashsalt": "acwgan",  # The same curves give the same file.
}
