"""The logo of an organisation: a small PNG or JPEG, drawn anew so that nothing but its pixels
stays. SVG is never taken, for it can hold scripts and fetch files."""

from __future__ import annotations

import base64
import io

from domain.kernel import BadInput

LARGEST = 512 * 1024
"""Bytes of an upload."""
MOST_PIXELS = 4_000
"""Of either side."""
_KEPT = (900, 300)
"""Pixels that a logo keeps at most: 300 an inch at the size of print."""


def read_logo(data: bytes) -> bytes:
    """The picture as PNG without metadata, made smaller where it is large.

    :class:`BadInput` where it is too large, or no PNG or JPEG.
    """
    if len(data) > LARGEST:
        raise BadInput(f"The logo is larger than {LARGEST // 1024} KiB; make it smaller.")
    # Pillow takes a while to load, and every page would wait for it.
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
            _refuse_size(picture.size)
            pixels = picture.convert("RGBA")
    except Image.DecompressionBombError:
        raise _too_wide() from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise BadInput("The logo is no whole PNG or JPEG; save it as one of them.") from None
    pixels.thumbnail(_KEPT)
    out = io.BytesIO()
    Image.frombytes("RGBA", pixels.size, pixels.tobytes()).save(out, "PNG", optimize=True)
    return out.getvalue()


def logo_address(logo: bytes) -> str:
    """The picture inside a page; empty where there is none."""
    return f"data:image/png;base64,{base64.b64encode(logo).decode()}" if logo else ""


def _refuse_size(size: tuple[int, int]) -> None:
    if max(size) > MOST_PIXELS:
        raise _too_wide()


def _too_wide() -> BadInput:
    return BadInput(f"The logo is wider or higher than {MOST_PIXELS:,} pixels; make it smaller.")
