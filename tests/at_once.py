"""The same work in three new processes that begin at once.

A new process imports the work by the name of its module. This one is found by its name; a test's
own module is not (``--import-mode=importlib``): an installed package may be called ``tests`` too.
"""

import multiprocessing
import traceback

import numpy as np

from acwgan.datasets import prepared
from acwgan.datasets.digest import content_digest
from acwgan.datasets.loading import load
from acwgan.files.atomic import whole_file, whole_folder


def three_at_once(work, *arguments, timeout=120):
    """What ``work(*arguments)`` returns in each of three processes."""
    context = multiprocessing.get_context("spawn")
    start, results = context.Barrier(3), context.Queue()
    processes = [
        context.Process(target=_at_the_start, args=(start, results, work, arguments))
        for _ in range(3)
    ]
    for process in processes:
        process.start()
    found = [results.get(timeout=timeout) for _ in processes]
    for process in processes:
        process.join()
    return found


def _at_the_start(start, results, work, arguments):
    start.wait()
    try:
        results.put(work(*arguments))
    except BaseException:
        results.put(traceback.format_exc())


def write_many(path):
    """Writes a file and a folder 60 times each."""
    for number in range(60):
        with whole_folder(path / "folder", lambda folder: True) as partial:
            (partial / "a.txt").write_text(str(number))
        with whole_file(path / "a.txt") as partial:
            partial.write_text(str(number))


def prepare(folder, cache):
    """The digest of a prepared folder's data, and whether they are mapped."""
    prepared.SMALL = 1000
    data = load(folder, cache=cache)
    return content_digest(*data[:4]), isinstance(data.train_images, np.memmap)
