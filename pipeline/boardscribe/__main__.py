"""`python -m boardscribe` is the same as `boardscribe`."""

import sys

from boardscribe.cli import main

if __name__ == "__main__":
    sys.exit(main())
