"""Run a command and write what it took: ``python -I -S stopwatch.py RESULT.json COMMAND …``.

A process of its own and a small one, because a new process counts its parent's memory as its own
until it has become its program: started from a large one, every command would seem large.
"""

import json
import os
import sys
import time


def main() -> None:
    """Ends with the command's own code."""
    result, command, *words = sys.argv[1:]
    started = time.perf_counter()
    process = os.posix_spawnp(command, [command, *words], os.environ)
    _, status, used = os.wait4(process, 0)
    taken = {
        "seconds": time.perf_counter() - started,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "peak_mib": used.ru_maxrss / 1024,
    }
    with open(result, "w") as file:  # noqa: PTH123 - pathlib is memory and time
        json.dump(taken, file)
    sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)


if __name__ == "__main__":
    main()
