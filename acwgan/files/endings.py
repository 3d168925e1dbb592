"""The ending of a file's name, which says what is in the file."""

from pathlib import Path

from acwgan.errors import ParameterError


def check_ending(parameter: str, path: str | Path, *allowed: str) -> str:
    """Refuse a file name whose ending does not fit what is written.

    Args:
        parameter: Name of the parameter that holds the path, for the message.
        path: Path of the file.
        *allowed: Endings that are allowed, in lower case, as ``.png``.

    Returns:
        The ending of ``path`` in lower case, one of ``allowed``.

    Raises:
        ParameterError: If ``path`` has another ending.

    Example:
        >>> check_ending("out", "curves.SVG", ".png", ".svg")
        '.svg'
    """
    ending = Path(path).suffix.lower()
    if ending not in allowed:
        raise ParameterError(
            {parameter: f"must end in {' or '.join(allowed)}, got {str(path)!r}"},
        )
    return ending
