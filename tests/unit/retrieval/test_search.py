"""What a search finds, in which order, and how much of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.manifest.pack import load_pack
from tools.retrieval import Library, Snippet
from tools.retrieval.excerpt import excerpt
from tools.retrieval.fields import GVK
from tools.retrieval.words import parts, terms

SHARED = Path(__file__).parents[4] / "shared" / "data" / "runbooks"
CRASH = """# KubePodCrashLooping
## Meaning
A container starts and dies, again and again.
## Diagnosis
Look at the logs of the last attempt: `kubectl logs POD --previous`.
## Mitigation
Roll back the release.
"""
DISK = """---
title: Volumes that fill up
alerts: KubePersistentVolumeFillingUp
---
## Diagnosis
Ask for the usage of the volume. A crash of the container may follow.
"""
SKILL = """---
name: payments-oncall
description: How to find out why payments are declined.
---
Check the gateway's status page first.
"""


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "cache") as found:
        yield found


@pytest.fixture
def books(tmp_path: Path, library: Library) -> Path:
    folder = tmp_path / "books"
    (folder / "skills" / "payments-oncall").mkdir(parents=True)
    (folder / "crash.md").write_text(CRASH)
    (folder / "disk.md").write_text(DISK)
    (folder / "skills" / "payments-oncall" / "SKILL.md").write_text(SKILL)
    synced = library.add_folder(folder)
    assert (synced.files, synced.sections, synced.skipped) == (3, 6, ())
    return folder


def titles(found: list[Snippet]) -> list[str]:
    return [snippet.title for snippet in found]


def test_the_best_comes_first_with_its_source(library: Library, books: Path) -> None:
    found = library.search("pod crash looping")
    assert found[0].source.startswith(f"{books}/crash.md#")
    assert "KubePodCrashLooping > Diagnosis" in titles(found)
    assert library.search("KubePodCrashLooping")[0].source.startswith(f"{books}/crash.md#")
    assert library.search("volume filling up")[0].source == f"{books}/disk.md#diagnosis"
    assert library.search("why are payments declined")[0].title == "payments-oncall"
    assert library.search("zebra") == []
    assert library.search("the of and ?! \" ' * (") == []


def test_forms_of_a_word_are_the_same_word(library: Library, books: Path) -> None:
    assert library.search("released")[0].title == "KubePodCrashLooping > Mitigation"


def test_an_alert_is_found_by_title_file_name_and_front_matter(
    library: Library, books: Path
) -> None:
    (books / "TargetDown.md").write_text("Ask the team.")
    library.add_folder(books)
    for alert, file in (
        ("KubePodCrashLooping", "crash.md"),
        ("KubePersistentVolumeFillingUp", "disk.md"),
        ("TargetDown", "TargetDown.md"),
    ):
        (found,) = library.about_name(alert)
        assert Path(found.source.partition("#")[0]).name == file
    assert library.about_name("KubeNodeNotReady") == []
    assert library.about_name("") == []


@pytest.mark.parametrize("budget", [30, 60, 120, 400])
def test_a_budget_is_kept(library: Library, tmp_path: Path, budget: int) -> None:
    folder = tmp_path / "long"
    folder.mkdir()
    for number in range(20):
        lines = (f"Line {line} about the broken gateway number {number}." for line in range(40))
        (folder / f"{number}.md").write_text(f"# Gateway {number}\n" + "\n".join(lines))
    library.add_folder(folder)
    found = library.search("broken gateway", budget)
    assert found
    assert len(found) <= 5
    assert sum(len(each.title) + len(each.text) for each in found) <= 4 * budget


def test_an_excerpt_has_the_lines_that_matter() -> None:
    text = "\n".join(["nothing here"] * 50 + ["the gateway is broken"] + ["nothing more"] * 50)
    found = excerpt(text, ["gateway", "broken"], 80)
    assert "the gateway is broken" in found
    assert len(found) <= 80
    assert excerpt("x" * 500, [], 80) == "x" * 79 + "…"


@pytest.mark.parametrize("mark", [*"\"'*^:(){}-+\\;\0", "NEAR(", "AND", "OR NOT", "title:"])
def test_marks_of_a_query_language_are_only_text(mark: str, library: Library, books: Path) -> None:
    assert library.search(f"{mark} crash looping {mark}")[0].title.startswith("KubePodCrashLooping")
    assert library.search(f"zebra{mark}") == []


def test_words() -> None:
    assert parts("KubeAPIDown and cart") == "Kube API Down"
    assert terms("KubePodCrashLooping in THE pod")[:5] == [
        "kubepodcrashlooping",
        "kube",
        "pod",
        "crash",
        "looping",
    ]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the prometheus-operator runbooks are not here")
def test_real_runbooks(library: Library) -> None:
    synced = library.add_folder(SHARED)
    assert synced.files > 100
    wrong = []
    for path in sorted(SHARED.rglob("*.md")):
        if path.stem == "_index":
            continue
        best = library.about_name(path.stem)
        if not best or Path(best[0].source.partition("#")[0]) != path:
            wrong.append(path.stem)
    assert wrong == []
    alerts = [path for path in sorted(SHARED.rglob("*.md")) if path.stem != "_index"]
    first = [library.search(path.stem)[:1] for path in alerts]
    hits = [
        bool(found) and Path(found[0].source.partition("#")[0]) == path
        for found, path in zip(first, alerts, strict=True)
    ]
    assert sum(hits) / len(hits) >= 0.98  # recall@1 with the alert's name as the query
    for query, stem in (
        ("my pod keeps crashing in a loop", "KubePodCrashLooping"),
        ("hpa cannot scale any further, it is maxed out", "KubeHpaMaxedOut"),
        ("etcd has no leader", "etcdNoLeader"),
        ("client certificate of the kubelet expires", "KubeletClientCertificateExpiration"),
        ("node not ready", "KubeNodeNotReady"),
        ("persistent volume filling up", "KubePersistentVolumeFillingUp"),
    ):
        assert Path(library.search(query)[0].source.partition("#")[0]).stem == stem, query


def test_a_runbook_and_a_custom_kind_come_before_what_anyone_knows(
    library: Library, books: Path
) -> None:
    """Words that fit hundreds of fields of a Pod do not crowd out the team's own text."""
    library.add_fields("v1.36.2", "v1", "h", lambda: load_pack("1.36"))
    spec = {"type": "object", "properties": {"size": {"type": "integer", "description": "Gears."}}}
    kind = {"group": "foo.dev", "version": "v1", "kind": "Widget"}
    widget = {"type": "object", GVK: [kind], "properties": {"spec": spec}}
    library.add_fields("v1.36.2", "foo.dev/v1", "h", lambda: {"dev.foo.Widget": widget})
    found = library.search(
        "container of the pod crash looping restart liveness probe, Widget",
        320,
        field_kinds=("Pod", "Widget"),
    )
    assert [each.kind for each in found[:2]] == ["runbook", "crd"]
    assert found[1].title.startswith("Widget")
    kinds = [each.kind for each in found]
    assert kinds == sorted(kinds, key=lambda kind: kind == "field")
    assert 2 <= len(found) <= 5
