"""What the argument of a tap says. Pure."""

DIGITS_MAX = 12
COUNT_MAX = 2**31 - 1
"""No row that is counted within something else, such as a candidate, has a greater number."""


def number(argument: str, *, most: int = 10**DIGITS_MAX) -> int:
    """Read the number of something a button names; 0, which nothing has, if it names none."""
    argument = argument.partition("@")[0]  # whose it is stands behind
    is_number = argument.isascii() and argument.isdecimal() and len(argument) <= DIGITS_MAX
    return int(argument) if is_number and int(argument) <= most else 0
