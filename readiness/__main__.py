"""The command `readiness`: answers `--version` at once, and leaves the rest to `readiness.cli`."""

from __future__ import annotations

import gc
import os
import sys
from types import ModuleType


def main() -> None:
    """Run the command line and exit."""
    if sys.argv[1:] == ["--version"]:
        from readiness import __version__  # noqa: PLC0415

        print(f"readiness {__version__}")  # noqa: T201
        return
    without_plugins()
    # A short run makes little garbage; looking for it costs 10 ms.
    gc.set_threshold(200_000)
    from readiness.cli.start import run  # noqa: PLC0415

    code = run(sys.argv[1:])
    # Everything is written and flushed; taking the modules down again would cost 40 ms.
    os._exit(code)


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
