"""The command `readiness`: answers `--version` at once, and leaves the rest to `readiness.cli`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and exit."""
    # Pydantic's plug-ins could change what validates, and looking for them costs 20 ms.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    if sys.argv[1:] == ["--version"]:
        from readiness import __version__  # noqa: PLC0415

        print(f"readiness {__version__}")  # noqa: T201
        return
    from readiness.cli.app import run  # noqa: PLC0415 - typer costs 50 ms

    sys.exit(run())


if __name__ == "__main__":
    main()
