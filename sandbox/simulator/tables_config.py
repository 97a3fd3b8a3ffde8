"""Rows of configuration, storage, quota and access kinds."""

from __future__ import annotations

from datetime import datetime

from sandbox.simulator.table import UNSET, Cells, Object, Printer, age, columns, name_of

_DEFAULT_CLASS = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)
_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}


def _name_and_age(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), age(obj, now)]


def _config_map(obj: Object, now: datetime) -> Cells:
    count = len(obj.get("data") or {}) + len(obj.get("binaryData") or {})
    return [name_of(obj), count, age(obj, now)]


def _secret(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), obj.get("type", "Opaque"), len(obj.get("data") or {}), age(obj, now)]


def _modes(modes: list[str] | None) -> str:
    given = modes or []
    return ",".join(short for mode, short in _MODES.items() if mode in given)


def _claim(obj: Object, now: datetime) -> Cells:
    meta, spec = obj.get("metadata") or {}, obj.get("spec") or {}
    status = obj.get("status") or {}
    bound = bool(spec.get("volumeName"))
    return [
        name_of(obj),
        "Terminating" if meta.get("deletionTimestamp") else status.get("phase", ""),
        spec.get("volumeName", ""),
        (status.get("capacity") or {}).get("storage", "0") if bound else "",
        _modes(status.get("accessModes")) if bound else "",
        _storage_class_of(obj),
        spec.get("volumeAttributesClassName") or UNSET,
        age(obj, now),
        spec.get("volumeMode") or UNSET,
    ]


def _storage_class_of(obj: Object) -> str:
    notes = (obj.get("metadata") or {}).get("annotations") or {}
    old = notes.get("volume.beta.kubernetes.io/storage-class")
    return str(old or (obj.get("spec") or {}).get("storageClassName") or "")


def _volume(obj: Object, now: datetime) -> Cells:
    meta, spec = obj.get("metadata") or {}, obj.get("spec") or {}
    status = obj.get("status") or {}
    claim = spec.get("claimRef")
    return [
        name_of(obj),
        (spec.get("capacity") or {}).get("storage", "0"),
        _modes(spec.get("accessModes")),
        spec.get("persistentVolumeReclaimPolicy", ""),
        "Terminating" if meta.get("deletionTimestamp") else status.get("phase", ""),
        f"{claim.get('namespace')}/{claim.get('name')}" if claim else "",
        _storage_class_of(obj),
        spec.get("volumeAttributesClassName") or UNSET,
        status.get("reason", ""),
        age(obj, now),
        spec.get("volumeMode") or UNSET,
    ]


def _storage_class(obj: Object, now: datetime) -> Cells:
    notes = (obj.get("metadata") or {}).get("annotations") or {}
    default = any(notes.get(key) == "true" for key in _DEFAULT_CLASS)
    return [
        f"{name_of(obj)} (default)" if default else name_of(obj),
        obj.get("provisioner", ""),
        obj.get("reclaimPolicy", "Delete"),
        obj.get("volumeBindingMode", "Immediate"),
        bool(obj.get("allowVolumeExpansion", False)),
        age(obj, now),
    ]


def _quota(obj: Object, now: datetime) -> Cells:
    status = obj.get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    requests: list[str] = []
    limits: list[str] = []
    for name in sorted(hard):
        text = f"{name}: {used.get(name, '0')}/{hard[name]}"
        (limits if name.startswith("limits") else requests).append(text)
    return [name_of(obj), ", ".join(requests), ", ".join(limits), age(obj, now)]


def _namespace(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), (obj.get("status") or {}).get("phase", ""), age(obj, now)]


def _lease(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), (obj.get("spec") or {}).get("holderIdentity", ""), age(obj, now)]


def _binding(obj: Object, now: datetime) -> Cells:
    role = obj.get("roleRef") or {}
    users: list[str] = []
    groups: list[str] = []
    accounts: list[str] = []
    for subject in obj.get("subjects") or []:
        kind, name = subject.get("kind"), str(subject.get("name", ""))
        if kind == "ServiceAccount":
            accounts.append(f"{subject.get('namespace')}/{name}")
        else:
            (users if kind == "User" else groups).append(name)
    return [
        name_of(obj),
        f"{role.get('kind')}/{role.get('name')}",
        age(obj, now),
        ", ".join(users),
        ", ".join(groups),
        ", ".join(accounts),
    ]


def _priority_class(obj: Object, now: datetime) -> Cells:
    return [
        name_of(obj),
        obj.get("value", 0),
        bool(obj.get("globalDefault", False)),
        age(obj, now),
        obj.get("preemptionPolicy", "PreemptLowerPriority"),
    ]


def _runtime_class(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), obj.get("handler", ""), age(obj, now)]


def _webhooks(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), len(obj.get("webhooks") or []), age(obj, now)]


def _api_service(obj: Object, now: datetime) -> Cells:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    service = spec.get("service")
    shown = f"{service.get('namespace')}/{service.get('name')}" if service else "Local"
    condition: Object = next(
        (item for item in status.get("conditions") or [] if item.get("type") == "Available"), {}
    )
    state = str(condition.get("status", "Unknown"))
    if condition and state != "True":
        state = f"{state} ({condition.get('reason')})"
    return [name_of(obj), shown, state, age(obj, now)]


_BINDING = Printer(columns("Name|Role|Age", "Users|Groups|ServiceAccounts"), _binding)
_WEBHOOKS = Printer(columns("Name|Webhooks|Age", webhooks="integer"), _webhooks)
_ADMISSION, _RBAC = "admissionregistration.k8s.io", "rbac.authorization.k8s.io"

PRINTERS: dict[str, Printer] = {
    "configmaps": Printer(columns("Name|Data|Age"), _config_map),
    "secrets": Printer(columns("Name|Type|Data|Age"), _secret),
    "serviceaccounts": Printer(columns("Name|Age"), _name_and_age),
    "namespaces": Printer(columns("Name|Status|Age"), _namespace),
    "resourcequotas": Printer(columns("Name|Request|Limit|Age"), _quota),
    "persistentvolumeclaims": Printer(
        columns(
            "Name|Status|Volume|Capacity|Access Modes|StorageClass|VolumeAttributesClass|Age",
            "VolumeMode",
        ),
        _claim,
    ),
    "persistentvolumes": Printer(
        columns(
            "Name|Capacity|Access Modes|Reclaim Policy|Status|Claim|StorageClass|"
            "VolumeAttributesClass|Reason|Age",
            "VolumeMode",
        ),
        _volume,
    ),
    "storage.k8s.io/storageclasses": Printer(
        columns("Name|Provisioner|ReclaimPolicy|VolumeBindingMode|AllowVolumeExpansion|Age"),
        _storage_class,
    ),
    "coordination.k8s.io/leases": Printer(columns("Name|Holder|Age"), _lease),
    f"{_RBAC}/rolebindings": _BINDING,
    f"{_RBAC}/clusterrolebindings": _BINDING,
    "scheduling.k8s.io/priorityclasses": Printer(
        columns(
            "Name|Value|Global-Default|Age|PreemptionPolicy",
            value="integer",
            global_default="boolean",
        ),
        _priority_class,
    ),
    "node.k8s.io/runtimeclasses": Printer(columns("Name|Handler|Age"), _runtime_class),
    f"{_ADMISSION}/mutatingwebhookconfigurations": _WEBHOOKS,
    f"{_ADMISSION}/validatingwebhookconfigurations": _WEBHOOKS,
    "apiregistration.k8s.io/apiservices": Printer(
        columns("Name|Service|Available|Age"), _api_service
    ),
}
