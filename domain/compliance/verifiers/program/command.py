"""Check an evidence pack of Synthetic Data Studio, without Synthetic Data Studio.

    python -I verify.py PACK.zip --key FINGERPRINT
    python -I verify.py FOLDER --key FINGERPRINT     the same pack, unpacked
    python -I verify.py                              the folder that this file lies in

It ends with
    0   intact, and signed by the key that you named; the first line says whether it has expired
    1   broken, or signed by another key: the first broken thing is named in one sentence
    2   intact, signer not verified: without --key anyone could have signed it
    3   nothing was checked: no such file, a wrong --key, a missing package

FINGERPRINT is the SHA-256 of the instance's public key (or that key itself), 64 hexadecimal
digits; spaces, colons and dashes do not matter. Get it from the sender by another way than this
pack: https://THEIR-ADDRESS/.well-known/synthetic-data-studio.json, or the telephone. The same goes
for this program: whoever forges a pack can forge the verifier inside it, so compare the SHA-256
of this file with the one published there, or take the file from the vendor. Best check the zip as
it came, from a folder of your own. Without “-I” this program still drops its own folder from where
modules are looked for; it cannot help what runs before its first line.

What is checked, in this order: the frame of the zip (one reading for every program, no link, no
hidden byte, no bomb); the Ed25519 signature (RFC 8032) over the canonical JSON (RFC 8785) of
manifest.json; that no file was removed, added or changed (SHA-256, size); the extract of the audit
log (RFC 6962: signed head, order, gaps, hashes, proofs); the in-toto statements in DSSE envelopes,
and what they say of the files. It cannot tell whether what was signed is true, nor what never went
into the pack, nor whether the sender has made a newer one since: compare the pack and its date.

Needs Python 3.10 and the package “cryptography”. It reads: it writes nothing, unpacks nothing to
disk, opens no connection and runs nothing out of the pack.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from domain.compliance.verifiers.program.answer import (
    BROKEN,
    UNCHECKED,
    Answer,
    answer,
    now_utc,
)
from domain.compliance.verifiers.program.broken import BrokenError
from domain.compliance.verifiers.program.keys import digits_of
from domain.compliance.verifiers.program.pack import check
from domain.compliance.verifiers.program.unpacked import Folder
from domain.compliance.verifiers.program.zipped import Zip

NEEDS = (
    "Install “cryptography” first: python -m pip install cryptography (“python -I” finds it where "
    "it was installed for everybody or into a virtual environment, not with --user)"
)


class Arguments(argparse.ArgumentParser):
    """Ends with 3 where argparse ends with 2, which has a meaning here."""

    def error(self, message: str) -> NoReturn:
        self.exit(UNCHECKED, f"{self.format_usage()}{message}\n")


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = Arguments(
        description=(__doc__ or "").split("\n")[0], epilog="The head of this file says the rest."
    )
    here = Path(__file__).resolve().parent
    parser.add_argument("pack", nargs="?", type=Path, default=here, help="zip or unpacked folder")
    parser.add_argument("--key", help="the fingerprint that the sender publishes: 64 digits")
    return parser.parse_args()


def main() -> int:
    """Check what the command line names; returns the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal may lack a letter of a name
    told = answered(arguments())
    say(told.lines)
    return told.code


def say(lines: Sequence[str]) -> None:
    """Print; where nobody listens any more (as behind “head”) the exit code still tells."""
    try:
        print(*lines, sep="\n", flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def answered(asked: argparse.Namespace) -> Answer:
    """What to say to a command line."""
    key = None if asked.key is None else digits_of(asked.key)
    if asked.key is not None and key is None:
        return Answer(UNCHECKED, ("--key takes the 64 hexadecimal digits of a fingerprint.",))
    if importlib.util.find_spec("cryptography") is None:
        return Answer(UNCHECKED, (NEEDS,))
    return judged(asked.pack, key)


def judged(path: Path, key: str | None) -> Answer:
    """Check a pack; returns what to say of it."""
    try:
        if path.is_dir():
            return answer(check(Folder(path)), key, now_utc())
        with path.open("rb") as stream:
            return answer(check(Zip(stream)), key, now_utc())
    except BrokenError as broken:
        return Answer(BROKEN, (str(broken),))
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        return Answer(UNCHECKED, (f"{path} cannot be opened: {reason}.",))


if __name__ == "__main__":
    sys.exit(main())
