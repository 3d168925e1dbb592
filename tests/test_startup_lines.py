"""Start-up lines are dropped in any number of threads, and all other lines come out."""

import subprocess
import sys
import textwrap

import numpy as np

from acwgan.cli.app import main


def run(code):
    command = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)


def test_a_thread_may_start_what_it_needs_while_another_one_waits_for_it():
    done = run("""
        import os, threading
        from acwgan.startup_lines import without_start_up_lines

        def work():
            with without_start_up_lines():
                os.write(2, b"W0000 of a thread\\nan error of a thread\\n")

        with without_start_up_lines():
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
            os.write(2, b"an error\\n")
        os.write(2, b"later\\n")
    """)
    assert done.stderr.splitlines() == ["an error of a thread", "an error", "later"]


def test_the_first_thread_may_leave_before_the_others():
    done = run("""
        import os, threading
        from acwgan.startup_lines import without_start_up_lines

        inside, leave = threading.Event(), threading.Event()

        def work():
            with without_start_up_lines():
                inside.set()
                leave.wait()

        thread = threading.Thread(target=work)
        with without_start_up_lines():
            thread.start()
            inside.wait()
            os.write(2, b"an error\\n")
        os.write(2, b"I0000 of a thread\\n")
        leave.set()
        thread.join()
        os.write(2, b"later\\n")
    """)
    assert done.stderr.splitlines() == ["an error", "later"]


def test_a_forked_process_writes_to_the_terminal_at_once():
    done = run("""
        import os
        from acwgan.startup_lines import without_start_up_lines

        with without_start_up_lines():
            if os.fork() == 0:
                os.write(2, b"child\\n")
                with without_start_up_lines():
                    os.write(2, b"I0000 child\\nmore\\n")
                os._exit(0)
            os.wait()
        os.write(2, b"parent\\n")
    """)
    assert done.stderr.splitlines() == ["child", "more", "parent"]


def test_many_images_are_scored(tmp_path, monkeypatch):
    """Their batches go to several threads, each of which starts an interpreter."""
    monkeypatch.setattr("acwgan.generation.litert._cores", lambda: 3)
    images = np.zeros((3000, 28, 28), np.uint8)
    np.savez(tmp_path / "many.npz", x_train=images, y_train=np.zeros(3000, np.uint8))
    assert main(["score", str(tmp_path / "many.npz"), "--csv", str(tmp_path / "scores.csv")]) == 0
    assert len((tmp_path / "scores.csv").read_text().splitlines()) == 3001
