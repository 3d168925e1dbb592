"""How many critic updates come before each generator update.

A schedule is a plain function ``generator_step -> critic updates`` (steps count from 0), so that
it can be read, tested and continued after a stop without any state.

Sources: Arjovsky et al. 2017, "Wasserstein GAN", Algorithm 1 line 2 (``constant``); the authors'
published code (``paper``); the Keras article that this package reproduces (``article``).
"""

import inspect
import numbers
from collections.abc import Callable

from acwgan.errors import ParameterError, reason_of

#: Critic updates in a burst; bursts are in the authors' code, not in Algorithm 1.
BURST = 100
#: Generator steps at the start of a training that each come after a burst.
OPENING_BURSTS = 25
Schedule = Callable[[int], int]


def constant(n_critic: int = 5) -> Schedule:
    """Always ``n_critic`` critic updates (Algorithm 1 line 2).

    Args:
        n_critic: Critic updates per generator update.

    Returns:
        The schedule.

    Example:
        >>> [constant(3)(step) for step in (0, 24, 500)]
        [3, 3, 3]
    """
    return lambda step: n_critic


def paper(n_critic: int = 5, opening_bursts: int = OPENING_BURSTS) -> Schedule:
    """The WGAN authors' code: 100 while ``step < 25``, and where ``step % 500 == 0`` later.

    Args:
        n_critic: Critic updates per generator update outside the bursts.
        opening_bursts: Number of bursts at the start; 25 in the code.

    Returns:
        The schedule.

    Example:
        >>> [paper()(step) for step in (0, 24, 25, 500, 1000, 1001)]
        [100, 100, 5, 100, 100, 5]
    """
    return lambda step: BURST if step < opening_bursts or _is_late(step) else n_critic


def article(n_critic: int = 5, opening_bursts: int = OPENING_BURSTS) -> Schedule:
    """The Keras article: the bursts come back, 100 while ``step % 1000 < 25``.

    Args:
        n_critic: Critic updates per generator update outside the bursts.
        opening_bursts: Number of bursts at the start and after each 1,000 steps; 25 there.

    Returns:
        The schedule.

    Example:
        >>> [article()(step) for step in (0, 24, 25, 500, 1000, 1001)]
        [100, 100, 5, 100, 100, 100]
    """
    return lambda step: BURST if step % 1000 < opening_bursts or _is_late(step) else n_critic


def _is_late(step: int) -> bool:
    """Whether a single burst comes before a step, as every 500 steps in the authors' code."""
    return step > 0 and step % 500 == 0


#: Name in ``Config.schedule`` -> makes the schedule from ``n_critic``, and from ``opening_bursts``
#: if it has a parameter of this name.
SCHEDULES: dict[str, Callable[..., Schedule]] = {
    "constant": constant,
    "paper": paper,
    "article": article,
}


def has_opening(name: str) -> bool:
    """Whether a schedule of the table begins with bursts whose number can be set.

    Args:
        name: Name in ``SCHEDULES``.

    Example:
        >>> has_opening("paper"), has_opening("constant")
        (True, False)
    """
    return "opening_bursts" in inspect.signature(SCHEDULES[name]).parameters


def schedule_of(name: str, n_critic: int, opening_bursts: int = OPENING_BURSTS) -> Schedule:
    """A schedule of the table, whose values are checked: it may be one that a program has added.

    Args:
        name: Name in ``SCHEDULES``.
        n_critic: Critic updates per generator update outside of bursts.
        opening_bursts: Bursts at the start, of a schedule that has any.

    Returns:
        The schedule. It raises a ``ParameterError`` where it fails, or where its value is not a
        whole number, 1 or more.

    Example:
        >>> schedule_of("paper", 5)(1)
        100
    """
    opening = {"opening_bursts": opening_bursts} if has_opening(name) else {}
    schedule = SCHEDULES[name](n_critic, **opening)

    def checked(step: int) -> int:
        try:
            updates = schedule(step)
        except Exception as error:  # Whatever the user's code raises.
            fault = f"{name} fails at generator step {step}: {reason_of(error, with_type=True)}"
            raise ParameterError({"schedule": fault}) from error
        if not isinstance(updates, numbers.Integral) or updates < 1:
            fault = "must give whole numbers of critic updates, 1 or more"
            raise ParameterError(
                {"schedule": f"{fault}; {name} gives {updates!r} at generator step {step}"}
            )
        return int(updates)

    return checked


def plan(
    schedule: Schedule, generator_step: int, done: int, until: int, work: int
) -> list[tuple[int, int]]:
    """What one call of the compiled loop does: rows of critic and generator updates.

    A burst is half a minute of work, and nothing can be shown or stopped within a call. So the
    critic updates before a generator update may be cut into several rows, of which only the last
    one has the generator update.

    Args:
        schedule: Critic updates before each generator update.
        generator_step: Generator steps made so far.
        done: Critic updates already made towards the next generator update.
        until: Generator step at which the plan ends at the latest.
        work: Number of critic updates that the call should hold, about; at least 1.

    Returns:
        Rows ``(critic updates, generator updates)``; the second is 0 in a row that cuts a burst.
        Every generator update comes in the same row as the critic update before it.

    Example:
        >>> plan(constant(5), generator_step=0, done=0, until=2, work=100)
        [(5, 1), (5, 1)]
        >>> plan(paper(), generator_step=0, done=70, until=2, work=60)
        [(30, 1), (30, 0)]
    """
    rows: list[tuple[int, int]] = []
    while generator_step < until and work > 0:
        left = schedule(generator_step) - done
        if left > work:
            return [*rows, (work, 0)]
        rows.append((left, 1))
        work -= left
        generator_step, done = generator_step + 1, 0
    return rows
