"""Commands as users type them, within the process of the test."""

from acwgan.cli.app import build_parser, main


def run(*words):
    """The exit status of a command; its errors are raised, not printed."""
    arguments = build_parser().parse_args([str(word) for word in words])
    return arguments.command(arguments)


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
    """The exit status of ``acwgan evaluate``."""
    return run("evaluate", *words)
