"""`pyconvolve apply`: results beside those of SciPy, NumPy and OpenCV."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from applied import BOX, GAUSSIAN, KERNEL, apply, noise, smoothed
from applied import in_folder as in_folder
from scipy import ndimage, signal
from scipy.io import wavfile

from pyconvolve import cli, kernels
from pyconvolve.cli import kernel_options

Image = pytest.importorskip("PIL.Image")


@pytest.mark.parametrize("ending", ["png", "tif", "webp", "bmp"])
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "I;16", "F"])
def test_images(mode: str, ending: str) -> None:
    channels = {"LA": 2, "RGB": 3, "RGBA": 4}.get(mode)
    dtype = {"I;16": np.uint16, "F": np.float32}.get(mode, np.uint8)
    pixels = noise((31, 45) if channels is None else (31, 45, channels), dtype)
    stored = {
        "png": ("L", "LA", "RGB", "RGBA", "I;16"),
        "tif": ("L", "LA", "RGB", "RGBA", "I;16", "F"),
        "webp": ("RGB", "RGBA"),
        "bmp": ("L", "RGB"),
    }
    if mode not in stored[ending]:
        return
    options = {"lossless": True, "exact": True} if ending == "webp" else {}
    Image.fromarray(pixels).save(f"a.{ending}", **options)
    apply(f"a.{ending}", "-o", f"b.{ending}", *GAUSSIAN)
    with Image.open(f"b.{ending}") as image:
        assert image.mode == mode
        found = np.asarray(image)
    assert found.dtype == dtype
    colours = pixels
    if mode in ("LA", "RGBA"):
        assert (found[..., -1] == pixels[..., -1]).all()
        found, colours = found[..., :-1], pixels[..., :-1]
    # sums of images are rounded, and may be off by one eighth
    bound = 1e-5 if mode == "F" else 0.625
    exact = smoothed(colours).reshape(found.shape)
    assert abs(found - exact).max() <= bound


@pytest.mark.parametrize("operation", ["convolve", "correlate"])
@pytest.mark.parametrize("boundary", ["symmetric", "reflect", "edge", "constant"])
def test_integers_are_exact_and_clipped(operation: str, boundary: str) -> None:
    pixels = noise((20, 30, 3))
    Image.fromarray(pixels).save("a.png")
    options = ["--boundary", boundary, "--operation", operation]
    apply("a.png", "-o", "b.png", "--kernel-file", "kernel.txt", *options)
    words = {"symmetric": "reflect", "reflect": "mirror", "edge": "nearest"}
    exact = getattr(ndimage, operation)(
        pixels.astype(int), KERNEL[..., None], mode=words.get(boundary, "constant")
    )
    assert exact.min() < 0
    assert exact.max() > 255
    assert (np.asarray(Image.open("b.png")) == exact.clip(0, 255)).all()


def test_overflow_of_images(capsys: pytest.CaptureFixture[str]) -> None:
    pixels = noise((20, 30))
    Image.fromarray(pixels).save("a.png")
    ours = ["a.png", "-o", "b.png", "--kernel-file", "kernel.txt", "--overflow"]
    apply(*ours, "wrap")
    exact = ndimage.convolve(pixels.astype(int), KERNEL, mode="reflect")
    assert (np.asarray(Image.open("b.png")) == exact % 256).all()
    assert cli.main(["apply", *ours, "raise"]) == 1
    (sentence,) = capsys.readouterr().err.splitlines()
    assert "can't filter a.png" in sentence
    assert (np.asarray(Image.open("b.png")) == exact % 256).all()


def test_palettes_become_colours() -> None:
    pixels = noise((20, 30), np.uint8) % 4
    image = Image.fromarray(pixels)
    image.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 9, 9, 200])
    colours = np.asarray(image.convert("RGB"))
    image.save("a.png")
    apply("a.png", "-o", "b.png", *GAUSSIAN)
    found = Image.open("b.png")
    assert found.mode == "RGB"
    assert abs(np.asarray(found) - smoothed(colours)).max() <= 0.625
    image.save("a.png", transparency=2)
    apply("a.png", "-o", "b.png", *GAUSSIAN)
    found = Image.open("b.png")
    assert found.mode == "RGBA"
    assert (np.asarray(found)[..., 3] == np.where(pixels == 2, 0, 255)).all()


@pytest.mark.parametrize("ending", ["png", "tif"])
@pytest.mark.parametrize("channels", [3, 4])
def test_colours_of_16_bits(ending: str, channels: int) -> None:
    """OpenCV writes and reads them; it has another order of the colours."""
    cv2 = pytest.importorskip("cv2")
    pixels = noise((31, 45, channels), np.uint16)
    order = [2, 1, 0, 3][:channels]
    cv2.imwrite(f"a.{ending}", pixels[..., order])
    apply(f"a.{ending}", "-o", f"b.{ending}", *GAUSSIAN)
    found = cv2.imread(f"b.{ending}", cv2.IMREAD_UNCHANGED)[..., order]
    assert found.dtype == np.uint16
    assert abs(found[..., :3] - smoothed(pixels[..., :3])).max() <= 0.625
    assert (found[..., 3:] == pixels[..., 3:]).all()
    for other in ("png", "tif"):
        apply(f"b.{ending}", "-o", f"c.{other}", "--kernel", "box", "--size", "1")
        assert (cv2.imread(f"c.{other}", -1)[..., order] == found).all()


@pytest.mark.parametrize("ending", ["png", "tif", "jpg"])
@pytest.mark.parametrize("bits", [8, 16])
def test_what_belongs_to_an_image_stays(ending: str, bits: int) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    made = Image.Exif()
    made[270], made[274], made[315] = "a view", 6, "someone"
    made.get_ifd(34665)[37510] = b"a comment"
    exif = Image.Exif()
    # Pillow writes the block of EXIF into TIFF only if it was read
    exif.load(made.tobytes())
    image = Image.fromarray(noise((20, 30, 3)))
    kept = {"icc_profile": profile, "dpi": (300, 200), "exif": exif}
    if bits == 8:
        image.save(f"a.{ending}", **kept)
    elif ending == "jpg":
        return
    else:
        from pyconvolve.cli import deep_colours

        with open(f"a.{ending}", "wb") as file:
            format = {"tif": "tiff"}.get(ending, ending)
            deep_colours.save(noise((20, 30, 3), np.uint16), file, format, kept)
    apply(f"a.{ending}", "-o", f"b.{ending}", *GAUSSIAN)
    with Image.open(f"b.{ending}") as found:
        assert found.info["icc_profile"] == profile
        assert found.info["dpi"] == pytest.approx((300, 200), rel=1e-3)
        written = found.getexif()
        assert [written[tag] for tag in (270, 315)] == ["a view", "someone"]
        # Pillow turns images of TIFF files when it reads them
        is_turned = ending == "tif"
        assert written.get(274) == (None if is_turned else 6)
        assert found.size == ((20, 30) if is_turned else (30, 20))
        assert bytes(written.get_ifd(34665)[37510]) == b"a comment"


def test_grey_of_16_bits_in_either_order() -> None:
    pixels = noise((31, 45), np.uint16)
    for order in "<>":
        Image.fromarray(pixels.astype(f"{order}u2")).save("a.tif")
        apply("a.tif", "-o", "b.tif", *GAUSSIAN)
        found = np.asarray(Image.open("b.tif"))
        assert found.dtype == np.uint16
        assert abs(found - smoothed(pixels)).max() <= 0.625


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_layouts_of_tiff(
    order: str, compression: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Numbers are those that tifffile wrote, or there is an error."""
    tifffile = pytest.importorskip("tifffile")
    layouts: list[tuple[str, tuple[int, ...], str | None]] = [
        (dtype, (9, 11), None)
        for dtype in ("u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8")
    ]
    for dtype in ("u1", "u2", "f4"):
        layouts.append((dtype, (9, 11, 3), "contig"))
        layouts.append((dtype, (3, 9, 11), "separate"))
    read = set()
    for dtype, shape, planes in layouts:
        pixels = (noise(shape, np.int32) % 251 * 100).astype(dtype)
        tifffile.imwrite(
            "a.tif",
            pixels,
            byteorder=order,
            compression=compression,
            photometric="rgb" if planes else "minisblack",
            planarconfig=planes,
        )
        code = cli.main(["apply", "a.tif", "-o", "b.npy", *BOX[:3], "1"])
        if code:
            (sentence,) = capsys.readouterr().err.splitlines()
            assert sentence.startswith("pyconvolve apply: can't read a.tif: ")
            continue
        read.add((dtype, planes))
        found = np.load("b.npy")
        exact = np.moveaxis(pixels, 0, -1) if planes == "separate" else pixels
        assert found.dtype == dtype
        assert (found == exact).all(), (dtype, planes)
    assert read >= {
        *((dtype, None) for dtype in ("u1", "u2", "i4", "f4")),
        *(("u1", planes) for planes in ("contig", "separate")),
        ("u2", "contig"),
    }


def test_a_transparent_colour_of_16_bits() -> None:
    cv2 = pytest.importorskip("cv2")
    from PIL import PngImagePlugin

    pixels = noise((5, 6, 3), np.uint16)
    cv2.imwrite("a.png", pixels[..., ::-1])
    chunk = io.BytesIO()
    PngImagePlugin.putchunk(chunk, b"tRNS", pixels[2, 3].astype(">u2").tobytes())
    # behind the signature and the header
    stored = Path("a.png").read_bytes()
    Path("a.png").write_bytes(stored[:33] + chunk.getvalue() + stored[33:])
    apply("a.png", "-o", "b.png", "--kernel", "box", "--size", "1")
    found = cv2.imread("b.png", cv2.IMREAD_UNCHANGED)
    assert (found[..., 2::-1] == pixels).all()
    alpha = np.full((5, 6), 65535)
    alpha[2, 3] = 0
    assert (found[..., 3] == alpha).all()


def test_jpeg_keeps_its_quality() -> None:
    Image.fromarray(noise((40, 50, 3))).save("a.jpg", quality=63, subsampling=1)
    apply("a.jpg", "-o", "b.jpg", *GAUSSIAN)
    first, second = Image.open("a.jpg"), Image.open("b.jpg")
    assert first.quantization == second.quantization
    exact = smoothed(np.asarray(first))
    assert abs(np.asarray(second) - exact).mean() < 10


def test_images_to_arrays() -> None:
    pixels = noise((20, 30, 4))
    Image.fromarray(pixels).save("a.png")
    sobel = ["--kernel", "sobel", "--axis", "0", "--dtype", "float64"]
    apply("a.png", "-o", "b.npy", *sobel)
    found = np.load("b.npy")
    colours = pixels[..., :3].astype(float)
    for colour in range(3):
        exact = ndimage.sobel(colours[..., colour], axis=0) / 8
        assert np.allclose(found[..., colour], exact)
    assert (found[..., 3] == pixels[..., 3]).all()


def test_axes_of_images() -> None:
    pixels = noise((20, 30, 3))
    Image.fromarray(pixels).save("a.png")
    apply("a.png", "-o", "b.png", "--kernel", "box", "--size", "5", "--axes", "1")
    exact = ndimage.uniform_filter1d(pixels.astype(float), 5, axis=1)
    assert abs(np.asarray(Image.open("b.png")) - exact).max() <= 0.625


@pytest.mark.parametrize("channels", [(), (3,)])
def test_axes_in_another_order(channels: tuple[int, ...]) -> None:
    pixels = noise((20, 30, *channels))
    Image.fromarray(pixels).save("a.png")
    np.save("h.npy", KERNEL[:2])
    options = ["--axes", "1,0", "--boundary", "wrap,edge", "--dtype", "int32"]
    apply("a.png", "-o", "b.npy", "--kernel-file", "h.npy", *options)
    padded = np.pad(pixels.reshape(20, 30, -1), ((0, 0), (5, 5), (0, 0)), "wrap")
    padded = np.pad(padded, ((5, 5), (0, 0), (0, 0)), "edge").astype(int)
    exact = signal.convolve(padded, KERNEL[:2].T[..., None], "same", method="direct")
    assert (np.load("b.npy") == exact[5:-5, 5:-5].reshape(pixels.shape)).all()


@pytest.mark.parametrize("dtype", ["int16", "int32", "float32", "float64", "uint8"])
@pytest.mark.parametrize("channels", [(), (2,)])
def test_sounds(dtype: str, channels: tuple[int, ...]) -> None:
    samples = noise((500, *channels), dtype)
    wavfile.write("a.wav", 8000, samples)
    taps = np.array([3, -1, 2, 7])
    np.savetxt("taps.txt", taps)
    apply("a.wav", "-o", "b.wav", "--kernel-file", "taps.txt")
    rate, found = wavfile.read("b.wav")
    assert rate == 8000
    assert found.dtype == dtype
    x = samples.astype(np.float64) - (128 if dtype == "uint8" else 0)
    x = x.reshape(len(x), -1)
    exact = np.array([np.convolve(line, taps, "same") for line in x.T]).T
    exact = exact.reshape(samples.shape)
    if np.dtype(dtype).kind == "f":
        assert np.allclose(found, exact, atol=1e-5)
        return
    info = np.iinfo(np.int8 if dtype == "uint8" else dtype)
    exact = exact.clip(info.min, info.max) + (128 if dtype == "uint8" else 0)
    assert (found == exact).all()


@pytest.mark.parametrize("channels", [1, 2])
def test_sounds_of_24_bits(channels: int) -> None:
    samples = noise((300, channels), np.int32) >> 8

    def stored() -> bytes:
        little = samples.astype("<i4").view(np.uint8).reshape(-1, 4)
        return little[:, :3].tobytes()

    with wave.open("a.wav", "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(3)
        file.setframerate(44100)
        file.writeframes(stored())
    np.savetxt("taps.txt", [0.5, 1, 0.25])
    apply("a.wav", "-o", "b.wav", "--kernel-file", "taps.txt")
    with wave.open("b.wav") as file:
        assert file.getparams()[:4] == (channels, 3, 44100, 300)
        raw = np.frombuffer(file.readframes(300), np.uint8).reshape(-1, 3)
    found = np.zeros((len(raw), 4), np.uint8)
    found[:, 1:] = raw
    found = found.view("<i4").reshape(samples.shape) >> 8
    exact = ndimage.convolve1d(
        samples.astype(float), [0.5, 1, 0.25], 0, mode="constant"
    )
    exact = exact.clip(-(2**23), 2**23 - 1)
    assert (exact == 2**23 - 1).any()
    assert abs(found - exact).max() <= 0.51


@pytest.mark.parametrize("dtype", ["float64", "float32", "int16", "bool", "complex64"])
def test_arrays(dtype: str) -> None:
    x = (noise((9, 14, 11), np.float64) * 50).astype(dtype)
    np.save("a.npy", x)
    apply(
        "a.npy", "-o", "b.npy", "--kernel", "triangle", "--size", "3,5", "--axes", "0,2"
    )
    h = np.multiply.outer(signal.windows.triang(3), signal.windows.triang(5))
    h /= h.sum()
    exact = signal.convolve(x.astype(np.result_type(x, float)), h[:, None], "same")
    found = np.load("b.npy")
    assert found.dtype == np.result_type(x, h)
    assert np.allclose(found, exact)


def test_types_of_arrays() -> None:
    x = noise((40,), np.int16)
    np.save("a.npy", x)
    np.save("h.npy", np.array([3, 1, -2]))
    exact = np.convolve(x.astype(int), [3, 1, -2], "same")
    for options, expected in {
        (): exact,
        ("--overflow", "saturate"): exact.clip(-(2**15), 2**15 - 1).astype(np.int16),
        ("--overflow", "wrap"): exact.astype(np.int16),
        ("--dtype", "float32"): exact.astype(np.float32),
        ("--mode", "full"): np.convolve(x.astype(int), [3, 1, -2]),
        ("--boundary", "wrap"): ndimage.convolve(
            x.astype(int), [3, 1, -2], mode="wrap"
        ),
        ("--cval", "7"): ndimage.convolve(
            x.astype(int), [3, 1, -2], mode="constant", cval=7
        ),
    }.items():
        apply("a.npy", "-o", "b.npy", "--kernel-file", "h.npy", *options)
        found = np.load("b.npy")
        assert found.dtype == expected.dtype
        assert (found == expected).all(), options


def test_complex_kernels() -> None:
    x = noise((30, 40), np.float64)
    np.save("a.npy", x)
    gabor = [
        "--kernel",
        "gabor",
        "--frequency",
        "0.2",
        "--theta",
        "-0.5",
        "--size",
        "9",
    ]
    apply("a.npy", "-o", "b.npy", *gabor)
    h = kernels.gabor(0.2, theta=-0.5, size=9)
    assert np.allclose(np.load("b.npy"), signal.convolve2d(x, h, "same"))


def test_normalize() -> None:
    x = noise((30, 40), np.float64)
    np.save("a.npy", x)
    apply("a.npy", "-o", "b.npy", "--kernel-file", "kernel.txt", "--normalize", "l1")
    exact = signal.convolve2d(x, KERNEL / abs(KERNEL).sum(), "same")
    assert np.allclose(np.load("b.npy"), exact)


def test_flags_and_words() -> None:
    x = noise((30, 40), np.float64)
    np.save("a.npy", x)
    apply("a.npy", "-o", "b.npy", "--kernel", "laplacian", "--diagonals")
    h = kernels.laplacian(diagonals=True)
    assert np.allclose(np.load("b.npy"), signal.convolve2d(x, h, "same"))
    low = ["--kernel", "sinc", "--cutoff", "0.2", "--size", "7", "--window", "kaiser,5"]
    apply("a.npy", "-o", "b.npy", *low, "--axes", "1")
    h = signal.firwin(7, 0.4, window=("kaiser", 5))
    assert np.allclose(np.load("b.npy"), signal.convolve(x, h[None], "same"))


def test_a_mark_before_a_text() -> None:
    np.save("a.npy", np.arange(9.0))
    Path("taps.txt").write_text("1 2 -1\n", encoding="utf-8-sig")
    apply("a.npy", "-o", "b.npy", "--kernel-file", "taps.txt")
    exact = np.convolve(np.arange(9.0), [1, 2, -1], "same")
    assert (np.load("b.npy") == exact).all()


def test_resolutions_that_are_none() -> None:
    from PIL import TiffImagePlugin

    pixels = noise((5, 6, 3))
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    Image.fromarray(pixels).save("none.tif")
    tags[296] = 2
    for tag in (282, 283):
        tags[tag] = TiffImagePlugin.IFDRational(0, 0)
    Image.fromarray(pixels).save("zero.tif", tiffinfo=tags)
    for name in ("none.tif", "zero.tif"):
        apply(name, "-o", "b.png", "--kernel", "box", "--size", "1")
        with Image.open("b.png") as found:
            assert "dpi" not in found.info
            assert (np.asarray(found) == pixels).all()


def test_every_constructor_of_one_kernel_is_known() -> None:
    banks = {"kirsch", "robinson", "random", "learn"}
    arrays = {"normalize", "whiten", "embed", "flip", "compose"}
    makers = set()
    for name in kernels.__all__:
        annotations = getattr(getattr(kernels, name), "__annotations__", {})
        if "dtype" in annotations and name not in banks | arrays:
            makers.add(name)
    assert makers == {*kernel_options.CONSTRUCTORS}


def test_kernels_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["kernels", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert tuple(found) == kernel_options.CONSTRUCTORS
    assert found["box"]["parameters"]["size"] == {
        "option": "--size",
        "type": "INTEGER[,INTEGER...]",
        "required": True,
        "default": None,
    }
    options = {each.opts[0] for each in kernel_options.options()}
    for kernel in found.values():
        assert kernel["summary"].endswith(".")
        assert {row["option"] for row in kernel["parameters"].values()} <= options
    assert cli.main(["kernels", "savitzky_golay"]) == 0
    printed = capsys.readouterr().out
    assert "--window-length INTEGER[,INTEGER...]  (required)" in printed
    assert cli.main(["kernels", "blur"]) == 2


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_examples_of_the_page() -> None:
    text = (Path(__file__).parents[1] / "docs/guide/command.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", text, re.S)
    lines = [line for line in "".join(blocks).splitlines() if "pip" not in line]
    assert len(lines) > 9
    Image.fromarray(noise((20, 30))).save("grey.png")
    Image.fromarray(noise((20, 30, 4))).save("photo.png")
    os.mkdir("photos")
    for name in ("photo.jpg", "scan.tif", "photos/a.jpg", "photos/b.jpg"):
        Image.fromarray(noise((20, 30, 3))).save(name)
    wavfile.write("speech.wav", 8000, noise((400,), np.int16))
    np.save("volume.npy", noise((9, 10, 11)))
    start = f"set -e\npyconvolve() {{ '{sys.executable}' -m pyconvolve \"$@\"; }}\n"
    command = ["bash", "-c", start + "\n".join(lines)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    listed = re.search(r"```text\n(gaussian:.*?)```", text, re.S)
    assert listed is not None
    assert listed[1] in done.stdout
    names = re.findall(r"(?:-o|>) (\w+\.\w+)", "\n".join(lines))
    assert len(names) == 7
    assert {*names, "blurred/a.jpg", "blurred/b.jpg"} <= {
        str(path).replace(os.sep, "/") for path in Path().rglob("*")
    }
