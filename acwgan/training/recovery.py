"""How a training goes on, or ends with one line, when something fails."""

from acwgan.runs import checkpoints

#: Factor on the learning rates with which a run goes back to a checkpoint for the last time.
LEAST_RATES = 2**-10


def explained(run_dir, fault, option=""):
    """A fault, and how to go on from what is saved."""
    last = checkpoints.latest(run_dir)
    if last is None:
        return f"{run_dir}: {fault}; there is no checkpoint yet, begin again with --overwrite."
    go_on = f"acwgan train --resume --run-dir {run_dir}{option}"
    return f"{run_dir}: {fault}; the last good checkpoint is {last.name}, go on with: {go_on}"


def reason(error):
    """What could not be written, in a few words."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'a file'} cannot be written ({error.strerror})"
    return str(error).splitlines()[0]
