"""Commands as people type them, within the process of the test."""

import argparse

from acwgan.cli import evaluate as command
from acwgan.cli.app import main


def fails(capsys, *words):
    """The one line of a command that must fail with the status 2."""
    try:
        status = main([str(word) for word in words])
    except SystemExit as stop:
        status = stop.code
    captured = capsys.readouterr()
    assert status == 2 and captured.out == ""
    assert len(captured.err.splitlines()) == 1
    return captured.err


def evaluate(*words):
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    arguments = parser.parse_args(["evaluate", *map(str, words)])
    return arguments.command(arguments)
