"""Runs that a power cut left behind, resumed by ``train``.

Imports everything once and forks for a few resumes at a time: only this thread is there to be
copied. A line of JSON in, a line out.

From the moment when the run is restored, which is when it opens its first event file, all that
follows is determined by what its folder holds. So a folder that has been gone on from before is
left at that moment.
"""

import json
import os
import sys
import traceback
import warnings
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf
from disk_states import digest, files_in

from acwgan.config import Config
from acwgan.errors import UserError, UserNotice
from acwgan.runs.checkpoints import latest
from acwgan.runs.folder import RunFolderError
from acwgan.runs.lock import LOCK
from acwgan.training.trainer import train

#: Resumes of one process.
RESUMES = 200


class KnownError(BaseException):
    """The restored folder has been gone on from before."""


def resume(run_dir, config, known):
    """What came of ``train(resume=True)``, after its refusal of ``train()``; for the test."""
    run_dir, config = Path(run_dir), Config.from_json(config)
    result = {"refused": None, "start": None, "restored": None, "known": False, "error": None}
    open_events = tf.summary.create_file_writer

    def restored(*arguments, **options):
        files = files_in(run_dir)
        files.pop(LOCK)  # It has the number of the process.
        newest = latest(run_dir)
        result.update(start=newest and newest.name, restored=digest(files))
        if result["restored"] in known:
            raise KnownError
        return open_events(*arguments, **options)

    tf.summary.create_file_writer = restored
    with warnings.catch_warnings(record=True) as notices:
        warnings.simplefilter("always")
        try:
            try:
                train(config, run_dir, resume=True)
            except RunFolderError as error:
                result["refused"] = str(error)
                train(config, run_dir)
        except KnownError:
            result["known"] = True
        except UserError as error:
            result["error"] = f"{type(error).__name__}: {error}"
        except BaseException:
            result["error"] = traceback.format_exc()
    tf.summary.create_file_writer = open_events
    return {**result, "notices": [str(n.message) for n in notices if n.category is UserNotice]}


def answers(known, news):
    """Answer some requests; False where there are no more. What is known next goes to ``news``."""
    for _ in range(RESUMES):
        line = sys.stdin.readline()
        if not line:
            return False
        result = resume(**json.loads(line), known=known)
        known.add(result["restored"])
        os.write(news, f"{result['restored']}\n".encode())
        print(json.dumps(result), flush=True)
    return True


if __name__ == "__main__":
    assert len(os.listdir("/proc/self/task")) == 1  # Else a fork would lose the other threads.
    known, status = set(), 0
    while status == 0:
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os._exit(not answers(known, writer))
        os.close(writer)
        with os.fdopen(reader) as news:
            known.update(news.read().split())
        status = os.waitpid(child, 0)[1]
