"""What the argument of a tap says. Pure."""

DIGITS_MAX = 12


def number(argument: str) -> int:
    """Read the number of something a button names; 0, which nothing has, if it names none."""
    argument = argument.partition("@")[0]  # whose it is stands behind
    is_number = argument.isascii() and argument.isdecimal() and len(argument) <= DIGITS_MAX
    return int(argument) if is_number else 0
