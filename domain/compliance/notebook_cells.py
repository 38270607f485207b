"""The cells of ``reproduce.ipynb`` as one program, which :mod:`domain.compliance.notebook` cuts.

A cell begins with ``# %%``, its id, its kind and, where not every pack has it, which ones do. Words
behind a dollar sign are filled in. It runs alone, beside a pack: nobody imports it.
"""

# %% title [markdown]
# # Make the rows of “$dataset” again
#
# $organisation made this pack with Synthetic Data Studio $version on $date. This notebook checks
# the pack, makes its synthetic rows again where the real rows are, and counts them. It holds no
# real row and no secret, and shows none.
#
# Put it beside the zip it came from, open it where Synthetic Data Studio is installed, with a
# Python that has pandas and pyarrow (the product's own has), and run all cells. Elsewhere it
# checks and counts all the same, and says what cannot be done there.

# %% sealed-seed [markdown] private
# **Differential privacy.** The noise of this model follows from a sealed seed. It stays encrypted
# inside the instance that made the pack: it is neither in the pack nor in this notebook, and
# `provenance.json` holds only a commitment to it. On that instance the same rows come out again,
# to the byte. Nowhere else can anybody make them, for who knew the noise could take it off. Making
# them again tells nothing new of anyone, and costs no ε: nothing that is made leaves the instance.

# %% settings [code]
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

PACK = os.environ.get("STUDIO_PACK", "")  # the zip; empty: it lies beside this notebook
STUDIO = os.environ.get("STUDIO_FOLDER", "")  # with manage.py in it; empty: here or above
PYTHON = os.environ.get("STUDIO_PYTHON", "")  # the product's; empty: found

PACK_ID = "$pack"

# %% finding-words [markdown]
# ## 1. Is the pack whole?
#
# Every file is hashed and compared with `manifest.json`. Who signed the manifest is another
# question: `verify.py` answers it.

# %% finding [code]


def is_this_pack(path: Path) -> bool:
    """Whether a zip is the pack that this notebook came from."""
    try:
        with zipfile.ZipFile(path) as archive:
            return bool(json.loads(archive.read("manifest.json"))["pack_id"] == PACK_ID)
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile):
        return False


def the_pack() -> Path:
    """The zip that was named, or the one beside this notebook or in the folder above."""
    if PACK:
        return Path(PACK).resolve()
    here = Path.cwd()
    for path in (*sorted(here.glob("*.zip")), *sorted(here.parent.glob("*.zip"))):
        if is_this_pack(path):
            return path
    raise FileNotFoundError("Put the zip beside this notebook, or write its path into PACK above.")


pack = zipfile.ZipFile(the_pack())
manifest = json.loads(pack.read("manifest.json"))
if manifest["pack_id"] != PACK_ID:
    raise ValueError("PACK is another pack than the one that this notebook came from.")

# %% hashes [code]


def sha256_of(name: str) -> str:
    """Of a file of the pack, in hex."""
    digest = hashlib.sha256()
    with pack.open(name) as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def not_as_sealed() -> Iterator[str]:
    """What is changed, missing or added, in sentences."""
    there = [name for name in pack.namelist() if name != "manifest.json"]
    for name, file in manifest["files"].items():
        if there.count(name) != 1:
            yield f"{name!r} is missing, or there twice."
        elif sha256_of(name) != file["sha256"]:
            yield f"{name!r} was changed."
    yield from (f"{name!r} was added." for name in there if name not in manifest["files"])


broken = list(not_as_sealed())
if broken:
    raise ValueError(f"{broken[0]} Ask the sender for another pack.")
print(f"All {len(manifest['files'])} files have the hashes of the manifest.")

# %% environment-words [markdown]
# ## 2. Is this the environment of the fit?
#
# The same bytes need the same versions, instruction set and maker of the processor; the number of
# threads is set as it was. `provenance.json` has it all on record, and `environment.txt` installs
# it.

# %% environment [code]
LOOK = """
import json, platform, re
from importlib.metadata import distributions
found = {}
for distribution in distributions():
    name = distribution.metadata["Name"]
    if name:
        found.setdefault(re.sub("[-_.]+", "-", name).lower(), distribution.version)
try:
    from torch.backends.cpu import get_cpu_capability
    from torch.cpu import get_capabilities
except ImportError:
    get_cpu_capability, get_capabilities = lambda: "unknown", dict
print(json.dumps({
    "python": platform.python_version(),
    "implementation": platform.python_implementation(),
    "platform": platform.platform(),
    "machine": platform.machine(),
    "instruction_set": get_cpu_capability(),
    "processor": get_capabilities().get("cpu_name", "unknown"),
    "distributions": found,
}))
"""


def the_studio() -> Path | None:
    """The folder with the product's ``manage.py``; ``None`` where there is none."""
    folders = [Path(STUDIO).resolve()] if STUDIO else [Path.cwd(), *Path.cwd().parents]
    command = "apps/worker/management/commands/reproduce.py"
    return next((folder for folder in folders if (folder / command).exists()), None)


def the_python() -> str:
    """The one beside the product, else the one that runs this notebook."""
    own = studio / ".venv" / "bin" / "python" if studio else None
    return PYTHON or (str(own) if own and own.exists() else sys.executable)


def show(told: dict[str, Any]) -> None:
    """An output by media type; as text where nothing can draw it."""
    try:
        from IPython.display import display
    except ImportError:
        print(told["text/plain"])
    else:
        display(told, raw=True)


def show_table(frame: pd.DataFrame) -> None:
    """A table, its names and words escaped."""
    show({"text/html": frame.to_html(), "text/plain": frame.to_string()})


def not_as_recorded() -> Iterator[str]:
    """What is not as it was at the fit, in sentences."""
    for what in ("python", "implementation", "machine", "instruction_set", "processor"):
        if recorded.get(what, "") not in ("", here[what]):
            yield f"{what.replace('_', ' ')}: {recorded[what]} then, {here[what]} now"
    for name, version in recorded["distributions"].items():
        now = here["distributions"].get(name, "not installed")
        if now != version:
            yield f"{name}: {version} then, {now} now"


provenance = json.loads(pack.read("provenance.json"))
recorded, studio = provenance["environment"], the_studio()
here = json.loads(
    subprocess.run([the_python(), "-c", LOOK], capture_output=True, check=True, text=True).stdout
)
facts = [what for what in here if what != "distributions"]
show_table(
    pd.DataFrame(
        {
            "on record": [recorded[what] for what in facts],
            "here": [here[what] for what in facts],
        },
        index=[what.replace("_", " ") for what in facts],
    )
)
differences = list(not_as_recorded())
print(f"Fitted by version {recorded['product']} on {recorded['device'] or 'an unknown device'},")
print(f"threads: {recorded['threads'] or 'unknown'}, packages: {len(recorded['distributions'])}.")
print("\n".join(differences) or "Nothing of this differs here.")

# %% reproducing-words [markdown]
# ## 3. Do the same rows come out?
#
# `manage.py reproduce` fits and draws again from the real rows with the seeds on record, compares,
# and keeps nothing.

# %% reproducing [code]
SAME, BROKEN, NOT_HERE, ALIKE, UNLIKE = range(5)  # the command's exit codes

made: subprocess.CompletedProcess[str] | None = None
if studio is not None:
    made = subprocess.run(
        [the_python(), "manage.py", "reproduce", str(the_pack())],
        cwd=studio,
        env={name: value for name, value in os.environ.items() if "FORCE" not in name},
        capture_output=True,
        check=False,
        text=True,
    )
    print(made.stdout + made.stderr)
    print(f"Exit code {made.returncode}")
else:
    print("There is no Synthetic Data Studio here; write its folder into STUDIO above.")

# %% rows-words [markdown]
# ## 4. The synthetic rows
#
# Counted from the Parquet files of the pack: how many, and what each column holds. All of it is
# synthetic.

# %% rows [code]


def rows_of(file: str) -> pd.DataFrame:
    """A file of synthetic rows, typed."""
    with pack.open(file) as stream:
        return pd.read_parquet(stream, dtype_backend="numpy_nullable")


card = json.loads(pack.read("model-card.json"))
files = [name for name in manifest["files"] if name.endswith(".parquet")]
tables = {Path(name).stem if "/" in name else "": rows_of(name) for name in files}
expected = {table["name"]: table["rows"] for table in card["synthetic_data"]["tables"]}
for table, frame in tables.items():
    promised = expected[table] if table else next(iter(expected.values()))
    agrees = "as the model card says" if len(frame) == promised else f"the card says {promised:,}"
    named = f"Table {table!r}: " if table else ""
    print(f"{named}{len(frame):,} rows, {len(frame.columns)} columns ({agrees})")
    show_table(frame.describe(include="all").transpose())

# %% figures-words [markdown] evaluated
# ## 5. The figures of the evaluation again
#
# Into the bins of `evaluation.json` the synthetic rows are counted once more. The real side of the
# charts is not counted here: it is what `evaluation.json` says, with small cells suppressed. Two
# things make counts differ: of long tables the evaluation counts random rows, and where few real
# cells are missing it counts missing cells with the fullest bin.

# %% figures [code] evaluated
OTHERS = "(all others)"


def counted(overlay: dict[str, Any], column: "pd.Series[Any]") -> list[int]:
    """Synthetic rows in each bin of a column; what lies beyond the axis is in its end bins."""
    known = column.dropna()
    if overlay["axis"] == "category":
        words = [word for word in overlay["words"] if word != OTHERS]
        counts = known.astype(str).value_counts()
        named = [int(counts.get(word, 0)) for word in words]
        return named if len(words) == len(overlay["words"]) else [*named, len(known) - sum(named)]
    bins = np.searchsorted(overlay["edges"][1:-1], on_axis(known, overlay["axis"]), side="right")
    return [int(n) for n in np.bincount(bins, minlength=len(overlay["edges"]) - 1)]


def on_axis(known: "pd.Series[Any]", axis: str) -> Any:
    """Numbers; of dates, seconds since 1970."""
    if axis == "number":
        return pd.to_numeric(known).to_numpy(float)
    return (pd.to_datetime(known, utc=True) - pd.Timestamp(0, tz="UTC")).dt.total_seconds()


def shares(counts: list[int]) -> list[float]:
    """Of all counted rows, 0 to 1."""
    return [n / max(sum(counts), 1) for n in counts]


def labels(overlay: dict[str, Any]) -> list[str]:
    """A name for each bin."""
    if overlay["words"]:
        return list(overlay["words"])
    ends = [f"{edge:,.12g}" for edge in overlay["edges"]]
    if overlay["axis"] == "date":
        ends = [f"{pd.Timestamp(edge, unit='s'):%Y-%m-%d %H:%M}" for edge in overlay["edges"]]
    found = [f"{low} to {high}" for low, high in pairwise(ends)]
    if overlay["open_ended"] and len(found) > 1:
        found[0], found[-1] = f"up to {ends[1]}", f"from {ends[-2]}"
    return found


def chart(overlay: dict[str, Any], counts: list[int]) -> dict[str, Any]:
    """The synthetic column as counted here beside the real one as evaluation.json tells it."""
    sides = {"real, from evaluation.json": overlay["real"], "synthetic, counted here": counts}
    bars = [
        {"bin": label, "share": share, "side": side}
        for side, of_side in sides.items()
        for label, share in zip(labels(overlay), shares(of_side), strict=True)
    ]
    return {
        "$$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": overlay["column"],
        "data": {"values": bars},
        "mark": "bar",
        "encoding": {
            "x": {"field": "bin", "sort": None, "title": None},
            "xOffset": {"field": "side"},
            "y": {"field": "share", "type": "quantitative", "axis": {"format": "%"}},
            "color": {"field": "side", "title": None},
        },
    }


evaluation = json.loads(pack.read("evaluation.json"))
lines, drawn = [], 0
for overlay in evaluation["overlays"]:
    column = tables[overlay["table"]][overlay["column"]]
    counts = counted(overlay, column)
    pairs = zip(shares(counts), shares(overlay["synthetic"]), strict=True)
    lines.append(
        {
            "table": overlay["table"],
            "column": overlay["column"],
            "rows counted here": sum(counts),
            "rows counted by the evaluation": sum(overlay["synthetic"]),
            "largest difference of a share": max(abs(one - other) for one, other in pairs),
        }
    )
    if drawn < 6:
        named = f"Chart of {overlay['column']!r}"
        show({"application/vnd.vegalite.v5+json": chart(overlay, counts), "text/plain": named})
        drawn += 1
show_table(pd.DataFrame(lines))

# %% conclusion-words [markdown]
# ## In the end

# %% conclusion [code]
ENDS = {
    SAME: "Made again from the real rows: the same bytes.",
    BROKEN: "The command broke off, or found the pack broken; its words are above.",
    ALIKE: "Other bytes came out, alike column by column: what differs from the record is above.",
    UNLIKE: "Other bytes came out, and not alike; ask the sender before you rely on this pack.",
}
ELSEWHERE = (
    "These rows could not be made again here: that takes the instance that has the real rows. What "
    "needs none of them was done: the hashes, and the counts of the synthetic rows."
)

for difference in differences:
    print(f"Differs from the record: {difference}")
if made is not None and made.returncode == NOT_HERE:
    print(made.stderr.strip())
print(ENDS.get(made.returncode, ELSEWHERE) if made is not None else ELSEWHERE)
