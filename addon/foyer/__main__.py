"""``python -m foyer`` and the ``foyer`` command."""

from __future__ import annotations

import sys

from foyer.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
