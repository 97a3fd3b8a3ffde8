"""The command tree: packed, harvested from text, and kept in the cache."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from tools.errors import ProgramError
from tools.kubectl import treecache
from tools.kubectl.harvest import harvest
from tools.kubectl.tree import Command, CommandTree, Flag

ROOT = """kubectl controls the Kubernetes cluster manager.

Basic Commands (Beginner):
  get           Display one or many resources
  describe      Show details

Other Commands:
  logs          Print the logs
  top           Display usage

Subcommands provided by plugins:

Usage:
  kubectl [flags] [options]
"""
OPTIONS = """The following options can be passed to any command:

    -n, --namespace='':
	If present, the namespace scope for this CLI request

    --profile='none':
	Name of profile to capture. One of (none|cpu|heap)
"""
GET = """Display one or many resources.

Options:
    -A, --all-namespaces=false:
	If present, list across all namespaces.

    --chunk-size=500:
	Return large lists in chunks.

    -f, --filename=[]:
	Filename.

    -o, --output='':
	Output format. One of: (json, yaml, jsonpath-file, wide). See [https://x].

    --since=1m0s:
	A time.

Usage:
  kubectl get TYPE [options]
"""
TOP = """Display usage.

Available Commands:
  pod           Display pods

Usage:
  kubectl top [flags] [options]
"""
TOP_POD = """Display pods.

Aliases:
pod, pods, po

Options:
    --sort-by='':
	The field can be either 'cpu' or 'memory'.

Usage:
  kubectl top pod [NAME]
"""
HELP = {(): ROOT, ("options",): OPTIONS, ("get",): GET, ("top",): TOP, ("top", "pod"): TOP_POD}


def run_help(path: tuple[str, ...]) -> str:
    return HELP.get(path, f"Usage:\n  kubectl {' '.join(path)}\n")


def _command(tree: CommandTree, *path: str) -> Command:
    command = tree.command(path)
    assert command is not None
    return command


def test_harvest_reads_commands_flags_types_and_enums() -> None:
    tree = harvest(run_help, version="v9")
    assert len(tree) == 6
    get = _command(tree, "get")
    assert get.usage == "kubectl get TYPE [options]"
    assert get.flags["output"] == Flag(
        "output", "o", "string", "", ("json", "yaml", "jsonpath-file", "wide")
    )
    assert get.flags["chunk-size"] == Flag("chunk-size", "", "int", "500", ())
    assert get.flags["since"].type == "duration"
    assert get.flags["filename"].type == "list"
    assert get.shorts["A"].bare
    assert not get.shorts["n"].bare
    assert get.flags["profile"].enum == ("none", "cpu", "heap")
    assert _command(tree, "top").children == {"pod": "pod", "pods": "pod", "po": "pod"}
    assert _command(tree, "top", "pod").flags["sort-by"].enum == ("cpu", "memory")
    assert CommandTree.from_json(tree.to_json()).to_json() == tree.to_json()


@pytest.mark.parametrize(
    "broken",
    [
        {(): "no help here"},
        {("options",): ""},
        {("get",): "Available Commands:\n  get   again\n"},
    ],
)
def test_harvest_refuses_what_is_not_kubectl(broken: dict[tuple[str, ...], str]) -> None:
    def odd(path: tuple[str, ...]) -> str:
        if ("get",) in broken:  # a program whose every command lists more
            return (
                ROOT
                if not path
                else "Available Commands:\n" + "".join(f"  c{i}   x\n" for i in "abcdefghij")
            )
        return broken.get(path, run_help(path))

    with pytest.raises(ValueError, match=r"kubectl's help"):
        harvest(odd)


def test_packed_tree() -> None:
    tree = CommandTree.packed()
    assert tree.version.startswith("v1.33")
    assert len(tree) == 106
    assert sum(len(command.own) for command in tree) > 900
    logs = _command(tree, "logs")
    assert logs.shorts["p"].name == "previous"
    assert logs.shorts["f"].name == "follow"
    assert _command(tree, "patch").shorts["p"].name == "patch"
    assert _command(tree, "rollout", "status").flags["watch"].default == "true"
    assert _command(tree, "delete").flags["dry-run"].bare
    assert "jsonpath" in _command(tree, "get").flags["output"].enum
    assert tree.command(("kuberc",)) is None
    promtool = CommandTree.packed("promtool")
    assert set(_command(promtool, "query", "range").flags) == {"start", "end", "step"}


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"schema": "magos.tree/v1"},
        {"schema": "magos.tree/v1", "program": "x", "version": "", "commands": []},
        {
            "schema": "magos.tree/v1",
            "program": "x",
            "version": "",
            "commands": [{"path": [], "usage": "", "children": {"a": "a"}, "flags": []}],
        },
        {
            "schema": "magos.tree/v1",
            "program": "x",
            "version": "",
            "commands": [
                {"path": [], "usage": "", "children": {}, "flags": [["a", "", "float", "", []]]}
            ],
        },
    ],
)
def test_broken_tree_documents(raw: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"tree|type"):
        CommandTree.from_json(raw)


@pytest.fixture
def binary(tmp_path: Path) -> Path:
    file = tmp_path / "kubectl"
    file.write_text("binary")
    return file


def test_cache_is_kept_per_binary(binary: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    calls: list[tuple[str, ...]] = []

    def counting(path: tuple[str, ...]) -> str:
        calls.append(path)
        return run_help(path)

    assert treecache.quick(binary, cache)[1] == "packed"
    assert calls == []
    tree, source = treecache.load(binary, cache, counting)
    assert (source, len(tree), len(calls)) == ("harvested", 6, 7)
    assert treecache.load(binary, cache, counting)[1] == "cache"
    assert treecache.quick(binary, cache)[1] == "cache"
    assert len(calls) == 7

    stat = binary.stat()
    os.utime(binary, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert treecache.load(binary, cache, counting)[1] == "harvested"
    assert not [file.name for file in cache.iterdir() if file.name.startswith(".")]


@pytest.mark.parametrize(
    "content", [b"", b"not gzip", gzip.compress(b"{}", mtime=0), gzip.compress(b"[" * 100, mtime=0)]
)
def test_broken_cache_is_harvested_again(binary: Path, tmp_path: Path, content: bytes) -> None:
    treecache.load(binary, tmp_path / "cache", run_help)
    (file,) = (tmp_path / "cache").iterdir()
    file.write_bytes(content)
    assert treecache.load(binary, tmp_path / "cache", run_help)[1] == "harvested"
    assert treecache.read(binary, tmp_path / "cache") is not None


def test_packed_when_the_binary_cannot_be_asked(binary: Path, tmp_path: Path) -> None:
    def failing(path: tuple[str, ...]) -> str:
        raise ProgramError("cannot be started")

    tree, source = treecache.load(binary, tmp_path / "cache", failing)
    assert (source, tree) == ("packed", CommandTree.packed())
    assert treecache.load(binary, tmp_path / "cache", lambda path: "garbage")[1] == "packed"
    assert treecache.load(tmp_path / "gone", tmp_path / "cache", run_help)[1] == "harvested"


def test_cache_folder_that_cannot_be_written(binary: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert treecache.load(binary, blocked / "cache", run_help)[1] == "harvested"
