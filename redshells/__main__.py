"""``python -m redshells``: the console command."""

import sys

from redshells.cli import main

sys.exit(main())
