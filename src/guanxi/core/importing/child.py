"""The process that makes the batches of a long file (`python -m guanxi.core.importing.child`), started by `ahead`.

It reads one task from its standard input and writes batches to its standard output, `None` after the last. Whatever
else is said there would be taken for a batch, so the rest of the process gets the error output for it.
"""

import gc
import os
import pickle
import signal
import sys
from typing import Any, BinaryIO

_COLLECTED = 10  # batches between two looks for cycles


def main() -> None:
    """Make the batches of the task that comes in."""
    # Ctrl-C reaches the whole group; whoever started this process ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        try:
            _answer(sys.stdin.buffer, out)
        except BrokenPipeError:
            # Nobody waits for batches any more. What could not be said is dropped, or closing would try again.
            os._exit(0)


def _answer(asked: BinaryIO, out: BinaryIO) -> None:
    import django  # noqa: PLC0415  heavy, and of no use before somebody listens

    django.setup()

    from django.utils import translation  # noqa: PLC0415  needs Django

    from guanxi.core.errors import DomainError  # noqa: PLC0415  needs Django
    from guanxi.core.importing.ahead import Fault, Task  # noqa: PLC0415  needs Django

    task: Task = pickle.load(asked)  # noqa: S301  our own parent said it
    # What is there already stays, and between two looks nothing that goes is part of a cycle.
    gc.freeze()
    gc.disable()
    try:
        with translation.override(task.language):
            for number, batch in enumerate(task.batches(), start=1):
                _say(batch, out)
                if number % _COLLECTED == 0:
                    gc.collect()
        _say(None, out)
    except BrokenPipeError:
        raise
    except DomainError as error:
        _say(Fault(str(error), ours=True), out)
    except Exception as error:  # the border of the process: told to the one that waits, which records it
        _say(Fault(f"{type(error).__name__}: {error}"[:2000], ours=False), out)
        raise


def _say(thing: Any, out: BinaryIO) -> None:
    pickle.dump(thing, out, pickle.HIGHEST_PROTOCOL)
    out.flush()


if __name__ == "__main__":
    main()
