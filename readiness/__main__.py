"""The command `readiness`: answers `--version` at once, and leaves the rest to `readiness.cli`."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from types import ModuleType

FAILED = 3


def main() -> None:
    """Run the command line and exit."""
    without_the_working_directory()
    if sys.argv[1:] == ["--version"]:
        from readiness import __version__  # noqa: PLC0415

        print(f"readiness {__version__}")  # noqa: T201
        return
    without_plugins()
    # A short run makes little garbage; looking for it costs 10 ms.
    gc.set_threshold(200_000)
    code = FAILED
    try:
        from readiness.cli.start import run  # noqa: PLC0415

        code = run(sys.argv[1:])
    except BaseException as error:  # noqa: BLE001 - Python would exit with 1, which is a NO-GO
        with suppress(OSError):
            os.write(2, f"readiness: internal error: {error!r:.200}\n".encode("ascii", "replace"))
    # Everything is written and flushed; taking the modules down again would cost 40 ms.
    os._exit(code)


def without_the_working_directory() -> None:
    """Import nothing from the folder that is judged: `python -m` puts it first in the path."""
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    try:
        here = os.getcwd()  # noqa: PTH109
    except OSError:  # it was removed
        here = ""
    if here != own:
        sys.path[:] = [path for path in sys.path if path not in ("", ".", here)]


def without_plugins() -> None:
    """Keep pydantic from looking for plug-ins: they could change what validates.

    The module that looks for them costs 10 ms even where the variable switches them off.
    """
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    loader = ModuleType("pydantic.plugin._loader")
    loader.get_plugins = tuple  # type: ignore[attr-defined]
    sys.modules.setdefault(loader.__name__, loader)


if __name__ == "__main__":
    main()
