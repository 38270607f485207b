"""Without a terminal a long job says what it does: where a step begins, and every half minute."""

import io

from apps.worker.terminal import LINE_SECONDS, Lines


def test_a_file_gets_a_line_where_a_step_begins_and_one_every_half_minute():
    out, now = io.StringIO(), [0.0]
    lines = Lines(out, clock=lambda: now[0])
    lines.step("fit")
    for second in range(0, 70, 5):
        now[0] = float(second)
        lines.show(second, 100, "events: epoch 2 of 9")
    lines.step("sample")
    lines.end()
    lines.show(1, 1, "too late")
    first, half, whole, sampling = out.getvalue().splitlines()
    assert (first, sampling) == ("Training …", "Sampling …")
    assert half.startswith(f"Training: {LINE_SECONDS:.0f}%, events: epoch 2 of 9, about ")
    assert whole.startswith("Training: 60%")


def test_a_step_whose_length_is_not_known_is_still_said_to_go_on():
    out, now = io.StringIO(), [0.0]
    lines = Lines(out, clock=lambda: now[0])
    lines.step("read")
    now[0] = LINE_SECONDS + 1
    lines.show(0, 0, "")
    assert out.getvalue().splitlines() == ["Reading …", "Reading …"]
