"""First of all: nothing is imported from the folder that this file lies in, where a forged pack
could have put an argparse.py of its own (Python looks there first, but for “python -I”)."""

import sys

if __name__ == "__main__" and not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
    sys.path[:] = [place for place in sys.path if place != sys.path[0]]
