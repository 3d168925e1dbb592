"""Text for people: printable names, their width on a terminal, and commands to paste."""

import os
import shlex
import unicodedata
from collections.abc import Sequence
from pathlib import Path

#: Characters without width that join the letters of some scripts, and the parts of some emoji.
JOINERS = "\u200c\u200d"


def printable(text: str) -> str:
    r"""A text without control characters, which could change what a terminal shows.

    Args:
        text: Any text; it may hold names from elsewhere.

    Returns:
        The text on one line, with each character that is not printable as its escape in Python.

    Example:
        >>> print(printable("red\x1b[31m\nnew line"))
        red\x1b[31m\nnew line
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in JOINERS else repr(c)[1:-1] for c in text)


def width(text: str) -> int:
    """Columns that a printable text takes on a terminal: two for a wide character, as in Chinese.

    Example:
        >>> width("boot"), width("長靴")
        (4, 4)
    """
    return sum(map(_columns, text))


def padded(text: str, columns: int, right: bool = False) -> str:
    """A text with blanks up to a width on a terminal.

    Args:
        text: Printable text.
        columns: The width; a longer text is returned as it is.
        right: Whether the blanks come first.

    Example:
        >>> padded("長靴", 6) + "|", padded("7", 3, right=True)
        ('長靴  |', '  7')
    """
    blanks = " " * (columns - width(text))
    return blanks + text if right else text + blanks


def either(words: Sequence[str]) -> str:
    """Words as a choice in a sentence.

    Args:
        words: One or more words.

    Example:
        >>> either(["PNG", "JPEG", "TIFF"]), either(["PNG"])
        ('PNG, JPEG or TIFF', 'PNG')
    """
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def command(*words: str | Path, **options: object) -> str:
    """A command that can be pasted into a shell, whatever the names in it are.

    Args:
        *words: The words after ``acwgan``; the paths among them are ``Path`` objects.
        **options: Parameter -> value of the options after them, such as ``run_dir``; True for an
            option without a value.

    Returns:
        The command, in printable characters.

    Example:
        >>> print(command("generate", "7", checkpoint=Path("out/my run")))
        acwgan generate 7 --checkpoint 'out/my run'
        >>> print(command("board", Path("-runs")), command("generate", classes="-1,boot"))
        acwgan board ./-runs acwgan generate --classes=-1,boot
    """
    parts = [_not_an_option(word) for word in ("acwgan", *words)]
    for name, value in options.items():
        option, text = "--" + name.replace("_", "-"), _not_an_option(value)
        if value is True:
            parts.append(option)
        else:
            parts += [f"{option}={text}"] if text.startswith("-") else [option, text]
    return " ".join(map(shell_word, parts))


def shell_word(text: str) -> str:
    r"""One word of a command, quoted for a shell.

    Args:
        text: Any text, such as a path.

    Returns:
        The word in printable characters. What a message cannot show, or this locale cannot write,
        is escaped as bash, zsh and POSIX 2024 read it.

    Example:
        >>> print(shell_word("it's"), shell_word("two\nlines"))
        'it'"'"'s' $'two\012lines'
    """
    # The command line reads backticks in messages as parameters.
    if text.isprintable() and "`" not in text and _is_writable(text):
        return shlex.quote(text)
    return "$'" + "".join(map(_escaped, text)) + "'"


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):  # Joins the character before it.
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _not_an_option(value: object) -> str:
    text = str(value)
    return f"./{text}" if isinstance(value, Path) and text.startswith("-") else text


def _is_writable(text: str) -> bool:
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return True


def _escaped(character: str) -> str:
    if character.isascii() and character.isprintable() and character not in "\\'`":
        return character
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape"))
