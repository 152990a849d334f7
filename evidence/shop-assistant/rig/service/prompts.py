"""Prompt manifest: versions, checksums and the switch between them."""

import hashlib
from dataclasses import dataclass
from typing import Any

from service.config import SERVICE_DIR, load_yaml


@dataclass(frozen=True)
class Prompt:
    """One prompt version with the text the model gets."""

    version: str
    sha256: str
    model: str
    parameters: dict[str, Any]
    text: str


class PromptBook:
    """Every version of the manifest, checked against its sha256, and the active one."""

    def __init__(self) -> None:
        manifest = load_yaml("prompts/prompts.yaml")
        self._prompts = {entry["version"]: self._read(entry) for entry in manifest["prompts"]}
        self.active = self._prompts[manifest["active"]]

    @staticmethod
    def _read(entry: dict[str, Any]) -> Prompt:
        raw = (SERVICE_DIR / "prompts" / entry["file"]).read_bytes()
        digest = hashlib.sha256(raw).hexdigest()
        if digest != entry["sha256"]:
            raise ValueError(f"prompt {entry['version']}: {entry['file']} has sha256 {digest}")
        return Prompt(
            entry["version"], digest, entry["model"], entry["parameters"], raw.decode("utf-8")
        )

    def use(self, version: str) -> Prompt:
        """Make `version` the active prompt and return it; KeyError for an unknown version."""
        self.active = self._prompts[version]
        return self.active
