"""Names of files that every file system takes."""

from urllib.parse import quote

#: Characters that no name on Windows may have; ``/`` on no system. ``%`` marks a replaced one.
_FORBIDDEN = set('<>:"/\\|?*%')
#: Most bytes of a name: file systems take 255, with what the caller adds.
_MOST_BYTES = 150


def safe_name(text: str) -> str:
    """A text as a part of a file name, on every file system.

    Args:
        text: Any text, such as the name of a class.

    Returns:
        The text with each forbidden character as ``%`` and its bytes in hex digits, as in an
        address of the web, so that different texts have different names; cut where it is very long.

    Example:
        >>> safe_name("Ankle boot"), safe_name("T-shirt/top"), safe_name("..")
        ('Ankle boot', 'T-shirt%2Ftop', '.%2E')
    """
    name = "".join(
        c if c.isprintable() and c not in _FORBIDDEN else quote(c, "", errors="surrogatepass")
        for c in text
    )
    while len(name.encode("utf-8", "surrogatepass")) > _MOST_BYTES:
        name = name[:-1]
    # Windows drops blanks and dots at the end.
    return f"{name[:-1]}%{ord(name[-1]):02X}" if name.endswith((" ", ".")) else name
