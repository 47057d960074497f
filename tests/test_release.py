"""Files for citing, reporting and releasing: they are valid, and say the same."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import pyconvolve

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def test_citation() -> None:
    citation = read(ROOT / "CITATION.cff")
    assert {"authors", "cff-version", "message", "title"} <= citation.keys()
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == pyconvolve.__version__
    assert citation["license"] == PROJECT["license"]
    assert citation["authors"] == PROJECT["authors"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows(path: Path) -> None:
    workflow = read(path)
    # 'on' is a truth value in YAML 1.1
    assert {"name", True, "permissions", "jobs"} <= workflow.keys()
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] > 0
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step)
            if "uses" in step:
                # a tag could be moved to another commit
                assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"])


def test_lowest_versions_come_from_pyproject() -> None:
    jobs = read(ROOT / ".github/workflows/tests.yml")["jobs"]
    commands = "\n".join(step.get("run", "") for step in jobs["lowest"]["steps"])
    assert "--resolution lowest-direct" in commands
    assert "--constraint lowest.txt" in commands
    # a lower bound for each, or uv takes the first release ever
    assert all(">=" in name for name in PROJECT["dependencies"])


def test_python_versions() -> None:
    (lowest,) = re.findall(r">=([\d.]+)", PROJECT["requires-python"])
    prefix = "Programming Language :: Python :: "
    versions = [
        name.removeprefix(prefix)
        for name in PROJECT["classifiers"]
        if re.fullmatch(prefix + r"3\.\d+", name)
    ]
    assert versions[0] == lowest
    jobs = read(ROOT / ".github/workflows/tests.yml")["jobs"]
    tested = jobs["systems"]["strategy"]["matrix"]["python"]
    assert [name for name in tested if not name.endswith("t")] == versions
    jobs = read(ROOT / ".github/workflows/wheels.yml")["jobs"]
    built = jobs["wheels"]["strategy"]["matrix"]["python"]
    wheels = [f"cp{version.replace('.', '')}" for version in versions]
    assert [name for name in built if not name.endswith("t")] == wheels
    text = (ROOT / "README.md").read_text("utf-8")
    assert set(re.findall(r"Python (3\.\d+) or later", text)) == {lowest}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_issue_forms(path: Path) -> None:
    form = read(path)
    if path.stem == "config":
        assert form.keys() <= {"blank_issues_enabled", "contact_links"}
        return
    assert {"name", "description", "body"} <= form.keys()
    names = [field["id"] for field in form["body"] if field["type"] != "markdown"]
    assert len({*names}) == len(names) > 0
    for field in form["body"]:
        assert field["type"] in ("dropdown", "input", "markdown", "textarea")
        text = "value" if field["type"] == "markdown" else "label"
        assert field["attributes"][text]
    assert any(field.get("validations", {}).get("required") for field in form["body"])


def test_every_file_is_installed() -> None:
    if not (ROOT / "meson.build").exists():
        pytest.skip("the sources are not here")
    text = (ROOT / "meson.build").read_text("utf-8")
    folder = ROOT / "pyconvolve"
    files = {
        path.relative_to(ROOT).as_posix()
        for ending in ("*.py", "*.pyi", "*.json", "py.typed")
        for path in folder.rglob(ending)
    }
    # written by the build
    files.discard("pyconvolve/_compiled/build.py")
    installed = re.findall(r"'(pyconvolve/[\w/.]+\.(?:py|pyi|json|typed))'", text)
    assert sorted(installed) == sorted(files)
    version = re.search(r"^  version: '(.+)',$", text, re.MULTILINE)
    assert version is not None
    assert version[1] == pyconvolve.__version__
