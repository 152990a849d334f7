"""Chaos Toolkit control: judge the tolerance of a method's probes as well.

The toolkit itself checks tolerances in the steady-state hypothesis only; it accepts but ignores
them in the method. This control adds the same `tolerance_met` field to those runs.
"""

from typing import Any

from chaoslib.hypothesis import within_tolerance  # type: ignore[import-untyped]


def after_activity_control(context: dict[str, Any], state: dict[str, Any], **_: object) -> None:
    """Add `tolerance_met` to the run of a method probe that declares a tolerance."""
    if "tolerance" in context and "tolerance_met" not in state:
        met = state["status"] == "succeeded" and within_tolerance(
            context["tolerance"], state["output"]
        )
        state["tolerance_met"] = bool(met)
