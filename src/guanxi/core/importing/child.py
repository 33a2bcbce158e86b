"""The process that makes the batches of a long file (`python -m guanxi.core.importing.child`), started by `ahead`.

It answers on its standard output. Whatever else is said there would be taken for a batch, so the rest of the process
gets the error output for it.
"""

import os
import signal
import sys

import django

from guanxi.core.resolve import resolve


def main() -> None:
    """Make the batches of the task that comes in."""
    # Ctrl-C reaches the whole group; whoever started this process ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        django.setup()
        try:
            resolve("guanxi.core.importing.ahead:answer")(sys.stdin.buffer, out)
        except BrokenPipeError:
            # Nobody waits for batches any more. What could not be said is dropped, or closing would try again.
            os._exit(0)


if __name__ == "__main__":
    main()
