"""Griffe knows the docstring section ``Examples:``; ours have one example, under ``Example:``."""

import re

import griffe


class Example(griffe.Extension):
    """Read the section ``Example:`` as ``Examples:``."""

    def on_object(self, *, obj, **_):
        if obj.docstring:
            obj.docstring.value = re.sub(
                r"^Example:$", "Examples:", obj.docstring.value, flags=re.M
            )
