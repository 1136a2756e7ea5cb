"""`python -m feedback_app`: the app and its commands; `--help` lists them."""

from __future__ import annotations

import sys

from feedback_app.commands import main

if __name__ == "__main__":
    sys.exit(main())
