"""Colours of 16 bits, which Pillow reads as 8 bits and can't write.

Pillow takes the first or the second byte of such a colour, as the order of bytes says
that it is told. It decodes a file twice, once in either order, and both bytes make the
colour. Files are written here, as the PNG and the TIFF specification say.
"""

from __future__ import annotations

import struct
import sys
import zlib
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin, TiffImagePlugin, TiffTags

MODES = ("RGB;16", "RGBA;16")


def read(image: Image.Image, file: BinaryIO) -> NDArray[np.uint16] | None:
    """Read the pixels of an image whose colours have 16 bits; None: they haven't.

    Raises
    ------
    ValueError
        If colours have 16 bits in a form that isn't read here.
    """
    raw_modes = {_raw_mode(tile) for tile in image.tile}
    if not any(";16" in raw for raw in raw_modes) or image.mode.startswith("I;16"):
        return None
    if len(raw_modes) != 1 or {*raw_modes} - {
        f"{mode}{order}" for mode in MODES for order in "BLN"
    }:
        raise ValueError(f"colours stored as {', '.join(raw_modes)} are not supported")
    big, little = (_decoded(file, str(image.format), order) for order in "BL")
    (raw,) = raw_modes
    is_big = raw.endswith("B") or (raw.endswith("N") and sys.byteorder == "big")
    # told the right order, Pillow takes the high byte
    high, low = (big, little) if is_big else (little, big)
    return np.left_shift(high, 8, dtype=np.uint16) | low


def _raw_mode(tile: Any) -> str:
    args = tile.args
    return args if isinstance(args, str) else str(args[0]) if args else ""


def _decoded(file: BinaryIO, format: str, order: str) -> NDArray[np.uint8]:
    file.seek(0)
    image = Image.open(file, formats=[format])
    tiles = []
    for tile in image.tile:
        raw = _raw_mode(tile)[:-1] + order
        args = raw if isinstance(tile.args, str) else (raw, *tile.args[1:])
        tiles.append(tile._replace(args=args))
    image.tile = tiles
    return np.array(image)


def save(
    pixels: NDArray[Any], file: BinaryIO, format: str, kept: dict[str, Any]
) -> None:
    """Write pixels of shape (rows, columns, 3 or 4) as PNG or TIFF."""
    if format == "png":
        _save_png(pixels, file, kept)
    else:
        _save_tiff(pixels, file, kept)


def _save_png(pixels: NDArray[Any], file: BinaryIO, kept: dict[str, Any]) -> None:
    rows, columns, channels = pixels.shape
    lines = pixels.astype(">u2").view(np.uint8).reshape(rows, -1)
    # filter 2: bytes minus those above, which compress better
    filtered = np.full((rows, 1 + lines.shape[1]), 2, np.uint8)
    filtered[:1, 1:] = lines[:1]
    np.subtract(lines[1:], lines[:-1], out=filtered[1:, 1:])
    header = struct.pack(">2I5B", columns, rows, 16, 2 if channels == 3 else 6, 0, 0, 0)
    file.write(b"\x89PNG\r\n\x1a\n")
    PngImagePlugin.putchunk(file, b"IHDR", header)
    if "icc_profile" in kept:
        profile = b"ICC Profile\0\0" + zlib.compress(kept["icc_profile"])
        PngImagePlugin.putchunk(file, b"iCCP", profile)
    if "dpi" in kept:
        per_metre = [round(float(each) / 0.0254) for each in kept["dpi"]]
        PngImagePlugin.putchunk(file, b"pHYs", struct.pack(">2IB", *per_metre, 1))
    if "exif" in kept:
        exif = kept["exif"].tobytes(8).removeprefix(b"Exif\0\0")
        PngImagePlugin.putchunk(file, b"eXIf", exif)
    PngImagePlugin.putchunk(file, b"IDAT", zlib.compress(filtered.tobytes()))
    PngImagePlugin.putchunk(file, b"IEND", b"")


def _save_tiff(pixels: NDArray[Any], file: BinaryIO, kept: dict[str, Any]) -> None:
    rows, columns, channels = pixels.shape
    data = pixels.astype("<u2").tobytes()
    tags = TiffImagePlugin.ImageFileDirectory_v2(prefix=b"II")
    tags.tagtype[279] = TiffTags.LONG
    tags[256], tags[257] = columns, rows
    tags[258] = (16,) * channels
    tags[259], tags[262] = 1, 2
    tags[273], tags[277], tags[278], tags[279] = 0, channels, rows, len(data)
    if channels == 4:
        # alpha that colours are not multiplied by
        tags[338] = 2
    if "dpi" in kept:
        tags[282], tags[283] = (float(each) for each in kept["dpi"])
        tags[296] = 2
    if "exif" in kept:
        for tag in kept["exif"]:
            is_block = tag in TiffTags.TAGS_V2_GROUPS
            tags[tag] = (kept["exif"].get_ifd if is_block else kept["exif"].get)(tag)
    if "icc_profile" in kept:
        tags[34675] = kept["icc_profile"]
    # writes the header, too, and adds its own length to the offset of the data
    tags.save(file)
    file.write(data)
