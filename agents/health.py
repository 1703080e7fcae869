"""`python -m agents.health`: ends with 0 while the worker at TIERLINE_WEB_PORT is ready, else with 1 and why.

For a container's health check, which has no other tools.
"""

import os
import sys
from http.client import HTTPException
from urllib.request import urlopen

from agents.settings import PREFIX

TIMEOUT_S = 2.0


def main() -> int:
    """The exit code."""
    port = os.environ.get(f"{PREFIX}WEB_PORT", "")
    if not port:
        print(f"{PREFIX}WEB_PORT is not set: the worker serves nothing to ask.", file=sys.stderr)
        return 1
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=TIMEOUT_S):
            return 0
    except (OSError, HTTPException) as error:
        print(f"The worker is not ready: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
