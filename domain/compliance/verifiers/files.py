"""``verify.py`` and ``verify.html``, as they go into every pack and onto the vendor's page.

Each is put together from parts that are kept, typed and tested apart: the program from the modules
of ``program``, the page from the files of ``page``. One version of the product gives the same bytes
everywhere, so their SHA-256 can be published and compared.
"""

from __future__ import annotations

import ast
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent

_FIRST = "alone"
"""What has to happen before anything is imported."""

_MODULES = (
    *("broken", "names", "strict_json", "keys", "directory", "zipped", "unpacked"),
    *("audit_log", "statements", "pack", "answer", "command"),
)
"""In the order of need; the last one says at its head what the program is."""

_SCRIPTS = (
    *("hashing", "json", "directory", "zip", "audit_log", "statements", "pack", "answer", "screen"),
)


@cache
def verifier_files() -> Mapping[str, bytes]:
    """Both verifiers by their name in the pack."""
    return {"verify.py": _program().encode(), "verify.html": _page().encode()}


@cache
def verifier_digests() -> Mapping[str, str]:
    """The SHA-256 in hex of both, to be published: a forged verifier has another."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in verifier_files().items()}


def _program() -> str:
    first, *texts = (
        (_HERE / "program" / f"{name}.py").read_text("utf-8") for name in (_FIRST, *_MODULES)
    )
    head = ast.get_docstring(ast.parse(texts[-1]), clean=False)
    bodies = [_body(text, titled=text is not texts[-1]) for text in texts]
    return "\n\n".join([f'"""{head}"""\n\n{_before_all(first)}\n{_imports(texts)}', *bodies])


def _before_all(text: str) -> str:
    """The module before all imports, with its own import and its docstring as a comment.

    ``from __future__`` would have to stand before it, and is an import like any other: from the
    folder of the program, too.
    """
    docstring = ast.parse(text).body[0]
    return f"{_comment(text)}\n" + "\n".join(text.splitlines()[docstring.end_lineno :]) + "\n"


def _body(text: str, *, titled: bool) -> str:
    """A module without its imports, its docstring as a title."""
    tree = ast.parse(text)
    last = max(n.end_lineno or 0 for n in tree.body[:1] + [n for n in tree.body if _is_import(n)])
    body = "\n".join(text.splitlines()[last:]).strip()
    title = _comment(text) if titled else "# The command line."
    return f"# {'-' * 97}\n{title}\n# {'-' * 97}\n\n\n{body}\n"


def _comment(text: str) -> str:
    """The docstring of a module."""
    lines = (ast.get_docstring(ast.parse(text)) or "").splitlines()
    return "\n".join(f"# {line}".rstrip() for line in lines)


def _imports(texts: Iterable[str]) -> str:
    """What the modules import, but for each other and the future."""
    whole: set[str] = set()
    parts: dict[str, set[str]] = defaultdict(set)
    for node in (n for text in texts for n in ast.parse(text).body):
        if isinstance(node, ast.Import):
            whole.update(a.name for a in node.names)
        elif isinstance(node, ast.ImportFrom) and not str(node.module).startswith("domain"):
            parts[str(node.module)].update(a.name for a in node.names)
    parts.pop("__future__")
    lines = [f"import {name}" for name in sorted(whole - {"sys"})]
    lines += [f"from {name} import {', '.join(sorted(parts[name]))}" for name in sorted(parts)]
    return "\n".join([*lines, ""])


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _page() -> str:
    page, style = (_text(f"page/verify.{kind}") for kind in ("html", "css"))
    script = "\n".join(_text(f"page/{name}.js") for name in _SCRIPTS)
    return page.replace("/* style */", style).replace("/* script */", script)


def _text(path: str) -> str:
    return (_HERE / path).read_text("utf-8").strip()
