"""Files that are whole or as they were, whatever happens: atomic replacement, and locks.

Nothing here follows a link at the end of a path, and no reader ever sees half a file. What the
system refuses becomes an `IncompleteError` (exit code 3) that says what is left on the disk.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from readiness.errors import Diagnostic, IncompleteError, Location

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

WAIT = 60.0  # seconds for another run to let go of a lock
_POLL = 0.02
_MAY_WRITE = "does its folder exist, and may you write there?"
_NO_FOLDER_LOCKS = {errno.EBADF, errno.EISDIR, errno.EINVAL, errno.ENOTSUP, errno.ENOLCK}
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}
_OWN_STREAMS = ("/dev/std", "/dev/fd/", "/proc/")
_held: dict[str, int] = {}


def write_whole(path: Path, text: str | bytes) -> None:
    """Write a file that is either all there or as it was before.

    A link at the path is replaced, never followed; a pipe or a device is written into.

    Raises:
        IncompleteError: the folder does not exist, is read-only or full.
    """
    temporary = ""
    try:
        if _is_sink(path):
            _write_into(path, encoded(text))
            return
        temporary = _temporary(path, encoded(text))
        os.replace(temporary, path)  # noqa: PTH105
        temporary = ""
        _sync_folder(path.parent)
    except OSError as error:
        raise unwritable(path, error) from None
    finally:
        _remove(temporary)


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is either all there or not at all, and never over another.

    Raises:
        IncompleteError: another file has the name already, or it cannot be written.
    """
    temporary = ""
    try:
        temporary = _temporary(path, data)
        _name_new(temporary, path)
        _sync_folder(path.parent)
    except FileExistsError as error:
        if path.read_bytes() != data:
            raise unwritable(path, error) from None
    except OSError as error:
        raise unwritable(path, error) from None
    finally:
        _remove(temporary)


def update(path: Path, change: Callable[[bytes | None], bytes | None]) -> None:
    """Read a file, change it and write it whole, with no other run in between.

    Args:
        path: the file.
        change: from its bytes (None if there is no such file) to its new ones, or None to leave it.

    Raises:
        IncompleteError: it cannot be locked, read or written. It is then as it was.
    """
    with locked(path):
        try:
            before = path.read_bytes()
        except FileNotFoundError:
            before = None
        except OSError as error:
            raise unwritable(path, error, "cannot be read") from None
        after = change(before)
        if after is not None and after != before:
            write_whole(path, after)


@contextmanager
def locked(path: Path, wait: float = WAIT) -> Iterator[None]:
    """Keep other runs of readiness out of the folder of a file, on this machine.

    The folder itself is locked (`flock`), so nothing is left behind and a killed run holds nothing.
    Where folders cannot be locked (Windows, some network file systems) a file beside it is. One
    process may lock a folder again while it holds it.

    Raises:
        IncompleteError: another run holds it for over `wait` seconds, or it cannot be locked.
    """
    folder = os.path.realpath(path.parent)
    if _held.get(folder):
        _held[folder] += 1
        try:
            yield
        finally:
            _held[folder] -= 1
        return
    try:
        handle = _lock(Path(folder), path, wait)
    except OSError as error:
        raise unwritable(path, error, "cannot be locked, so it was not written") from None
    _held[folder] = 1
    try:
        yield
    finally:
        del _held[folder]
        os.close(handle)  # lets go of the lock


def withdraw(paths: Iterable[Path], inputs: Iterable[Path] = ()) -> None:
    """Take away older reports before a run that writes new ones: a failed run leaves no old GO.

    Args:
        paths: files that the run will write.
        inputs: files that it reads; they stay until they are replaced.

    Raises:
        IncompleteError: an older report cannot be removed.
    """
    kept = {os.path.realpath(path) for path in inputs}
    for path in paths:
        if os.path.realpath(path) in kept or _is_sink(path):
            continue
        try:
            os.unlink(path)  # noqa: PTH108 - a link, not what it leads to
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            what = "an older report is here and cannot be removed"
            raise unwritable(path, error, what) from None


def encoded(text: str | bytes) -> bytes:
    """Return text as UTF-8; what has no encoding is shown escaped. Bytes stay as they are."""
    return text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace")


def unwritable(path: Path, error: OSError, what: str = "cannot be written") -> IncompleteError:
    """Return the error of a file or folder that the system refuses."""
    reason = error.strerror or type(error).__name__
    code = "unreadable" if what == "cannot be read" else "not-written"
    help_ = _MAY_WRITE if code == "not-written" else ""
    return IncompleteError(Diagnostic(code, f"{what}: {reason}", Location(str(path)), help_))


def _temporary(path: Path, data: bytes) -> str:
    """Write a file beside another, with the rights it would have, and return its name."""
    import tempfile  # noqa: PLC0415 - only writing needs it

    mode = _mode(path)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:200]}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, mode)  # noqa: PTH101
    except BaseException:
        _remove(temporary)
        raise
    return temporary


def _name_new(temporary: str, path: Path) -> None:
    """Give a file its name unless that is taken."""
    try:
        os.link(temporary, path)  # unlike a rename, it fails if the name is taken
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        with locked(path):  # a file system without hard links
            if os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
            os.rename(temporary, path)  # noqa: PTH104


def _mode(path: Path) -> int:
    """Return the rights of the file that is there, or those of a new one."""
    with suppress(OSError):
        status = os.lstat(path)
        if stat.S_ISREG(status.st_mode):
            return stat.S_IMODE(status.st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _remove(temporary: str) -> None:
    if temporary:
        with suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power failure, where folders can be synced."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _is_sink(path: Path) -> bool:
    """Whether a path is one to write into, and not to replace: a device, a pipe, /dev/stdout."""
    if os.path.abspath(path).startswith(_OWN_STREAMS):  # noqa: PTH100 - no link is followed
        return True
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISLNK(mode) or stat.S_ISDIR(mode))


def _write_into(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))  # nobody may be reading
    try:
        if hasattr(os, "set_blocking"):
            os.set_blocking(handle, True)
        while data:
            data = data[os.write(handle, data) :]
    finally:
        os.close(handle)


def _lock(folder: Path, path: Path, wait: float) -> int:
    """Return a handle that holds the lock."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            _wait_for(handle, path, wait)
        except OSError as error:
            os.close(handle)
            if error.errno not in _NO_FOLDER_LOCKS:
                raise
        except BaseException:
            os.close(handle)
            raise
        else:
            return handle
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(folder / ".readiness-writing", flags, 0o666)
    try:
        _wait_for(handle, path, wait)
    except BaseException:
        os.close(handle)
        raise
    return handle


def _wait_for(handle: int, path: Path, wait: float) -> None:
    until = time.monotonic() + wait
    while not _try_lock(handle):
        if time.monotonic() > until:
            message = f"another run has been writing in this folder for {wait:.0f} s; nothing done"
            help_ = "wait for it to end, or stop it"
            raise IncompleteError(Diagnostic("locked", message, Location(str(path)), help_))
        time.sleep(_POLL)


def _try_lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
