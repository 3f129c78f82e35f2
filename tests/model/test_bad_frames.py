from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from benchmarks.bad_frames import LIBRARIES, BadFrame, bad_frames, check, run


@pytest.mark.parametrize('library', sorted(LIBRARIES))
def test_a_bad_frame_gives_the_right_result_or_a_named_error(library: str) -> None:
    with TemporaryDirectory() as folder:

        @settings(
            max_examples=150,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(bad_frames())
        def attack(bad: BadFrame) -> None:
            check(library, bad, Path(folder))

        attack()


def test_the_campaign_counts_what_it_saw() -> None:
    outcomes, defects = run(60, first_seed=1)

    assert sum(outcomes.values()) >= 60  # hypothesis may draw a few more
    assert not defects
    assert any(outcome == 'learnt' for _, outcome in outcomes)
    assert any(outcome.endswith('Error') for _, outcome in outcomes)
