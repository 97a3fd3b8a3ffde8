"""Claims and volumes: binding, provisioning, attaching, resizing, protection, reclaiming."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.simulator.deletion import delete
from sandbox.simulator.engine import Engine
from sandbox.simulator.intake import apply
from tests.unit.simulator_physics.labs import (
    NS,
    container,
    events,
    lab,
    messages,
    obj,
    pod,
    template,
    workload,
)


def claim(name: str = "data", size: str = "1Gi", **spec: Any) -> dict[str, Any]:
    body = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, **spec}
    return obj("PersistentVolumeClaim", name, spec=body)


def volume(name: str, size: str = "1Gi", **spec: Any) -> dict[str, Any]:
    body = {
        "accessModes": ["ReadWriteOnce"],
        "capacity": {"storage": size},
        "hostPath": {"path": f"/mnt/{name}"},
        "persistentVolumeReclaimPolicy": "Retain",
        **spec,
    }
    return obj("PersistentVolume", name, spec=body)


def user(name: str = "app", claim_: str = "data", **spec: Any) -> dict[str, Any]:
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": claim_}}]
    mounts = [{"name": "v", "mountPath": "/data"}]
    return obj("Pod", name, spec={
        "containers": [container(volumeMounts=mounts)], "volumes": volumes, **spec,
    })  # fmt: skip


def classes(**spec: Any) -> dict[str, Any]:
    fields = {"name": "disk", "provisioner": "ebs.csi.aws.com", "binding": "Immediate", **spec}
    return {"storage": [fields]}


def found(engine: Engine, name: str = "data") -> dict[str, Any]:
    item = engine.store.get("persistentvolumeclaims", NS, name)
    assert item is not None
    return item


def phase(engine: Engine, name: str) -> str:
    item = engine.store.get("persistentvolumes", None, name)
    return "gone" if item is None else str(item["status"]["phase"])


def test_the_smallest_volume_that_fits_is_bound() -> None:
    engine = lab(None, volume("big", "50Gi"), volume("fit", "2Gi"), volume("small", "512Mi"))
    engine.advance(1)
    assert phase(engine, "fit") == "Available"
    apply(engine, claim(), NS)
    engine.advance(1)
    assert found(engine)["spec"]["volumeName"] == "fit"
    assert found(engine)["status"]["capacity"] == {"storage": "2Gi"}
    assert (phase(engine, "fit"), phase(engine, "big")) == ("Bound", "Available")


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ({}, {"size": "2Gi"}),
        ({}, {"accessModes": ["ReadWriteMany"]}),
        ({"storageClassName": "slow"}, {}),
        ({}, {"selector": {"matchLabels": {"tier": "gold"}}}),
        ({"volumeMode": "Block"}, {}),
    ],
)
def test_a_volume_that_does_not_suit_is_left_alone(
    spec: dict[str, Any], wanted: dict[str, Any]
) -> None:
    engine = lab(None, volume("v", **spec), claim(**wanted))
    engine.advance(5)
    assert found(engine)["status"]["phase"] == "Pending"
    assert messages(engine, "FailedBinding") == [
        "no persistent volumes available for this claim and no storage class is set"
    ]
    engine.advance(30)
    assert phase(engine, "v") == "Available"


def test_a_claim_that_names_its_volume() -> None:
    engine = lab(None, volume("v", "512Mi"), claim(volumeName="v"))
    engine.advance(2)
    assert messages(engine, "VolumeMismatch") == [
        'Cannot bind to requested volume "v": requested PV is too small'
    ]
    engine = lab(None, volume("v"), claim(volumeName="v"), claim("late", volumeName="v"))
    engine.advance(2)
    assert found(engine)["status"]["phase"] == "Bound"
    assert messages(engine, "FailedBinding") == ['volume "v" already bound to a different claim.']


def test_a_released_volume_stays_until_its_claim_reference_is_removed() -> None:
    engine = lab(None, volume("v"), claim())
    engine.advance(2)
    delete(engine, found(engine))
    engine.advance(2)
    assert phase(engine, "v") == "Released"
    apply(engine, claim(), NS)
    engine.advance(2)
    assert found(engine)["status"]["phase"] == "Pending"
    item = engine.store.get("persistentvolumes", None, "v")
    assert item is not None
    spec = {key: value for key, value in item["spec"].items() if key != "claimRef"}
    engine.store.put({**item, "spec": spec})
    engine.advance(2)
    assert found(engine)["status"]["phase"] == "Bound"


def test_reclaim_deletes_what_a_provisioner_made_and_fails_for_the_rest() -> None:
    engine = lab(classes(), claim(storageClassName="disk"))
    engine.advance(2)
    name = found(engine)["spec"]["volumeName"]
    delete(engine, found(engine))
    engine.advance(2)
    assert phase(engine, name) == "gone"
    engine = lab(None, volume("v", persistentVolumeReclaimPolicy="Delete"), claim())
    engine.advance(2)
    delete(engine, found(engine))
    engine.advance(2)
    assert phase(engine, "v") == "Failed"


def test_a_claim_in_use_lingers() -> None:
    engine = lab(classes(), claim(storageClassName="disk"), user())
    engine.advance(20)
    delete(engine, found(engine))
    engine.advance(60)
    assert "deletionTimestamp" in found(engine)["metadata"]
    delete(engine, pod(engine), grace=0)
    engine.advance(2)
    assert engine.store.get("persistentvolumeclaims", NS, "data") is None


def test_access_modes_and_errors_of_provisioners() -> None:
    many = claim(storageClassName="disk", accessModes=["ReadWriteMany"])
    engine = lab(classes(access_modes=["ReadWriteOnce"]), many)
    engine.advance(2)
    assert messages(engine, "ProvisioningFailed") == [
        'failed to provision volume with StorageClass "disk": rpc error: code = InvalidArgument '
        "desc = Volume capabilities MULTI_NODE_MULTI_WRITER not supported. Only "
        "AccessModes[ReadWriteOnce] supported."
    ]
    engine = lab(classes(error="quota exceeded"), claim(storageClassName="disk"))
    engine.advance(2)
    assert messages(engine, "ProvisioningFailed")[0].endswith('"disk": quota exceeded')


def test_a_pod_waits_for_a_volume_that_binds_late() -> None:
    late = classes(binding="WaitForFirstConsumer", alive=False)
    engine = lab(late, claim(storageClassName="disk"), user())
    engine.advance(30)
    assert pod(engine)["spec"].get("nodeName") is None
    assert messages(engine, "ExternalProvisioning")
    engine.advance(700)
    assert any("binding volumes: context deadline exceeded" in text
               for text in messages(engine, "FailedScheduling"))  # fmt: skip
    late["storage"][0]["alive"] = True
    engine = lab(late, claim(storageClassName="disk"), user())
    engine.advance(30)
    assert pod(engine)["status"]["phase"] == "Running"


TWO = {"nodes": [{"name": "one"}, {"name": "two"}]}


def test_a_disk_on_another_node_is_a_multi_attach_error() -> None:
    engine = lab(
        {**TWO, **classes(attached=True)},
        claim(storageClassName="disk"),
        user("first", nodeSelector={"kubernetes.io/hostname": "one"}),
    )
    engine.advance(20)
    assert messages(engine, "SuccessfulAttachVolume")
    apply(engine, user("second", nodeSelector={"kubernetes.io/hostname": "two"}), NS)
    engine.advance(20)
    name = found(engine)["spec"]["volumeName"]
    assert messages(engine, "FailedAttachVolume") == [
        f'Multi-Attach error for volume "{name}" Volume is already used by pod(s) first'
    ]
    second = engine.store.get("pods", NS, "second")
    assert second is not None
    assert second["status"]["containerStatuses"][0]["state"] == {
        "waiting": {"reason": "ContainerCreating"}
    }
    engine.advance(130)
    assert messages(engine, "FailedMount")[0].startswith(
        "Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[v "
    )
    engine.store.delete("pods", NS, "first")
    engine.advance(20)
    second = engine.store.get("pods", NS, "second")
    assert second is not None
    assert second["status"]["phase"] == "Running"


def test_a_local_volume_ties_its_pods_to_its_node() -> None:
    engine = lab(
        {**TWO, **classes(local=True, binding="WaitForFirstConsumer")},
        claim(storageClassName="disk"),
        user("first", nodeSelector={"kubernetes.io/hostname": "one"}),
    )
    engine.advance(20)
    apply(engine, user("second", nodeSelector={"kubernetes.io/hostname": "two"}), NS)
    engine.advance(5)
    text = messages(engine, "FailedScheduling")[-1]
    assert text.startswith(
        "0/2 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity, "
        "1 node(s) didn't match Pod's node affinity/selector. "
    )


def test_a_class_without_provisioner_needs_volumes_on_the_right_node() -> None:
    spec = {"name": "disk", "provisioner": "kubernetes.io/no-provisioner"}
    hostname = {"key": "kubernetes.io/hostname", "operator": "In", "values": ["two"]}
    here = {"required": {"nodeSelectorTerms": [{"matchExpressions": [hostname]}]}}
    local = volume("v", storageClassName="disk", nodeAffinity=here)
    engine = lab({**TWO, "storage": [spec]}, claim(storageClassName="disk"), user())
    engine.advance(5)
    assert (
        "2 node(s) didn't find available persistent volumes to bind"
        in (messages(engine, "FailedScheduling")[-1])
    )
    apply(engine, local, NS)
    engine.advance(20)
    assert pod(engine)["spec"]["nodeName"] == "two"
    assert found(engine)["spec"]["volumeName"] == "v"


def _grow(engine: Engine, size: str = "5Gi") -> None:
    item = found(engine)
    requests = {"requests": {"storage": size}}
    engine.store.put({**item, "spec": {**item["spec"], "resources": requests}})


def test_an_expandable_claim_grows_when_a_pod_mounts_it() -> None:
    engine = lab(classes(expandable=True), claim(storageClassName="disk"))
    engine.advance(5)
    _grow(engine)
    engine.advance(60)
    (waiting,) = found(engine)["status"]["conditions"]
    assert waiting["type"] == "FileSystemResizePending"
    assert found(engine)["status"]["capacity"] == {"storage": "1Gi"}
    apply(engine, user(), NS)
    engine.advance(90)
    assert found(engine)["status"]["capacity"] == {"storage": "5Gi"}
    assert "conditions" not in found(engine)["status"]


def test_a_stuck_resizer_and_a_class_that_cannot_grow() -> None:
    engine = lab(classes(expandable=True, resize="stuck"), claim(storageClassName="disk"), user())
    engine.advance(20)
    _grow(engine)
    engine.advance(300)
    assert found(engine)["status"]["capacity"] == {"storage": "1Gi"}
    assert messages(engine, "ExternalExpanding") == [
        "waiting for an external controller to expand this PVC"
    ]


def test_a_volume_removed_under_its_claim() -> None:
    engine = lab(None, volume("v"), claim())
    engine.advance(2)
    engine.store.delete("persistentvolumes", None, "v")
    engine.advance(2)
    assert found(engine)["status"]["phase"] == "Lost"
    assert len(events(engine, "ClaimLost")) == 1


def test_stateful_pods_get_their_claims_from_a_class() -> None:
    sts = workload("StatefulSet", pods=template(
        container(volumeMounts=[{"name": "data", "mountPath": "/data"}])
    ), serviceName="app", volumeClaimTemplates=[claim(storageClassName="disk")])  # fmt: skip
    engine = lab(classes(), sts)
    engine.advance(20)
    assert found(engine, "data-app-0")["status"]["phase"] == "Bound"
    assert pod(engine)["status"]["phase"] == "Running"


def test_a_class_that_cannot_grow_refuses_a_resize() -> None:
    from sandbox.simulator.inprocess import Client

    engine = lab(classes(), claim(storageClassName="disk"))
    engine.advance(5)
    body = {"spec": {"resources": {"requests": {"storage": "5Gi"}}}}
    answer = Client(engine).request(
        "PATCH",
        f"/api/v1/namespaces/{NS}/persistentvolumeclaims/data",
        body,
        content_type="application/merge-patch+json",
    )
    assert answer.code == 403
    assert answer.body["message"] == (
        'persistentvolumeclaims "data" is forbidden: only dynamically provisioned pvc can be resized '
        "and the storageclass that provisions the pvc must support resize"
    )
