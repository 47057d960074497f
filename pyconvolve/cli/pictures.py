"""Reads and writes images by Pillow, and what belongs to them."""

from __future__ import annotations

import warnings
from functools import partial
from math import inf
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin, TiffImagePlugin

from . import deep_colours
from .contents import Content

# Format -> modes of Pillow that it stores without a change.
_STORED = {
    "bmp": ("L", "RGB"),
    "jpeg": ("L", "RGB", "CMYK"),
    "png": ("L", "LA", "RGB", "RGBA", "I;16", *deep_colours.MODES),
    "tiff": ("L", "LA", "RGB", "RGBA", "CMYK", "I;16", "I", "F", *deep_colours.MODES),
    "webp": ("RGB", "RGBA"),
}
# Mode -> mode that it is converted to before. Bilevel images become grey.
_CONVERTED = {"1": "L"}
# Mode of one channel -> its type.
_TYPES = {"L": "uint8", "I;16": "uint16", "I": "int32", "F": "float32"}
# Lossless compressions of TIFF, which the result has, too.
_COMPRESSIONS = ("packbits", "tiff_adobe_deflate", "tiff_deflate", "tiff_lzw")
# Tags of TIFF that describe the image and not how it is stored: description, make,
# model, orientation, software, date, artist, copyright, and the blocks of EXIF and GPS.
_KEPT_TAGS = {270, 271, 272, 274, 305, 306, 315, 33432, 34665, 34853}


def read(file: BinaryIO) -> Content:
    """Read an image; its rows and columns are filtered.

    Samples are of shape (rows, columns), or (rows, columns, colours); alpha is stored
    again as it was. Palettes become RGB, or RGBA if colours are transparent.

    Raises
    ------
    ValueError
        If there is no image, or one that can't be stored again without a loss.
    """
    formats = ["BMP", "JPEG", "PNG", "TIFF", "WEBP"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(file, formats=formats)
            frames = getattr(image, "n_frames", 1)
            if isinstance(image, TiffImagePlugin.TiffImageFile):
                _check_tiff(image)
            pixels = None if frames > 1 else deep_colours.read(image, file)
            image.load()
            kept = _kept(image)
    except Exception as error:
        # each reader of an image format raises exceptions of its own
        if isinstance(error, Image.UnidentifiedImageError):
            raise ValueError(
                "it is no image of Pillow (png, tiff, jpeg, webp, bmp), no npy and no "
                "wav file"
            ) from None
        raise ValueError(f"it is a broken image: {error}") from None
    if frames > 1:
        raise ValueError(f"it has {frames} images, and only one can be stored again")
    format = "jpeg" if image.format == "MPO" else str(image.format).lower()
    if pixels is None:
        image = _plain(image)
        # the order of bytes is NumPy's task; Pillow clips to 8 bits to change it
        mode, pixels = image.mode.replace("I;16B", "I;16"), np.asarray(image)
    else:
        mode = f"{image.mode};16"
        if mode == "RGB;16" and "transparency" in image.info:
            # one colour stands for transparency, which would move to other pixels
            is_opaque = (pixels != np.uint16(image.info["transparency"])).any(2)
            mode, pixels = "RGBA;16", np.dstack([pixels, is_opaque * np.uint16(65535)])
    has_alpha = mode.removesuffix(";16") in ("LA", "RGBA")
    alpha = pixels[..., -1] if has_alpha else None
    samples = pixels[..., :-1] if has_alpha else pixels
    samples = samples.astype(samples.dtype.newbyteorder("="), copy=False)
    save = partial(_save, mode, alpha, kept)
    return Content(
        format, samples, (0, 1), "symmetric", samples.dtype, "saturate", save
    )


def _check_tiff(image: TiffImagePlugin.TiffImageFile) -> None:
    """Raise ValueError where Pillow reads wrong numbers; correct an order of bytes."""
    bits = {*image.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE, (1,))}
    forms = {*image.tag_v2.get(TiffImagePlugin.SAMPLEFORMAT, (1,))}
    if bits == {8} and 2 in forms:
        raise ValueError("integers of 8 bits with a sign are not supported")
    if bits == {32} and 1 in forms:
        raise ValueError("integers of 32 bits without a sign are not supported")
    is_planar = image.tag_v2.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2
    if is_planar and len(image.getbands()) > 1 and bits != {8}:
        raise ValueError("colours in planes are supported with 8 bits only")
    # libtiff returns numbers in the order of this machine
    native = {"F;32BF": "F;32NF", "I;32BS": "I;32NS"}
    image.tile = [
        tile._replace(args=(native.get(tile.args[0], tile.args[0]), *tile.args[1:]))
        if tile.codec_name == "libtiff" and isinstance(tile.args, tuple)
        else tile
        for tile in image.tile
    ]


def _plain(image: Image.Image) -> Image.Image:
    """Return an image in a mode whose channels are numbers to be filtered."""
    mode = _CONVERTED.get(image.mode, image.mode)
    if mode == "I;16B":
        return image
    is_transparent = image.has_transparency_data
    if mode in ("P", "PA"):
        mode = "RGBA" if is_transparent else "RGB"
    elif is_transparent and mode in ("L", "RGB"):
        # one colour stands for transparency, which would move to other pixels
        mode += "A"
    elif (is_transparent and mode not in ("LA", "RGBA")) or not any(
        mode in modes for modes in _STORED.values()
    ):
        raise ValueError(f"images of mode {image.mode} can't be stored again")
    return image if image.mode == mode else image.convert(mode)


def _kept(image: Image.Image) -> dict[str, Any]:
    """Return the arguments of `Image.save` that keep what comes with an image."""
    kept: dict[str, Any] = {
        name: image.info[name] for name in ("icc_profile", "dpi") if name in image.info
    }
    exif = image.getexif()
    has_resolution = image.format != "TIFF" or TiffImagePlugin.X_RESOLUTION in exif
    if not has_resolution or not all(0 < each < inf for each in kept.get("dpi", ())):
        # Pillow makes up 1 where a TIFF file says nothing, and NaN of 0 / 0
        kept.pop("dpi", None)
    if image.format == "TIFF":
        for tag in [*exif]:
            if tag not in _KEPT_TAGS:
                del exif[tag]
        if image.info.get("compression") in _COMPRESSIONS:
            kept["compression"] = image.info["compression"]
    if len(exif):
        kept["exif"] = exif
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        kept["qtables"] = image.quantization
        kept["subsampling"] = JpegImagePlugin.get_sampling(image)
        kept["progressive"] = "progressive" in image.info
    return kept


def _save(
    mode: str,
    alpha: NDArray[Any] | None,
    kept: dict[str, Any],
    result: NDArray[Any],
    file: BinaryIO,
    format: str,
) -> None:
    if alpha is not None and alpha.shape != result.shape[:2]:
        raise ValueError(
            f"an image with alpha keeps its shape {alpha.shape} only with --mode same"
        )
    if format == "npy":
        np.save(file, _joined(result, alpha))
        return
    if format == "wav":
        raise ValueError("an image can't be saved as wav")
    mode = _mode_of(result, mode, alpha)
    if mode not in _STORED[format]:
        others = [each for each, modes in _STORED.items() if mode in modes]
        raise ValueError(
            f"no {format} file holds an image of mode {mode}; "
            f"{', '.join([*others, 'npy'])} does"
        )
    pixels = _joined(result, alpha)
    if mode in deep_colours.MODES:
        deep_colours.save(pixels, file, format, kept)
        return
    if pixels.ndim == 2:
        image = Image.fromarray(np.ascontiguousarray(pixels))
    else:
        channels = np.ascontiguousarray(np.moveaxis(pixels, -1, 0))
        image = Image.merge(mode, [Image.fromarray(channel) for channel in channels])
    try:
        image.save(file, format, **_understood(kept, format, mode))
    except (OSError, ValueError, MemoryError):
        raise
    except Exception as error:
        # of EXIF that is broken, among others
        raise ValueError(f"Pillow can't store it as {format}: {error!r}") from None


def _mode_of(result: NDArray[Any], mode: str, alpha: NDArray[Any] | None) -> str:
    """Return the mode of an image of the result's type."""
    of_type = {dtype: one for one, dtype in _TYPES.items()}.get(result.dtype.name)
    has_channels = result.ndim == 3 or alpha is not None
    if (
        of_type is None
        or (alpha is not None and alpha.dtype != result.dtype)
        or (has_channels and result.dtype.name not in ("uint8", "uint16"))
    ):
        raise ValueError(
            f"no image holds {result.dtype.name} in place of the file's type; npy does"
        )
    if not has_channels:
        return of_type
    bare = mode.removesuffix(";16")
    return bare if result.dtype == np.uint8 else f"{bare};16"


def _joined(result: NDArray[Any], alpha: NDArray[Any] | None) -> NDArray[Any]:
    """Put alpha back behind the colours, in the type of the result."""
    if alpha is None:
        return result
    if not np.can_cast(alpha.dtype, result.dtype):
        raise ValueError(
            f"alpha is stored as it is, but {result.dtype} doesn't hold all values of "
            f"its type {alpha.dtype}"
        )
    colours = result[..., np.newaxis] if result.ndim == 2 else result
    return np.concatenate([colours, alpha[..., np.newaxis]], 2, dtype=result.dtype)


def _understood(kept: dict[str, Any], format: str, mode: str) -> dict[str, Any]:
    """Return those arguments of `Image.save` that a format has."""
    only = {
        "jpeg": ("qtables", "subsampling", "progressive"),
        "tiff": ("compression",),
    }
    special = {name for names in only.values() for name in names}
    chosen = {name: value for name, value in kept.items() if name not in special}
    chosen |= {name: kept[name] for name in only.get(format, ()) if name in kept}
    if format == "jpeg" and "qtables" not in kept:
        chosen["quality"] = 95
    if mode == "L":
        # a grey image has one table, and no colours that were sampled
        chosen.pop("subsampling", None)
    if format == "webp":
        # colours of transparent pixels stay, too
        chosen |= {"lossless": True, "exact": True}
    return chosen
