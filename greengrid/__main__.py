"""The command `greengrid`, also as `python -m greengrid`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Starts the command line; Ctrl-C while it is still loading ends like Ctrl-C later."""
    try:
        from greengrid.cli import main as command_line
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. Nothing was written.\n")
        sys.stderr.flush()
        os._exit(130)
    command_line()


if __name__ == "__main__":
    main()
