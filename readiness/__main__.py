"""The command `readiness`: answers `--version` at once, and leaves the rest to `readiness.cli`."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the command line and exit."""
    if sys.argv[1:] == ["--version"]:
        from readiness import __version__  # noqa: PLC0415

        print(f"readiness {__version__}")  # noqa: T201
        return
    # Pydantic's plug-ins could change what validates.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    # A short run makes little garbage; looking for it costs 10 ms.
    gc.set_threshold(200_000)
    from readiness.cli.start import run  # noqa: PLC0415

    code = run(sys.argv[1:])
    # Everything is written and flushed; taking the modules down again would cost 40 ms.
    os._exit(code)


if __name__ == "__main__":
    main()
