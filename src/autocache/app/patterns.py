"""Glob patterns over parameter names, as CONFIG GET has them.

The matcher goes back to the last `*` only, so that its time is bounded by the product of the two lengths
whatever a client sends; a regular expression made from `*a*a*a*...` would not be.
"""

import re
from collections.abc import Sequence

#: One element of a pattern: what matches one character, or None for `*`.
Element = re.Pattern[str] | None

_RANGE = re.compile("(.)-(.)", re.DOTALL)


def is_pattern(text: str) -> bool:
    """Whether `text` is more than a plain name."""
    return any(char in text for char in "*?[")


def compile_pattern(pattern: str) -> list[Element]:
    r"""The elements of a glob: `*`, `?`, `[a-z]`, `[^a]`, and `\` before a character meant as such."""
    elements: list[Element] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "[":
            end = pattern.find("]", at + 1)
            # A class that is not closed reaches to the end.
            end = len(pattern) if end < 0 else end
            elements.append(_class(pattern[at + 1 : end]))
            at = end
        elif char == "\\" and at + 1 < len(pattern):
            at += 1
            elements.append(_one(re.escape(pattern[at])))
        else:
            elements.append(None if char == "*" else _one("." if char == "?" else re.escape(char)))
        at += 1
    return elements


def _one(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.IGNORECASE | re.DOTALL)


def _class(inside: str) -> re.Pattern[str]:
    caret = "^" if inside.startswith("^") else ""
    # The ends of a range may come in either order.
    chars = _RANGE.sub(lambda m: "-".join(sorted(m.groups())), inside.removeprefix("^"))
    if not chars:
        return _one("." if caret else "(?!)")
    return _one(f"[{caret}" + re.sub(r"[\[\]\\^&~|]", r"\\\g<0>", chars) + "]")


def matches(elements: Sequence[Element], name: str) -> bool:
    """Whether the pattern matches all of `name`."""
    at, element, star, resume = 0, 0, -1, 0
    while at < len(name):
        current = elements[element] if element < len(elements) else _NOTHING
        if current is None:
            if element == len(elements) - 1:
                return True
            star, resume = element, at
            element += 1
        elif current.match(name[at]):
            at, element = at + 1, element + 1
        elif star >= 0:
            resume += 1
            at, element = resume, star + 1
        else:
            return False
    return all(rest is None for rest in elements[element:])


_NOTHING = _one("(?!)")
