"""What an update of the two networks does, as settings."""

import dataclasses


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
        class_loss_on_fakes: Train the critic's class head on fake images too.
        joint_update: Make one critic update on the difference of the scores; if False, two: on
            the real batch, then on the fake one.
        fakes_in_inference: Draw the fakes of a critic update with the generator's moving
            statistics, as Keras' ``predict`` does; if False, with those of the batch.
        augmentation: Probability of each augmentation of the images that the critic sees, at the
            start; None: no augmentation.
        decay_steps: Generator steps in which both learning rates fall to 0, or None.
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
    class_loss_on_fakes: bool = False
    joint_update: bool = True
    fakes_in_inference: bool = False
    augmentation: float | None = None
    decay_steps: int | None = None
    earlier_lengths: tuple[tuple[int, int], ...] = ()
