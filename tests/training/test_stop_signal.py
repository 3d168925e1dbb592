import signal
import threading

import pytest

from acwgan.training.stop_signal import StopSignal


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_noted_and_the_handler_before_comes_back(signum):
    before = signal.getsignal(signum)
    with StopSignal() as stop:
        assert stop.signum is None
        signal.raise_signal(signum)
        assert stop.signum == signum
        assert signal.getsignal(signum) == before
    assert signal.getsignal(signum) == before


def test_a_second_ctrl_c_interrupts_at_once():
    with pytest.raises(KeyboardInterrupt), StopSignal():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)


def test_in_another_thread_nothing_is_changed():
    before, seen = signal.getsignal(signal.SIGINT), []

    def work():
        with StopSignal():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
