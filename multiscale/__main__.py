"""``python -m multiscale`` is ``multiscale``."""

import sys

from multiscale.cli import main

if __name__ == "__main__":
    sys.exit(main())
