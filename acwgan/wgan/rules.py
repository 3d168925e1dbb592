"""What an update of the two networks does, as settings."""

import dataclasses

#: Generator steps of a training whose learning rates are not raised, and the most that those of a
#: shorter one are (``bench/recipes.md``).
FULL_LENGTH, MOST_RAISED = 16_000, 20.0


@dataclasses.dataclass(frozen=True)
class UpdateRules:
    """How ``WGAN`` updates its networks.

    The defaults are the plain Algorithm 1 of Arjovsky et al. 2017 without its clipping; the
    recipes are in ``acwgan.presets``.

    Attributes:
        ema_decay: Decay of the generator's moving average for each generator step, or None.
        averaging_from: Generator steps before the average begins; until then it is the generator.
        averaging_gamma: Exponent of the averaging "power".
        clip_value: The paper's c: all critic weights stay in [-c, c]. None: no clipping.
        clip_before_update: Clip before each critic update, as the authors' code does; if False,
            after it, as Algorithm 1 does.
        gp_weight: Weight of the penalty, lambda of WGAN-GP; None: no penalty.
        gp_every: Take the penalty on every n-th example of a batch.
        critic_class_weight: Weight of the class term in the critic's loss.
        generator_class_weight: Weight of the class term in the generator's loss.
        class_in_score: Score an image as one of its class, with the class logit of its label
            (``networks.calls.scores_of``): the distance is then one of images and labels together.
            False: the score knows no labels, and only the class term does.
        class_loss_on_fakes: Train the critic's class head on fake images too.
        joint_update: Make one critic update on the difference of the scores; if False, two: on
            the real batch, then on the fake one.
        fakes_in_inference: Draw the fakes of a critic update with the generator's moving
            statistics, as Keras' ``predict`` does; if False, with those of the batch.
        augmentation: Probability of each augmentation of the images that the critic sees, at the
            start; None: no augmentation.
        decay_steps: Generator steps in which both learning rates fall to 0, or None.
        raise_rates: Raise rates that fall to 0 in a short training; see ``rates_factor``.
        earlier_lengths: (Until this generator step, the ``decay_steps`` of the steps before it),
            in their order, where a resumed run has changed its length.
    """

    ema_decay: float | None = None
    averaging_from: int = 0
    averaging_gamma: float = 6.94
    clip_value: float | None = None
    clip_before_update: bool = False
    gp_weight: float | None = None
    gp_every: int = 1
    critic_class_weight: float = 1.0
    generator_class_weight: float = 1.0
    class_in_score: bool = False
    class_loss_on_fakes: bool = False
    joint_update: bool = True
    fakes_in_inference: bool = False
    augmentation: float | None = None
    decay_steps: int | None = None
    raise_rates: bool = False
    earlier_lengths: tuple[tuple[int, int], ...] = ()


def rates_factor(decay_steps: float) -> float:
    """What raised learning rates are multiplied with, 1 to 20.

    Rates that fall to 0 within a few steps teach little. In a training of fewer than 16,000 steps
    their sum is the same as in one of 16,000, as long as they are at most 20 times as high
    (``bench/recipes.md``).

    Args:
        decay_steps: Generator steps in which they fall to 0.

    Example:
        >>> rates_factor(100), rates_factor(4000), rates_factor(32_000)
        (20.0, 4.0, 1.0)
    """
    return min(max(FULL_LENGTH / decay_steps, 1.0), MOST_RAISED)
