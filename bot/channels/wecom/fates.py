"""What an answer of WeCom's API means for a call, and for the calls after it. Pure.

HTTP says 200 whatever happens; `errcode` tells. Texts may hold an address or an id, never a token.
"""

from enum import Enum

from bot import messages

BUSY_CODE = -1


class ApiError(Exception):
    """WeCom refused a call, or what became of it is not known."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{text} ({code})" if code else text)
        self.code = code


class NotSent(ApiError):  # noqa: N818 - it says what is known
    """No connection was made, so nothing can have been carried out."""

    def __init__(self, text: str) -> None:
        super().__init__(0, text)


class Unsure(ApiError):  # noqa: N818 - as above
    """The answer was lost, or came from somebody in between."""

    def __init__(self, text: str) -> None:
        super().__init__(0, text)


class Flooded(ApiError):  # noqa: N818 - as above
    """A method was called too often, or too much at once; later."""

    def __init__(self, code: int, text: str, seconds: float) -> None:
        super().__init__(code, text)
        self.seconds = seconds


class Fate(Enum):
    """What becomes of a call that was refused."""

    TOKEN = "the token ran out"  # noqa: S105 - no secret
    BUSY = "busy"
    """WeCom itself failed: again in a moment."""
    FLOODED = "flooded"
    GONE = "gone"
    """Nobody of those it was for is reached by this app."""
    MEDIA = "media"
    """The file's id ran out: it is to be uploaded again."""
    STOPPED = "stopped"
    """Somebody must mend the app's settings first."""
    WRONG = "wrong"
    """This content will never be taken."""
    NOT_SENT = "not sent"
    UNSURE = "unsure"
    """It may have been carried out; sending again could say it twice."""


TOKEN_CODES = {40014, 42001, 41001}
FLOOD_SECONDS = {45009: 60.0, 45033: 1.0}
"""Over the frequency: a minute at least. Too many at once: a moment."""
FATES = {
    BUSY_CODE: Fate.BUSY,
    **dict.fromkeys(TOKEN_CODES, Fate.TOKEN),
    **dict.fromkeys(FLOOD_SECONDS, Fate.FLOODED),
    **dict.fromkeys((81013, 60011, 60111, 40003, 46004), Fate.GONE),
    **dict.fromkeys((40001, 40013, 60020, 40056, 301002, 50003, 48002), Fate.STOPPED),
    **dict.fromkeys((40007, 40004), Fate.MEDIA),
    93000: Fate.GONE,  # a group's robot was removed
}
MEANING = {
    Fate.TOKEN: messages.Fate.LATER,
    Fate.BUSY: messages.Fate.LATER,
    Fate.FLOODED: messages.Fate.LATER,
    Fate.GONE: messages.Fate.GONE,
    Fate.MEDIA: messages.Fate.FAILED,
    Fate.STOPPED: messages.Fate.LATER,
    Fate.WRONG: messages.Fate.FAILED,
    Fate.NOT_SENT: messages.Fate.LATER,
    Fate.UNSURE: messages.Fate.UNCERTAIN,
}
"""What a refusal means for something that is pushed: a stopped app tries later."""


def fate(error: ApiError) -> Fate:
    """Tell what became of a call by the error it met."""
    match error:
        case NotSent():
            return Fate.NOT_SENT
        case Unsure():
            return Fate.UNSURE
        case _:
            return FATES.get(error.code, Fate.WRONG)


def met(code: int, text: str) -> ApiError:
    """Make the error of an answer."""
    if code in FLOOD_SECONDS:
        return Flooded(code, text, FLOOD_SECONDS[code])
    return ApiError(code, text)
