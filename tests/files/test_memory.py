"""The memory of a process: the machine's, or that of its control group."""

import os

from acwgan.files.memory import Memory, memory_of_process, resident_bytes

GIB = 1 << 30


def make_root(folder, cgroup, files):
    """A folder as ``/``: a machine with 64 GiB, of which 48 are free, and control groups."""
    files = {
        "proc/meminfo": f"MemTotal: {64 << 20} kB\nMemAvailable: {48 << 20} kB\n",
        "proc/self/cgroup": cgroup,
        **{f"sys/fs/cgroup/{name}": content for name, content in files.items()},
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(content))
    return folder


def test_without_a_limit_it_is_the_machine_s(tmp_path):
    root = make_root(tmp_path, "0::/user.slice\n", {"user.slice/memory.max": "max\n"})
    assert memory_of_process(root).free == 48 * GIB


def test_the_least_limit_of_the_control_groups_counts(tmp_path):
    files = {
        "job/memory.max": 8 * GIB,
        "job/memory.current": 3 * GIB,
        "job/memory.stat": f"anon 5\ninactive_file {GIB}\n",
        "job/step/memory.max": "max",
        "job/step/memory.current": GIB,
    }
    root = make_root(tmp_path, "0::/job/step\n", files)
    assert memory_of_process(root) == Memory(8 * GIB, 6 * GIB)  # Its file cache can be dropped.


def test_version_1_of_control_groups_in_a_container(tmp_path):
    files = {
        "memory/memory.limit_in_bytes": 2 * GIB,
        "memory/memory.usage_in_bytes": GIB,
        "memory/memory.stat": "total_inactive_file 0\n",
    }
    root = make_root(tmp_path, "5:cpu:/a\n4:memory:/docker/of-the-host\n", files)
    assert memory_of_process(root) == Memory(2 * GIB, GIB)


def test_this_very_process_has_memory():
    memory = memory_of_process()
    assert 0 < resident_bytes() < memory.total
    assert memory.total <= os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
