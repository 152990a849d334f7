"""Whole runs: small launches on disk, the properties that must hold of them, bugs that must not."""
