"""The interpreters over thousands of calls: what leaks in them shows after megabytes, and must stay bounded."""

import re
import time

from function_support import lines
from source_support import JAVASCRIPT, PYTHON, event, example, good, make
from support import equal

QUAKES = [line for line in lines() if b'"place":"' in line][:20]
CALLS = 1500


def memory_mb(tail):
    """The most memory of a call, as the report at the end of its log tells."""
    return int(re.search(r"Max Memory Used: (\d+) MB", tail).group(1))


for name, package, runtime in (
    ("soak-js", example("javascript/index.mjs"), JAVASCRIPT),
    ("soak-py", example("python/app.py"), PYTHON),
):
    make(name, package, runtime, Timeout=10)
    given, curve, start = event(*QUAKES), [], time.monotonic()
    for _ in range(CALLS):
        answer, tail = good(name, given)
        equal(sum(answer["regions"].values()), len(QUAKES))
        curve.append(memory_mb(tail))
    begin, end = max(curve[: CALLS // 2]), max(curve[CALLS // 2 :])
    print(f"{name}: {CALLS} calls in {time.monotonic() - start:.1f} s, up to {begin} MB, then up to {end} MB")
    assert end <= begin * 1.1 + 1, curve[:: CALLS // 50]
