"""Reports in Chromium: what the tests of the page share. The fixtures `browser` and `show` open them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.rendering import chromium

if TYPE_CHECKING:
    from pathlib import Path

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-dev-shm-usage",
]  # fmt: skip
SPIES = """
window.__ran = [];
for (const name of ["alert", "confirm", "prompt", "print", "open", "fetch"])
  window[name] = (...x) => { window.__ran.push(name + ": " + x); };
"""
OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Texts that stand on top of each other: pairs of lines whose boxes share more than a few pixels.
OVERLAPS = """selector => {
  const found = [], clipped = e => e && (getComputedStyle(e).clipPath != "none" || clipped(e.parentElement));
  for (const root of document.querySelectorAll(selector)) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), boxes = [];
    for (let node; (node = walker.nextNode());) {
      if (!node.data.trim() || clipped(node.parentElement)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const r of range.getClientRects()) if (r.width > 1) boxes.push([r, node]);
    }
    for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
      const [a, x] = boxes[i], [b, y] = boxes[j];
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (x != y && across > 2 && down > 0.4 * Math.min(a.height, b.height))
        found.push(x.data.trim().slice(0, 40) + " / " + y.data.trim().slice(0, 40));
    }
  }
  return found;
}"""


class Seen(NamedTuple):
    """What a page did while it was open."""

    page: Any
    requests: list[str]
    complaints: list[str]
    ran: list[str]


def launch(started: Any) -> Any:
    """Start the browser of this machine, without its first-run work."""
    return started.chromium.launch(executable_path=chromium.find(), args=ARGUMENTS)


def noticed(seen: Seen, dialog: Any) -> None:
    seen.ran.append(dialog.message)
    dialog.dismiss()


def watched(context: Any, file: Path) -> Seen:
    """Open a file in a new page, and note what it asks for, says and runs."""
    page = context.new_page()
    seen = Seen(page, [], [], [])
    page.set_default_timeout(15_000)
    page.on("request", lambda r: seen.requests.append(r.url))
    page.on("console", lambda m: seen.complaints.append(m.text))
    page.on("pageerror", lambda e: seen.complaints.append(str(e)))
    page.on("dialog", lambda d: noticed(seen, d))
    page.add_init_script(SPIES)
    page.goto(file.as_uri())
    return seen
