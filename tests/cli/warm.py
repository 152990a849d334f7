"""A process that has imported the program already, and forks for each run: it is there sooner.

A run is a process of its own as any other is, with its arguments, folder, environment and streams.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-m", "readiness")
AT_START = ("PYTHON", "LC_", "LANG", "TZ")  # variables that Python reads when it starts
Environment = dict[str, str]


class Ended(NamedTuple):
    """What `subprocess.run` would tell."""

    returncode: int
    stdout: bytes
    stderr: bytes


class Warm:
    """The process, and how to ask it for a run."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        self._socket.settimeout(120)
        self._env = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())], env=self._env, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, pass_fds=[theirs.fileno()], start_new_session=True,
        )  # fmt: skip
        theirs.close()
        atexit.register(self.close)

    def close(self) -> None:
        self._socket.close()
        self._process.wait()

    def serves(self, env: Environment) -> bool:
        """Tell whether it is free, and Python would have started in the same way with this environment."""
        alone = threading.current_thread() is threading.main_thread()  # else several may ask at once
        return alone and at_start(env) == at_start(self._env)

    def run(self, arguments: list[str], cwd: Path, env: Environment) -> Ended:
        asked = json.dumps([arguments, str(cwd), env]).encode() + b"\n"
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            socket.send_fds(self._socket, [asked[:1]], [out.fileno(), err.fileno()])
            self._socket.sendall(asked[1:])
            try:
                status = int(self._socket.recv(16))
            except TimeoutError:
                os.killpg(self._process.pid, signal.SIGKILL)
                warm.cache_clear()
                raise
            out.seek(0)
            err.seek(0)
            return Ended(os.waitstatus_to_exitcode(status), out.read(), err.read())


@cache
def warm() -> Warm:
    return Warm()


def run(arguments: list[str], cwd: Path, env: Environment, program: tuple[str, ...] = PROGRAM) -> Ended:
    """Run `readiness`: a fork of the warm process, if Python would have started as it did."""
    if hasattr(os, "fork") and warm().serves(env):
        return warm().run(arguments, cwd, env)
    return anew([*program, *arguments], cwd, env)


def anew(command: list[str], cwd: Path, env: Environment) -> Ended:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, timeout=120, check=False)
    return Ended(done.returncode, done.stdout, done.stderr)


def at_start(env: Environment) -> Environment:
    return {name: value for name, value in env.items() if name.startswith(AT_START)}


def serve(asking: socket.socket) -> None:
    """Fork for each run that is asked for, until nobody asks any more."""
    while True:
        message, handles, _, _ = socket.recv_fds(asking, 1, 2)
        if not message:
            return
        while not message.endswith(b"\n"):
            message += asking.recv(1 << 20)
        child = os.fork()
        if not child:
            asking.close()
            arguments, cwd, env = json.loads(message)
            become(handles, arguments, cwd, env)
        for handle in handles:
            os.close(handle)
        asking.sendall(str(os.waitpid(child, 0)[1]).encode())


def become(handles: list[int], arguments: list[str], cwd: str, env: Environment) -> None:
    """Be the run: as `python -m readiness` is."""
    from readiness import __main__ as program

    for handle, stream in zip(handles, (1, 2), strict=True):
        os.dup2(handle, stream)
        os.close(handle)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.path[0] = cwd
    sys.argv = [program.__file__, *arguments]
    program.main()
    sys.stdout.flush()  # `--version` returns
    os._exit(0)


def import_all() -> None:
    import readiness
    from readiness.__main__ import without_plugins

    without_plugins()
    for module in pkgutil.walk_packages(readiness.__path__, "readiness."):
        with suppress(ImportError):  # of an extra that is not installed
            importlib.import_module(module.name)


if __name__ == "__main__":
    import_all()
    serve(socket.socket(fileno=int(sys.argv[1])))
