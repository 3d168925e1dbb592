"""The one table of metric tags: what each means, and where it is shown.

TensorBoard, ``acwgan plot``, ``acwgan video`` and the progress line read it. A new metric needs
the code that computes it and one row here.
"""

from typing import NamedTuple


class Panel(NamedTuple):
    """A panel of ``acwgan plot``; its curves are the tags that name it."""

    title: str
    unit: str  # values of unit "%" are shares, drawn times 100
    log: bool = False  # logarithmic axis
    noisy: bool = True  # one batch per value: drawn smoothed, without its outliers


class Tag(NamedTuple):
    """One row of the table."""

    name: str
    description: str  # shown by TensorBoard
    chart: str | None = None  # title on TensorBoard's page "Custom scalars"
    panel: Panel | None = None
    legend: str = ""  # in a panel with several curves
    progress: str = ""  # short name in the progress line
    caption: str = ""  # short name under the pictures of ``acwgan video``


_ESTIMATES = "Wasserstein estimate: batch trained on, held out"
_LOSSES = "Losses of the two networks"
_TERMS = "Class and penalty terms"
_CLASSES = "Classes as the critic reads them"
_DISTANCE = "Quality: Fréchet distance"
_ACCURACY = "Quality: class accuracy, of all and of each class"
_GRADIENTS = "Gradient norms"
#: The charts in the order of the page.
CHARTS = (_ESTIMATES, _LOSSES, _TERMS, _CLASSES, _DISTANCE, _ACCURACY, _GRADIENTS)

_LOSS_PANEL = Panel("Combined loss", "loss")
_ESTIMATE_PANEL = Panel("Wasserstein estimate", "real − fake score")
_CLASS_PANEL = Panel("Class loss of the critic", "nats", log=True)
_ACCURACY_PANEL = Panel(
    "Class accuracy: generated images that the judge reads as asked for", "%", noisy=False
)
_DISTANCE_PANEL = Panel(
    "Fréchet distance of generated images from real ones", "distance", log=True, noisy=False
)
#: The accuracy of all classes; that of one is the tag ``CLASS_ACCURACY/NAME``.
CLASS_ACCURACY = "quality/class_accuracy"
#: The text that stands for many such tags.
WORST_CLASSES = "worst_classes"
#: The panels from top to bottom.
PANELS = (_LOSS_PANEL, _ESTIMATE_PANEL, _CLASS_PANEL, _ACCURACY_PANEL, _DISTANCE_PANEL)

#: In the order of the progress line, of captions, and of curves within a panel.
TAGS = (
    Tag(
        "loss/critic",
        "What the critic minimizes: mean score of fakes - mean score of reals, plus the weighted "
        "class and penalty terms; any sign.",
        _LOSSES,
        _LOSS_PANEL,
        legend="critic",
        progress="critic",
        caption="critic",
    ),
    Tag(
        "loss/generator",
        "What the generator minimizes: -mean score of fakes, plus the weighted class term; any "
        "sign.",
        _LOSSES,
        _LOSS_PANEL,
        legend="generator",
        progress="generator",
        caption="generator",
    ),
    Tag(
        "wasserstein_estimate",
        "Mean score of reals - mean score of fakes in the batch trained on, in units of the "
        "critic's slope; it falls as the fakes get better.",
        _ESTIMATES,
        _ESTIMATE_PANEL,
        progress="Wasserstein",
    ),
    Tag(
        "wasserstein_estimate_held_out",
        "The Wasserstein estimate on real images that the critic never learns from. If it is well "
        "below the estimate on the batch, the critic has memorized its images.",
        _ESTIMATES,
    ),
    Tag(
        "loss/class_real",
        "Cross-entropy of the critic's class head on real images, in nats, 0 or more; a guess "
        "among 10 classes is 2.3.",
        _TERMS,
        _CLASS_PANEL,
        legend="real images",
    ),
    Tag(
        "loss/class_fake",
        "Cross-entropy of the critic's class head on fakes and the classes that were asked for, "
        "in nats, 0 or more.",
        _TERMS,
        _CLASS_PANEL,
        legend="fake images",
    ),
    Tag(
        "loss/penalty",
        "Gradient penalty mean((norm - 1)^2) before its weight, 0 or more; 0 where the critic's "
        "slope is 1.",
        _TERMS,
    ),
    Tag(
        "loss/generator_class",
        "Cross-entropy of the critic's class head on the generator's own batch, before its "
        "weight, in nats, 0 or more.",
        _TERMS,
    ),
    Tag("score/real", "Mean score of real images; any range, only differences mean something."),
    Tag("score/fake", "Mean score of fakes; any range, only differences mean something."),
    Tag(
        "class/accuracy_real",
        "Share of the real images whose class the critic reads right, 0 to 1.",
        _CLASSES,
    ),
    Tag(
        "class/accuracy_fake",
        "Share of the fakes that the critic reads as the class that was asked for, 0 to 1.",
        _CLASSES,
        progress="class acc.",
    ),
    Tag(
        CLASS_ACCURACY,
        "Share of the samples that the judge reads as the class that was asked for, 0 to 1; high "
        "is good.",
        _ACCURACY,
        _ACCURACY_PANEL,
    ),
    Tag(
        "quality/frechet_distance",
        "Distance between the judge's features of samples and of training images, 0 or more; low "
        "is good.",
        _DISTANCE,
        _DISTANCE_PANEL,
    ),
    Tag(
        "gradient_norm/critic",
        "Norm of all gradients of the last critic step together, 0 or more.",
        _GRADIENTS,
    ),
    Tag(
        "gradient_norm/generator",
        "Norm of all gradients of the last generator step together, 0 or more.",
        _GRADIENTS,
    ),
    Tag(
        "augmentation/probability",
        "Probability of each augmentation of the images that the critic sees, 0 to 1; it rises "
        "while the critic memorizes its training images.",
    ),
    Tag("weights/clipped_share", "Share of the critic's weights at the clip bound, 0 to 1."),
    Tag("weights/critic", "All trainable weights of the critic."),
    Tag("speed/generator_steps_per_second", "Generator steps per second."),
    Tag("samples/grid", "The same latents at each step; a row is a class, a column a latent."),
    Tag("samples/fresh", "New latents at each step."),
    Tag("samples/walk", "Each row walks from one latent to another, the same two at each step."),
    Tag("samples/video", "The sample pictures up to this step, one after the other."),
    Tag(WORST_CLASSES, "Of many classes, the 20 with the lowest class accuracy at this step."),
    Tag("warnings", "Problems of the training, each at the step at which it began."),
)
#: Tag -> what it means.
DESCRIPTIONS = {tag.name: tag.description for tag in TAGS}


def class_of(tag: str) -> str | None:
    """The class whose accuracy a tag is about; None for other tags.

    Example:
        >>> class_of("quality/class_accuracy/hot/cold"), class_of("quality/class_accuracy")
        ('hot/cold', None)
    """
    name = tag.removeprefix(f"{CLASS_ACCURACY}/")
    return None if name == tag else name
