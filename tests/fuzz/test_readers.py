"""Every reader over mutated good samples: short here, as long as you like with `make fuzz`."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readiness.evidence.collect import READERS

from .mutations import KINDS, Step, mutated, readers, seeds, tried

SHARE = st.floats(0, 1, exclude_max=True)
STEPS = st.lists(st.builds(Step, st.integers(0, KINDS - 1), SHARE, SHARE, st.integers(0, 999)), min_size=1, max_size=4)
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "40"))


@pytest.mark.parametrize("name", readers())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_mutated_sample_is_read_or_refused(name: str, data: st.DataObject) -> None:
    _, content = data.draw(st.sampled_from(seeds(name)))
    tried(READERS.shipped[name], mutated(content, data.draw(STEPS)))


def test_every_reader_has_samples_to_start_from() -> None:
    assert readers() == list(READERS.shipped_ids)
