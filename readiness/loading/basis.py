"""What a tree is judged by: a trusted commit's policy, or its own beside that of its merge base.

In: the folder of a launch and its repository. Out: the policy files of another commit, written to a
temporary folder so that they load as any launch does; or why there are none to compare with.
"""

from __future__ import annotations

import os
import posixpath
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from readiness.errors import InputError, input_error
from readiness.git import Repository
from readiness.loading.files import NAME, Home
from readiness.strict_yaml import MAX_BYTES, Node, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TARGETS = (
    "GITHUB_BASE_REF",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "BITBUCKET_PR_DESTINATION_BRANCH",
    "SYSTEM_PULLREQUEST_TARGETBRANCH",
    "CHANGE_TARGET",
)
_DEFAULTS = (
    "refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master",
    "refs/heads/main", "refs/heads/master",
)  # fmt: skip
_MOST_FILES = 200
_MOST_LAUNCHES = 200
_FETCH = "fetch its branch with its history (fetch-depth: 0), or name a ref: --policy-from REF"


class Base(NamedTuple):
    """A commit with a policy: the ref it was found by, its id, and its launch in a folder.

    `home` is None where the commit has no such launch, or the tree's policy is the same. `head`
    tells that it is the commit that is checked out.
    """

    ref: str
    commit: str
    home: Home | None
    same: bool = False
    head: bool = False


class Basis(NamedTuple):
    """What there is to judge a tree by.

    Attributes:
        trusted: the policy is taken from the only base, and not from the tree.
        bases: what the tree's policy is taken from or compared with.
        note: what people should know about it; why there is nothing to compare with.
        unknown: why a proposed change cannot be compared, though it must be; it is held then.
    """

    trusted: bool
    bases: tuple[Base, ...]
    note: str
    unknown: str = ""


@contextmanager
def find_basis(home: Home, policy_from: str, env: Mapping[str, str]) -> Iterator[Basis]:
    """Find what a launch's policy is taken from or compared with; its files last for the block.

    Args:
        home: the launch that is judged.
        policy_from: the ref that a person named; empty to compare with the merge base.
        env: variables in which CI names the branch that a change is proposed for. They can only
            add a base, and make one required.

    Raises:
        InputError: there is no such ref, or no launch in it.
    """
    with ExitStack() as stack:
        repository = Repository.at(home.root)
        if policy_from:
            yield _from_ref(home, policy_from, repository, stack)
        else:
            yield _from_merge_base(home, repository, env, stack)


def _from_ref(home: Home, ref: str, repository: Repository | None, stack: ExitStack) -> Basis:
    option = "--policy-from"
    if repository is None:
        hint = "run it in a clone of the repository"
        raise input_error("no-repository", "the launch is in no git repository", option, hint)
    commit = commit_of(repository, ref, option)
    base = _base(home, repository, ref, commit, stack, compare=False)
    if base.home is None:
        message = f"`{ref}` ({commit[:12]}) has no {_path(home)}"
        raise input_error("no-policy", message, option, "name a ref that has the launch")
    return Basis(True, (base,), "")


def commit_of(repository: Repository, ref: str, option: str) -> str:
    """Return the commit of a ref that a person named.

    Raises:
        InputError: there is none, or several.
    """
    try:
        commit = repository.commit(ref)
    except ValueError as error:
        hint = "write the whole name"
        raise input_error("ambiguous-ref", f"`{ref}` is {error}", option, hint) from None
    if not commit:
        hint = "fetch it first, or check its name"
        raise input_error("unknown-ref", f"there is no commit `{ref}` here", option, hint)
    return commit


def _from_merge_base(
    home: Home, repository: Repository | None, env: Mapping[str, str], stack: ExitStack
) -> Basis:
    target = next((env[name] for name in TARGETS if env.get(name)), "")
    if repository is None or not repository.head:
        where = "is in no git repository" if repository is None else "has no commit yet"
        note = f"Nothing to compare the policy with: the launch {where}."
        return Basis(False, (), note, _unknown(target, f"the launch {where}"))
    branch = target.removeprefix("refs/heads/")
    proposed = [f"refs/remotes/origin/{branch}", f"refs/heads/{branch}"] if branch else []
    refs = repository.refs([*_DEFAULTS, *proposed])
    bases: dict[str, str] = {}
    unknown = ""
    for names in (proposed, _DEFAULTS):
        name = next((name for name in names if name in refs), "")
        commit = repository.merge_base(repository.head, refs[name]) if name else ""
        if commit:
            bases.setdefault(commit, name.removeprefix("refs/remotes/").removeprefix("refs/heads/"))
        if names is proposed and branch:
            unknown = _no_proposal(branch, name, commit, repository)
    found = tuple(_base(home, repository, ref, commit, stack) for commit, ref in bases.items())
    return Basis(False, found, _note(found, repository), unknown)


def _no_proposal(branch: str, name: str, commit: str, repository: Repository) -> str:
    """Return why a change proposed for a branch cannot be compared with it, or an empty text."""
    if not name:
        return _unknown(branch, f"the branch {branch} is not in this clone")
    if not commit:
        cut = "its history is cut off" if repository.shallow() else "they share no commit"
        return _unknown(branch, f"HEAD and {branch} cannot be compared: {cut}")
    if commit == repository.head:
        return _unknown(branch, f"{branch} already has HEAD: this is not what is proposed for it")
    return ""


def _unknown(target: str, why: str) -> str:
    return f"a change is proposed for {target}, and {why}" if target else ""


def _note(bases: tuple[Base, ...], repository: Repository) -> str:
    if not bases:
        why = "shares no commit with" if not repository.shallow() else "is too shallow to reach"
        return f"Nothing to compare the policy with: this clone {why} origin/HEAD, main or master."
    new = [base.ref for base in bases if base.home is None and not base.same]
    return f"The launch is new: {new[0]} has none to compare its policy with." if new else ""


def _base(
    home: Home,
    repository: Repository,
    ref: str,
    commit: str,
    stack: ExitStack,
    *,
    compare: bool = True,
) -> Base:
    path, head = launch_path(home, repository, commit), commit == repository.head
    if not path:
        return Base(ref, commit, None, head=head)
    files = _policy_files(repository, commit, path)
    if compare and path == _path(home) and _unchanged(files, home):
        return Base(ref, commit, None, same=True, head=head)
    import tempfile  # noqa: PLC0415 - only where the policy differs

    top = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="readiness-")))
    for name, data in files.items():
        file = top / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return Base(ref, commit, Home(top / path, top), head=head)


def _path(home: Home) -> str:
    """Return the launch's path from the top of its repository."""
    folder = Path(os.path.relpath(home.folder.resolve(), home.root.resolve()))
    return (folder / home.file.name).as_posix().removeprefix("./")


def launch_path(home: Home, repository: Repository, commit: str) -> str:
    """Return where a commit has the launch: here, above, or where it lay before it was moved."""
    here = _path(home)
    folder, name = posixpath.split(here)
    above = [here]
    while folder:
        folder = posixpath.dirname(folder)
        above.append(posixpath.join(folder, NAME))
    found = repository.read(commit, above, MAX_BYTES)
    nearest = next((path for path in above if path in found), "")
    if nearest:
        return nearest
    moved = [
        entry.path
        for entry in repository.files(commit)
        if posixpath.basename(entry.path) in (name, NAME) and not (home.root / entry.path).exists()
    ][:_MOST_LAUNCHES]
    service = _service(_read(home.file))
    texts = repository.read(commit, moved, MAX_BYTES)
    return next((path for path in moved if service and _service(texts.get(path)) == service), "")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()[: MAX_BYTES + 1]
    except OSError:
        return b""


def _service(data: bytes | None) -> str:
    node = _parsed(data, "")
    found = node.get("service") if node else None
    return str(found.content) if found else ""


def _policy_files(repository: Repository, commit: str, path: str) -> dict[str, bytes]:
    """Return the launch of a commit, its decisions, and its own checklists with all they extend."""
    folder = posixpath.dirname(path)
    files = repository.read(commit, [path, posixpath.join(folder, "decisions.yaml")], MAX_BYTES)
    waiting = _named(files.get(path), "checklists", folder)
    while waiting and len(files) < _MOST_FILES:
        more = repository.read(commit, waiting, MAX_BYTES)
        files |= more
        named = [n for p, d in more.items() for n in _named(d, "extends", posixpath.dirname(p))]
        waiting = [name for name in dict.fromkeys(named) if name not in files]
    return files


def _named(data: bytes | None, key: str, folder: str) -> list[str]:
    """Return the paths of the checklists that a file names; shipped ones have none."""
    node = _parsed(data, "")
    names = node.get(key) if node else None
    listed = names.content if names and isinstance(names.content, list) else []
    texts = [str(entry.content) for entry in listed]
    own = [text for text in texts if "/" in text or text.endswith((".yaml", ".yml"))]
    paths = [posixpath.normpath(posixpath.join(folder, text)) for text in own]
    return [path for path in paths if not path.startswith(("../", "/"))]


def _parsed(data: bytes | None, path: str) -> Node | None:
    try:
        return parse_yaml(data, path) if data else None
    except InputError:
        return None


def _unchanged(files: Mapping[str, bytes], home: Home) -> bool:
    """Whether the tree's policy files are those of a commit, byte for byte.

    The files of the commit name each other, so equal files name no others.
    """
    decisions = posixpath.join(posixpath.dirname(_path(home)), "decisions.yaml")
    if decisions not in files and os.path.lexists(home.root / decisions):
        return False
    return all(_read(home.root / path) == data for path, data in files.items())
