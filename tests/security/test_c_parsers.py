"""Attacks C1 to C14: what parsers are fed, and where files are looked for."""

from __future__ import annotations

import bz2
import gzip
import os
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from readiness.errors import InputError
from readiness.evidence.collect import READERS
from readiness.evidence.documents import read_documents
from readiness.evidence.json_stream import parts
from readiness.evidence.limits import DEFAULT, Limits
from readiness.evidence.paths import Roots, Unopened, find, open_file
from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.sniff import choose
from readiness.evidence.structured import JsonDocument, parse_xml
from readiness.model.checklist import FactMap
from readiness.resources import PACKAGE
from readiness.strict_yaml import parse_yaml
from tests.cli.running import LAUNCH, demo, readiness
from tests.pipeline.worlds import go_world

from .attacks import (
    HOSTILE,
    SECONDS,
    codes,
    decided,
    gate,
    home,
    read,
    values,
    with_evidence,
    with_launch_text,
)

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9))  # fmt: skip
MERGES = "a: &a {x: 1}\n" + "".join(f"b{n}: &b{n} {{<<: [{', '.join([f'*b{n - 1}' if n else '*a'] * 9)}], y{n}: 1}}\n" for n in range(12))
MAP = FactMap.model_validate({"metrics": {"p95": {"at": "/p95", "unit": "ms"}}})
YAML_FILES = ("readiness.yaml", "list.yaml", "decisions.yaml")
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")
corpora = pytest.mark.skipif(not HOSTILE.is_dir(), reason=f"no corpora in {HOSTILE}")


def refused_text(text: str | bytes) -> str:
    """Return the code with which our YAML profile refuses a text; empty if it takes it."""
    try:
        parse_yaml(text if isinstance(text, bytes) else text.encode(), "x.yaml")
    except InputError as error:
        return error.diagnostics[0].code
    return ""


@pytest.mark.parametrize("name", YAML_FILES)
@pytest.mark.parametrize("text", [BOMB, MERGES], ids=["alias bomb", "merge bomb"])
def test_c1_yaml_bombs_in_what_people_write(name: str, text: str, tmp_path: Path) -> None:
    attacked = with_launch_text(tmp_path, name, text)
    assert attacked.code in {"anchor", "alias"}
    assert attacked.seconds < SECONDS


@pytest.mark.parametrize("reader", ["yaml", "prometheus-rules", "drill", "openapi"])
@pytest.mark.parametrize("text", [BOMB, MERGES], ids=["alias bomb", "merge bomb"])
def test_c1_yaml_bombs_in_evidence(reader: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(text)
    start = time.process_time()
    evidence = read(tmp_path / "x.yaml", reader)
    assert evidence.invalid
    assert not evidence.fault
    assert time.process_time() - start < 2 * SECONDS


def test_c2_a_key_given_twice_is_refused(tmp_path: Path) -> None:
    text = (home(tmp_path / "a") / "list.yaml").read_text()
    twice = text.replace('"gate": "blocker"', '"gate": "blocker", "gate": "deferrable"', 1)
    assert with_launch_text(tmp_path / "b", "list.yaml", twice).code == "duplicate-key"
    raw = values().replace(b'"p95": 420', b'"p95": 9000, "p95": 420')
    assert with_evidence(tmp_path / "c", raw).code == "duplicate-key"
    for key in (b'"p\\u00395"', b'"p95"'):  # the same key, spelt another way
        raw = values().replace(b'"p95": 420', key + b': 9000, "p95": 420')
        assert with_evidence(tmp_path / "d", raw).outcome == "invalid"


SURPRISES = {
    "no": "no", "yes": "yes", "on": "on", "1:30": "1:30", "010": 10, "0o10": 8, "1_000": "1_000", "190:20:30": "190:20:30",
    ".nan": ".nan", ".inf": ".inf", "2026-01-01": "2026-01-01", "~": None, "null": None, "true": True, "1": 1, "1.10": 1.1,
    "!!binary aGk=": "tag", "!!set {a}": "tag", "!!python/object:os.system x": "tag", "!own x": "tag",
}  # fmt: skip


@pytest.mark.parametrize("written", SURPRISES)
def test_c3_yaml_1_1_has_no_surprises(written: str) -> None:
    try:
        value = parse_yaml(f"x: {written}\n".encode(), "x.yaml").data()["x"]
    except InputError as error:
        value = error.diagnostics[0].code
    expected = SURPRISES[written]
    assert str(value) == str(expected) or value in {"tag", "number", "value"}
    assert not isinstance(value, bytes | set)


def test_c4_no_loader_that_builds_objects_is_used() -> None:
    """No source calls a loader of PyYAML; tags are refused before anything is built."""
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text()
        words = ("yaml.load", "yaml.safe_load", "UnsafeLoader", "FullLoader", "yaml.Loader", 'typ="unsafe"', "CLoader")
        if "from ruamel.yaml import YAML" not in text:  # its round-trip loader keeps comments, and builds no object
            assert not any(word in text for word in words), path
        assert 'typ="unsafe"' not in text
        assert path.name == "strict_yaml.py" or "import yaml\n" not in text, path
    assert refused_text("a: !!python/object/apply:os.system [touch owned]\n") == "tag"


@pytest.mark.parametrize("digits", ["9" * 5000, "-" + "9" * 5000, "0x" + "f" * 5000, "1" * 400, "1e" + "9" * 50, "0." + "0" * 5000 + "1"])
def test_c5_giant_numbers(digits: str, tmp_path: Path) -> None:
    raw = values(p95="HERE").replace(b'"HERE"', digits.encode())
    assert with_evidence(tmp_path / "a", raw).outcome in ("invalid", "inconclusive")
    text = (home(tmp_path / "b") / "list.yaml").read_text()
    for old in ('"effort": "2d"', '"p95 <= 800 ms"'):
        new = old.replace("2d", f"{digits}d").replace("800", digits)
        attacked = with_launch_text(tmp_path / "c", "list.yaml", text.replace(old, new, 1))
        assert attacked.review is None or attacked.review.decision != "GO" or "0." in digits or digits == "1" * 400
        assert attacked.seconds < SECONDS


DEEP = {
    "json lists": b"[" * 100_000, "json objects": b'{"a":' * 100_000, "closed": b"[" * 50_000 + b"]" * 50_000,
    "yaml flow": b"- [" * 50_000, "yaml block": b"".join(b" " * n + b"- a:\n" for n in range(2000)),
    "xml": b"<a>" * 200_000 + b"</a>" * 200_000, "just over": b"[" * 101 + b"1" + b"]" * 101,
}  # fmt: skip


@pytest.mark.parametrize("name", DEEP)
def test_c6_deep_nesting(name: str) -> None:
    """Every reader is given it, whatever it thinks of it, in this very process: none overflows."""
    for reader in READERS.shipped.values():
        start = time.process_time()
        try:
            reading = reader.read(Source("x", DEEP[name]), MAP if reader.mapped else None)
        except Unreadable:
            pass
        else:
            assert not reading.facts or name == "just over" or reader.id == "markdown", reader.id
        assert time.process_time() - start < SECONDS, reader.id
    if name != "xml":
        assert refused_text(DEEP[name]) in {"too-deep", "syntax", "too-large"}


def refusal(parse: Callable[[Source], object], data: bytes, limits: Limits) -> str:
    source = Source("x", data)
    source.limits = limits
    with pytest.raises(Unreadable) as caught:
        parse(source)
    return caught.value.problem.code


def test_c6_depth_and_values_are_the_engines_limits() -> None:
    """The same content with other limits: no reader has a say in it."""
    json, yaml, xml = JsonDocument, read_documents, parse_xml
    shallow, few = DEFAULT._replace(depth=20), DEFAULT._replace(nodes=1000)
    assert refusal(json, b"[" * 30 + b"]" * 30, shallow) == "too-deep"
    assert refusal(json, b"[" + b"1," * 5000 + b"1]", few) == "too-many"
    assert refusal(yaml, "\n".join(f"{' ' * n}a:" for n in range(40)).encode() + b" 1\n", shallow) == "too-deep"
    assert refusal(yaml, b"- 1\n" * 5000, few) == "too-many"
    assert refusal(xml, b"<a>" * 50 + b"</a>" * 50, shallow) == "too-deep"
    assert refusal(xml, b"<a>" + b"<a/>" * 5000 + b"</a>", few) == "too-many"
    assert refusal(lambda s: list(parts(s, frozenset())), b'{"a": ' + b"[" * 30 + b"]" * 30 + b"}", shallow) == "too-deep"
    assert refusal(lambda s: JsonDocument(s.part(s.data)), b"[" * 30 + b"]" * 30, shallow) == "too-deep"


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "utf-16": lambda text: text.encode("utf-16"), "utf-16 without a mark": lambda text: text.encode("utf-16-le"),
    "utf-32": lambda text: text.encode("utf-32"), "latin-1": lambda text: text.replace("420", "42\u00e9").encode("latin-1"),
    "a lone surrogate": lambda text: text.replace("420", '420, "x": "\\ud800"').encode(),
    "a NUL": lambda text: text.replace("420", "420\0").encode(), "overlong": lambda text: text.encode().replace(b"p95", b"\xc1\xb095"),
    "a surrogate in bytes": lambda text: text.encode().replace(b'"made"', b'"\xed\xa0\x80": 1, "made"'),
    "utf-7": lambda text: text.replace('"', "+ACI-").encode(),
}  # fmt: skip


@pytest.mark.parametrize("name", ENCODINGS)
def test_c7_only_utf_8_is_read(name: str, tmp_path: Path) -> None:
    encode = ENCODINGS[name]
    assert with_evidence(tmp_path / "a", encode(values().decode())).outcome == "invalid"
    text = (home(tmp_path / "b") / "list.yaml").read_text().replace('"List"', '"List 420"')
    attacked = with_launch_text(tmp_path / "c", "list.yaml", encode(text))
    assert not attacked.fooled or name in {"overlong", "a surrogate in bytes"}  # which change nothing there
    if name == "a lone surrogate":
        assert refused_text('x: "\\ud800"\n') != ""


def test_c7_an_encoding_that_xml_names_is_not_obeyed(tmp_path: Path) -> None:
    for name in ("unicode_escape", "utf-7", "rot13", "idna", "zlib", "UTF-16", "cp037"):
        (tmp_path / "x.xml").write_bytes(f"<?xml version='1.0' encoding='{name}'?><testsuite/>".encode())
        evidence = read(tmp_path / "x.xml", "junit")
        assert (evidence.invalid, evidence.fault) == (True, False), name


XML_READERS = ("junit", "jmeter-xml")
ENTITY = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&x;"/></testsuite>'
LAUGHS = "<!DOCTYPE a [<!ENTITY a 'ha'>" + "".join(f"<!ENTITY {chr(98 + n)} '{('&' + chr(97 + n) + ';') * 10}'>" for n in range(10)) + "]><testsuite>&k;</testsuite>"


@pytest.mark.parametrize("reader", XML_READERS)
@pytest.mark.parametrize("text", [ENTITY, LAUGHS, '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><testsuite/>', "<!DOCTYPE a><testsuite/>"])
def test_c8_xml_with_entities_or_a_document_type(reader: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_text(text)
    start = time.process_time()
    evidence = read(tmp_path / "x.xml", reader)
    assert evidence.invalid
    assert not evidence.fault
    assert "root:" not in repr(evidence)
    assert time.process_time() - start < SECONDS


@corpora
def test_c8_the_bombs_of_defusedxml(tmp_path: Path) -> None:
    tried = 0
    for path in sorted((HOSTILE / "defusedxml-bombs" / "xmltestdata").iterdir()):
        (tmp_path / "x.xml").write_bytes(path.read_bytes())
        for reader in XML_READERS:
            start = time.process_time()
            evidence = read(tmp_path / "x.xml", reader)
            assert not evidence.facts
            assert not evidence.fault
            assert time.process_time() - start < SECONDS
            tried += 1
    print(f"\n{tried} readings of XML bombs")
    assert tried >= 20


def zeros(size: int, kind: str) -> bytes:
    if kind == "zst":
        return zstd.compress(bytes(size))
    pack = gzip.compress if kind == "gz" else bz2.compress
    return pack(bytes(1_000_000)) * (size // 1_000_000)  # members, one after the other


@pytest.mark.parametrize("kind", ["gz", "bz2", "zst"])
def test_c9_a_compressed_bomb(kind: str, tmp_path: Path) -> None:
    """300 MB of zeros, alone and twice packed: refused by its size, its ratio or its content."""
    raw = zeros(300_000_000, kind)
    for data in (raw, zstd.compress(raw), gzip.compress(gzip.compress(raw))):
        attacked = with_evidence(tmp_path, data)
        assert attacked.outcome == "invalid"
        assert attacked.seconds < 4 * SECONDS


@pytest.mark.parametrize("kind", ["bz2", "zst"])
def test_c9_a_bomb_for_a_reader_that_reads_in_pieces(kind: str, tmp_path: Path) -> None:
    head = b"timeStamp,elapsed,label,responseCode,success,allThreads\n"
    row = b"1795400465793,120,GET /chat,200,true,9\n"
    pack, part = zstd.compress if kind == "zst" else bz2.compress, row * 100_000
    path = tmp_path / "run.jtl"
    path.write_bytes(pack(head) + pack(part) * (300_000_000 // len(part)))
    evidence = read(path, "jmeter-jtl")
    assert codes(evidence) == ["bomb"]
    assert evidence.problems[0].message == "the file unpacks to more than 1,000 times its size"
    assert evidence.files == () or evidence.files[0].size == path.stat().st_size


def test_c9_size_and_content_are_the_engines_limits(tmp_path: Path) -> None:
    path = tmp_path / "run.jtl"
    path.write_bytes(b"timeStamp,elapsed,label,responseCode,success,allThreads\n" + b"1795400465793,120,GET,200,true,9\n" * 400_000)
    assert codes(read(path, "jmeter-jtl", DEFAULT._replace(size=10_000_000))) == ["too-large"]
    assert codes(read(path, "jmeter-jtl", DEFAULT._replace(content=10_000_000))) == ["too-large"]
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert codes(read(path, "jmeter-jtl", DEFAULT._replace(content=10_000_000))) == ["too-large"]


def test_c9_an_archive_is_not_unpacked_to_disk(tmp_path: Path) -> None:
    """Zip slip and links in archives: names in an archive are never paths."""
    folder = home(tmp_path / "repo")
    with zipfile.ZipFile(folder / "evidence/load.json", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../owned", "x")
        archive.writestr("/tmp/owned-by-zip", "x")  # noqa: S108
        archive.writestr("header.json", "{" + " " * 50_000_000 + "}")
    attacked = decided(folder)
    assert attacked.outcome == "invalid"
    assert not (tmp_path / "owned").exists()
    assert not Path("/tmp/owned-by-zip").exists()  # noqa: S108
    assert attacked.seconds < SECONDS


GLOBS = ["**/" * 12 + "*.json", "*" * 200 + "b", "*a" * 100 + "b", "[" * 500, "[!" + "a" * 1000 + "]*" * 50, "?" * 300, "*/" * 60 + "x",
         "evidence/" + "*a*" * 40]  # fmt: skip


@pytest.mark.parametrize("pattern", GLOBS, ids=lambda pattern: pattern[:12])
def test_c10_patterns_that_blow_up(pattern: str, tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / ("a" * 200 + str(number))).write_text("x")
    start = time.process_time()
    assert find(pattern, Roots(tmp_path, tmp_path)).paths in ((),) or "?" in pattern or "*" in pattern
    assert time.process_time() - start < SECONDS


@corpora
def test_c10_no_pattern_of_a_stranger_is_a_regular_expression(tmp_path: Path) -> None:
    """The corpus of blow-ups, as names, patterns, expectations and values: bounded, and no GO."""
    text = (HOSTILE / "redos-patt" / "Regular Expression" / "README.md").read_text()
    patterns = [part for line in text.splitlines() for part in line.split("`")[1::2] if "(" in part]
    assert len(patterns) >= 5
    original = (home(tmp_path / "a") / "list.yaml").read_text()
    for pattern in patterns:
        escaped = pattern.replace("\\", "\\\\").replace('"', '\\"')
        for old in ("evidence/load.json", "p95 <= 800 ms", "Title of LOAD-01"):
            attacked = with_launch_text(tmp_path / "b", "list.yaml", original.replace(old, escaped, 1))
            assert not attacked.fooled or old.startswith("Title")
            assert attacked.seconds < SECONDS


def test_c11_markdown_time_bombs(tmp_path: Path) -> None:
    """Nested brackets, links, emphasis, quotes and code, in a note and as evidence: bounded."""
    bombs = ["[" * 50_000, "![[]()" * 20_000, "*a_ " * 20_000, "> " * 20_000, "`" * 1 + "`a" * 30_000, "[a](<b" * 20_000,
             "<" * 50_000, "&" * 50_000, "a**b" + "c* " * 30_000, "\\" * 50_000, "- " * 20_000, "|" * 50_000]  # fmt: skip
    from readiness.rendering.engine import markdown

    for bomb in bombs:
        start = time.process_time()
        markdown(bomb)
        (tmp_path / "x.md").write_text("# Runbook\n\n" + bomb)
        assert not read(tmp_path / "x.md", "markdown").fault
        assert time.process_time() - start < SECONDS, bomb[:10]


@posix
@pytest.mark.parametrize("target", ["fifo", "/dev/zero", "/dev/urandom", "/proc/self/environ", "/proc/self/mem", "/etc/passwd", "socket", "giant"])
def test_c12_what_is_no_plain_file_of_the_repository(target: str, tmp_path: Path) -> None:
    folder = home(tmp_path)
    path = folder / "evidence/load.json"
    path.unlink()
    if target == "fifo":
        os.mkfifo(path)
    elif target == "socket":
        import socket

        with socket.socket(socket.AF_UNIX) as made:
            here = Path.cwd()
            os.chdir(path.parent)
            made.bind(path.name)
            os.chdir(here)
    elif target == "giant":
        with path.open("wb") as file:
            file.truncate(10_000_000_000_000)
    else:
        path.symlink_to(target)
    attacked = decided(folder)
    assert attacked.outcome == "invalid"
    assert attacked.code in {"", "not-a-file", "too-large", "unreadable"}
    assert attacked.seconds < SECONDS


@posix
def test_c12_the_launch_itself_may_be_no_pipe(tmp_path: Path) -> None:
    for name in YAML_FILES:
        folder = home(tmp_path / name)
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)
        assert gate(folder).code in (2, 3)
    os.mkfifo(tmp_path / "review.json")
    assert readiness("report", tmp_path / "review.json", cwd=tmp_path).code == 3


PATHS = ["../secret.json", "/etc/passwd", "..\\secret.json", "evidence/../../secret.json", "C:\\x", "c:x", "evidence/load.json\0", "\u202ex",
         "evidence//../../secret.json", "~/x", "file:///etc/passwd", "../repo-evil/secret.json", "evidence/./../..", ".git/config",
         "evidence/%2e%2e/%2e%2e/secret.json", ".GIT/config", "evidence/../.git/config", "\\\\host\\share", "evidence\n/../x"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_c13_paths_that_leave_the_repository(path: str, tmp_path: Path) -> None:
    folder = home(tmp_path / "repo")
    for outside in (tmp_path / "secret.json", tmp_path / "repo-evil" / "secret.json", folder / ".git" / "config"):
        outside.parent.mkdir(exist_ok=True)
        outside.write_bytes(values())
    try:
        attacked = decided(home(folder, go_world().with_need("LOAD-01", path=path)))
    except ValueError:  # no file can have such a name
        return
    assert not attacked.fooled
    assert attacked.outcome in {"invalid", "missing", "refused"}


@corpora
def test_c13_the_corpus_of_traversals(tmp_path: Path) -> None:
    """Every payload as the path of an evidence pattern: none finds a file."""
    folder = home(tmp_path / "repo")
    roots, tried = Roots(folder, folder), 0
    for file in sorted((HOSTILE / "traversal-payloadsallthethings" / "Directory Traversal" / "Intruder").glob("*.txt")):
        lines = file.read_bytes().decode("utf-8", "replace").splitlines()
        for line in lines if os.environ.get("HOSTILE") else lines[:: max(1, len(lines) // 400)]:
            for payload in (line, line.replace("{FILE}", "etc/passwd"), f"evidence/{line}"):
                try:
                    match = find(payload, roots)
                except OSError:  # too long a name
                    continue
                for path in match.paths:
                    with pytest.raises(Unopened):
                        os.close(open_file(path, roots)[0])
                tried += 1
    print(f"\n{tried} traversals, 0 escapes")
    assert tried > 1000


@posix
def test_c13_links_out_of_the_repository(tmp_path: Path) -> None:
    """A linked file, a linked folder, a link to a link, a link upwards: all are refused."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out/load.json").write_bytes(values())
    for make in ("file", "folder", "chain", "upwards", "pattern"):
        folder = home(tmp_path / make)
        world = go_world()
        if make == "file":
            (folder / "evidence/load.json").unlink()
            (folder / "evidence/load.json").symlink_to(tmp_path / "out/load.json")
        elif make == "chain":
            (folder / "one").symlink_to(tmp_path / "out")
            (folder / "two").symlink_to("one/load.json")
            world = world.with_need("LOAD-01", path="two")
        else:
            (folder / "link").symlink_to({"upwards": ".."}.get(make, str(tmp_path / "out")))
            path = {"upwards": "link/out/load.json", "pattern": "l*k/*.json"}.get(make, "link/load.json")
            world = world.with_need("LOAD-01", path=path)
        if make != "file":
            world.write(folder)
        attacked = decided(folder)
        assert (attacked.fooled, attacked.outcome) == (False, "invalid"), make
    checklist = home(tmp_path / "checklist")
    (checklist / "list.yaml").rename(tmp_path / "out/list.yaml")
    (checklist / "list.yaml").symlink_to(tmp_path / "out/list.yaml")
    assert decided(checklist).code == "outside"


@posix
def test_c14_a_folder_swapped_for_a_link_while_it_is_opened(tmp_path: Path) -> None:
    """A thread swaps a folder and a link that leads out, as fast as it can: no opening gets out."""
    folder = home(tmp_path / "repo")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/x").write_bytes(b"SECRET")
    (folder / "real").mkdir()
    (folder / "real/x").write_bytes(b"mine")
    (folder / "link").symlink_to(tmp_path / "out")
    here = folder / "here"
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            (folder / "real").rename(here)
            here.rename(folder / "real")
            (folder / "link").rename(here)
            here.rename(folder / "link")

    thread = threading.Thread(target=swap)
    thread.start()
    opened = 0
    try:
        until = time.monotonic() + 3
        while time.monotonic() < until:
            try:
                handle, _ = open_file("here/x", Roots(folder, folder))
            except Unopened:
                continue
            with open(handle, "rb") as file:  # noqa: PTH123 - a handle
                assert file.read() == b"mine"
            opened += 1
    finally:
        stop.set()
        thread.join()
    print(f"\n{opened} openings during the swaps, 0 outside")


def test_c14_the_bytes_that_are_hashed_are_those_that_are_read(tmp_path: Path) -> None:
    """The digest is that of the content even where the file is replaced between two readings."""
    import hashlib

    path = tmp_path / "x.json"
    path.write_bytes(values())
    before, real = path.read_bytes(), choose

    def swapped(*arguments: object) -> object:
        path.write_bytes(values(p95=1))
        return real(*arguments)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("readiness.evidence.files.choose", swapped)
        evidence = read(path, "json")
    assert evidence.files[0].sha256 == hashlib.sha256(before).hexdigest()


def test_the_launch_of_these_tests_is_a_go(tmp_path: Path) -> None:
    assert decided(home(tmp_path / "a")).fooled
    assert with_evidence(tmp_path / "b", values()).fooled
    assert readiness("lint", cwd=demo(tmp_path, LAUNCH)).code == 0
