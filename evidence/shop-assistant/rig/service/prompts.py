"""Prompt manifest: versions, digests and the switch between them."""

import hashlib
from dataclasses import dataclass
from typing import Any

from service.config import SERVICE_DIR, load_yaml


def digest(text: str) -> str:
    """Return the SHA-256 of a prompt: LF line ends, and no white space at its end."""
    return hashlib.sha256(text.replace("\r\n", "\n").rstrip().encode()).hexdigest()


@dataclass(frozen=True)
class Prompt:
    """One prompt version with the text the model gets."""

    version: str
    sha256: str
    model: str
    parameters: dict[str, Any]
    text: str


class PromptBook:
    """Every version of the manifest, checked against its digest, and the active one."""

    def __init__(self) -> None:
        manifest = load_yaml("prompts/prompts.yaml")
        self._prompts = {entry["version"]: self._read(entry) for entry in manifest["prompts"]}
        (active,) = manifest["active"].values()
        self.active = self._prompts[active]

    @staticmethod
    def _read(entry: dict[str, Any]) -> Prompt:
        text = (SERVICE_DIR / "prompts" / entry["file"]).read_text(encoding="utf-8")
        if digest(text) != entry["sha256"]:
            raise ValueError(f"{entry['file']} is not what the digest of {entry['version']} says")
        return Prompt(entry["version"], entry["sha256"], entry["model"], entry["parameters"], text)

    def use(self, version: str) -> Prompt:
        """Make `version` the active prompt and return it; KeyError for an unknown version."""
        self.active = self._prompts[version]
        return self.active
