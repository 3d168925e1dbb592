import argparse
import subprocess
import sys

import pytest

from acwgan.cli.app import build_parser, main


def script(shell, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--print-completion", shell])
    captured = capsys.readouterr()
    assert stop.value.code in (0, None) and captured.err == ""
    return captured.out


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_the_script_has_all_commands_and_options(shell, capsys):
    text = script(shell, capsys)
    (commands,) = build_parser()._subparsers._group_actions
    for name, parser in commands.choices.items():
        assert name in text
        for action in parser._actions:
            if action.help != argparse.SUPPRESS:  # Old options work, but are not offered.
                assert all(option in text for option in action.option_strings)
    assert "wgan-paper-nobn" in text


def completed(text, *words):
    """What bash offers for the last of the words."""
    begin = f"COMP_WORDS=(acwgan {' '.join(words)}); COMP_CWORD={len(words)}; _shtab_acwgan"
    code = f"{text}\n{begin}\necho ${{COMPREPLY[@]}}"
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_bash_accepts_the_script_and_completes(capsys, tmp_path):
    text = script("bash", capsys)
    path = tmp_path / "acwgan.bash"
    path.write_text(text)
    done = subprocess.run(["bash", "-n", path], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert completed(text, "gen") == ["generate"]
    assert completed(text, "generate", "--tr") == ["--truncation"]
    assert completed(text, "export", "--format", "k") == ["keras"]


def test_the_library_for_it_is_imported_only_then():
    code = "import sys, acwgan.cli.app as a; a.build_parser(); print('shtab' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
