"""Ctrl-C: 130 without a traceback, whatever is being imported, run or cleaned up.

Imported first and imports next to nothing: nobody can say anything before this file has run.
"""

import os
import signal
import sys
from contextlib import suppress
from types import FrameType

CODE = 130
# Not in tests and programs that call `main` themselves. `-m`: while python looks the module up.
_PROGRAM = os.path.basename(sys.argv[0]) in ("omni", "-m")
_came = False
try:
    _TERMINAL = os.dup(2)  # a run leads what is said to standard error elsewhere
except OSError:  # closed by the caller
    _TERMINAL = -1


def leave(*_: object) -> None:
    """End at once; nothing is there to be cleaned up, or it has been."""
    if _PROGRAM:
        with suppress(OSError):
            os.write(_TERMINAL, b"omni: interrupted\n")
        os._exit(CODE)


def came() -> bool:
    """Whether a verb was interrupted, whatever a library made of the exception."""
    return _came


def unwinds() -> None:
    """From here on the first Ctrl-C cleans up; another one does not wait for that."""
    if _PROGRAM:
        signal.signal(signal.SIGINT, _unwind)


def _unwind(_: int, __: FrameType | None) -> None:
    global _came
    if _came:
        leave()
    _came = True
    raise KeyboardInterrupt


if _PROGRAM:
    signal.signal(signal.SIGINT, leave)
