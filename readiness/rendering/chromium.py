"""A page printed to PDF by an installed Chromium, without network, profile or traces."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from readiness.errors import Diagnostic, IncompleteError, Location

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_SECONDS = 60
_QUIET = (
    "--headless", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-dev-shm-usage", "--disable-extensions", "--disable-sync", "--no-first-run",
    "--no-default-browser-check", "--no-pdf-header-footer", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip


def find() -> str | None:
    """Return the path of Chromium or Chrome on this machine."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def printed(page: str) -> bytes:
    """Print a page of HTML; the paper is the browser's own default, A4 or Letter.

    Raises:
        IncompleteError: the browser fails, or takes more than a minute.
    """
    program = find()
    if program is None:
        raise _failed("there is no Chromium")
    # Chromium refuses its sandbox to root, as in a container; the page is ours and without script.
    root = ("--no-sandbox",) if getattr(os, "geteuid", lambda: 1)() == 0 else ()
    with TemporaryDirectory(prefix="readiness-", ignore_cleanup_errors=True) as folder:
        source, target = Path(folder, "report.html"), Path(folder, "report.pdf")
        source.write_text(page, encoding="utf-8")
        try:
            done = subprocess.run(  # noqa: S603 - a fixed program, our own page
                [program, *_QUIET, *root, f"--user-data-dir={folder}/profile",
                 f"--print-to-pdf={target}", source.as_uri()],
                capture_output=True, check=False, timeout=_SECONDS, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _failed(type(error).__name__) from None
        if done.returncode or not target.is_file():
            raise _failed(f"exit code {done.returncode}")
        return target.read_bytes()


def _failed(why: str) -> IncompleteError:
    return IncompleteError(
        Diagnostic(
            "not-printed",
            f"Chromium did not print the report: {why}",
            Location("--format"),
            "install the extra: pip install 'readiness[typst]'",
        )
    )
