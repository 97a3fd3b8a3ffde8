"""The packed schemas are what the script makes, small, and complete enough to work with."""

from __future__ import annotations

import importlib.util

import pytest

from tools.manifest.compile import compile_schema
from tools.manifest.pack import FOLDER, PACKED, load_pack, nearest
from tools.manifest.schema import SchemaSet


@pytest.mark.parametrize("version", PACKED)
def test_every_pack_has_the_kinds_an_investigation_meets(version: str) -> None:
    known = {(g.api_version, g.kind) for g in SchemaSet.packed(version).kinds()}
    assert {
        ("v1", "Pod"),
        ("v1", "Service"),
        ("apps/v1", "Deployment"),
        ("batch/v1", "CronJob"),
        ("autoscaling/v2", "HorizontalPodAutoscaler"),
        ("policy/v1", "PodDisruptionBudget"),
        ("networking.k8s.io/v1", "Ingress"),
        ("storage.k8s.io/v1", "StorageClass"),
        ("discovery.k8s.io/v1", "EndpointSlice"),
    } <= known


def test_packs_are_small() -> None:
    sizes = [(FOLDER / f"k8s-{version}.json.xz").stat().st_size for version in PACKED]
    assert max(sizes) < 150_000


def test_packs_keep_what_merging_needs() -> None:
    spec = load_pack("1.36")["io.k8s.api.core.v1.PodSpec"]
    containers = spec["properties"]["containers"]
    assert containers["x-kubernetes-patch-merge-key"] == "name"
    assert containers["type"] == "array"
    assert spec["description"]


def test_every_type_compiles_in_every_mode() -> None:
    import jsonschema_rs

    schemas = SchemaSet.packed("1.36")
    for gvk in sorted(schemas.kinds())[::9]:
        name = next(
            name
            for name, schema in load_pack("1.36").items()
            if [dict(group=gvk.group, version=gvk.version, kind=gvk.kind)]
            == [
                {key: mark[key] for key in ("group", "version", "kind")}
                for mark in schema.get("x-kubernetes-group-version-kind", [])
            ]
        )
        for mode in ("full", "merge", "strategic"):
            jsonschema_rs.Draft4Validator(compile_schema(load_pack("1.36"), name, mode))


@pytest.mark.parametrize(
    ("version", "packed"),
    [
        ("v1.36.2", "1.36"),
        ("1.33", "1.32"),
        ("v1.31.9-gke.100", "1.32"),
        ("1.35+", "1.34"),
        ("v1.40.0", "1.36"),
        ("", "1.36"),
        ("nonsense", "1.36"),
    ],
)
def test_nearest_pack(version: str, packed: str) -> None:
    assert nearest(version) == packed


def test_an_unpacked_release_is_an_error() -> None:
    with pytest.raises(KeyError):
        load_pack("1.33")


@pytest.mark.skipif(
    importlib.util.find_spec("kubernetes_validate") is None,
    reason="kubernetes-validate is not installed (pip install --group data)",
)
def test_packs_are_what_the_script_makes() -> None:
    """Byte-compared after decompression, since xz output may differ between library versions."""
    import lzma

    from scripts.make_schema_packs import make

    version = PACKED[-1]
    packed = lzma.decompress((FOLDER / f"k8s-{version}.json.xz").read_bytes())
    assert lzma.decompress(make(version)) == packed
