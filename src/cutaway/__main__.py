"""``python -m cutaway`` is the ``cutaway`` command."""

from __future__ import annotations

import sys

from cutaway.cli import main

if __name__ == "__main__":
    sys.exit(main())
