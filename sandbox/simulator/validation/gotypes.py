"""Types of the server's Go structs, compiled once from the packed 1.36 schemas.

Error texts name Go types (`v1.PullPolicy`, `[]v1.Container`), which the schemas flatten to
`string` and `array`; NAMED holds the names that get lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from tools.manifest.pack import load_pack

PACK = "1.36"

Shape = Literal[
    "struct",
    "map",
    "list",
    "string",
    "int32",
    "int64",
    "bool",
    "float64",
    "bytes",
    "time",
    "microtime",
    "quantity",
    "intorstring",
    "any",
]


@dataclass(slots=True)
class GoType:
    """One type. Types refer to each other, in circles too; treat them as read-only."""

    shape: Shape
    name: str
    """As `%v` of a reflect.Type prints it: `int32`, `[]v1.Container`, `v1.PodSpec`."""
    fields: dict[str, GoType] = field(default_factory=dict)
    """Of a struct: JSON name -> type."""
    item: GoType | None = None
    """Of a list or map: the type of an entry."""

    @property
    def struct(self) -> str:
        """Name without the package, as an error gives the struct of a field."""
        return self.name.rpartition(".")[2]


ANY = GoType("any", "interface {}")

_REF = "#/components/schemas/"
_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_SPECIAL: dict[str, tuple[Shape, str]] = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": ("intorstring", "intstr.IntOrString"),
    "io.k8s.apimachinery.pkg.api.resource.Quantity": ("quantity", "resource.Quantity"),
    _META + "Time": ("time", "v1.Time"),
    _META + "MicroTime": ("microtime", "v1.MicroTime"),
    _META + "FieldsV1": ("any", "v1.FieldsV1"),
    _META + "Patch": ("any", "v1.Patch"),
    "io.k8s.apimachinery.pkg.runtime.RawExtension": ("any", "runtime.RawExtension"),
}

NAMED: dict[str, str] = {
    # field name -> the named Go string type it has wherever it is a string
    "imagePullPolicy": "v1.PullPolicy",
    "terminationMessagePolicy": "v1.TerminationMessagePolicy",
    "dnsPolicy": "v1.DNSPolicy",
    "restartPolicy": "v1.RestartPolicy",
    "preemptionPolicy": "v1.PreemptionPolicy",
    "protocol": "v1.Protocol",
    "scheme": "v1.URIScheme",
    "whenUnsatisfiable": "v1.UnsatisfiableConstraintAction",
    "externalTrafficPolicy": "v1.ServiceExternalTrafficPolicy",
    "internalTrafficPolicy": "v1.ServiceInternalTrafficPolicy",
    "sessionAffinity": "v1.ServiceAffinity",
    "ipFamilyPolicy": "v1.IPFamilyPolicy",
    "concurrencyPolicy": "v1.ConcurrencyPolicy",
    "completionMode": "v1.CompletionMode",
    "podReplacementPolicy": "v1.PodReplacementPolicy",
    "podManagementPolicy": "v1.PodManagementPolicyType",
    "persistentVolumeReclaimPolicy": "v1.PersistentVolumeReclaimPolicy",
    "reclaimPolicy": "v1.PersistentVolumeReclaimPolicy",
    "volumeMode": "v1.PersistentVolumeMode",
    "volumeBindingMode": "v1.VolumeBindingMode",
    "pathType": "v1.PathType",
    "effect": "v1.TaintEffect",
    "unhealthyPodEvictionPolicy": "v1.UnhealthyPodEvictionPolicyType",
}

NAMED_IN: dict[tuple[str, str], str] = {
    # (struct, field) where the field's name alone does not tell
    ("ObjectMeta", "uid"): "types.UID",
    ("OwnerReference", "uid"): "types.UID",
    ("ServiceSpec", "type"): "v1.ServiceType",
    ("Secret", "type"): "v1.SecretType",
    ("DeploymentStrategy", "type"): "v1.DeploymentStrategyType",
    ("DaemonSetUpdateStrategy", "type"): "v1.DaemonSetUpdateStrategyType",
    ("StatefulSetUpdateStrategy", "type"): "v1.StatefulSetUpdateStrategyType",
    ("Toleration", "operator"): "v1.TolerationOperator",
    ("NodeSelectorRequirement", "operator"): "v1.NodeSelectorOperator",
    ("LabelSelectorRequirement", "operator"): "v1.LabelSelectorOperator",
    ("MetricSpec", "type"): "v2.MetricSourceType",
    ("PodSpec", "nodeSelector"): "map[string]string",
    ("ResourceRequirements", "limits"): "v1.ResourceList",
    ("ResourceRequirements", "requests"): "v1.ResourceList",
    ("ResourceQuotaSpec", "hard"): "v1.ResourceList",
    ("PersistentVolumeSpec", "capacity"): "v1.ResourceList",
    ("PersistentVolumeClaimSpec", "accessModes"): "[]v1.PersistentVolumeAccessMode",
    ("PersistentVolumeSpec", "accessModes"): "[]v1.PersistentVolumeAccessMode",
    ("NetworkPolicySpec", "policyTypes"): "[]v1.PolicyType",
    ("ServiceSpec", "ipFamilies"): "[]v1.IPFamily",
    ("Capabilities", "add"): "[]v1.Capability",
    ("Capabilities", "drop"): "[]v1.Capability",
}

_SCALARS: dict[tuple[Any, Any], tuple[Shape, str]] = {
    ("string", None): ("string", "string"),
    ("string", "byte"): ("bytes", "[]uint8"),
    ("string", "date-time"): ("time", "v1.Time"),
    ("integer", "int32"): ("int32", "int32"),
    ("integer", "int64"): ("int64", "int64"),
    ("integer", None): ("int64", "int64"),
    ("number", "double"): ("float64", "float64"),
    ("boolean", None): ("bool", "bool"),
}


@cache
def kinds() -> dict[tuple[str, str, str], str]:
    """(group, version, kind) -> schema name, of everything in the pack."""
    found: dict[tuple[str, str, str], str] = {}
    for name, schema in load_pack(PACK).items():
        for gvk in schema.get("x-kubernetes-group-version-kind", ()):
            found.setdefault((gvk["group"], gvk["version"], gvk["kind"]), name)
    return found


def type_of(group: str, version: str, kind: str) -> GoType | None:
    """The type of a kind, or None when the pack has no such kind."""
    name = kinds().get((group, version, kind))
    return component(name) if name is not None else None


def object_meta() -> GoType:
    """metav1.ObjectMeta."""
    return component(_META + "ObjectMeta")


_KNOWN: dict[str, GoType] = {}


def component(name: str) -> GoType:
    """The type of a schema by its full name. Raises KeyError when there is none."""
    known = _KNOWN.get(name)
    if known is not None:
        return known
    if name in _SPECIAL:
        shape, printed = _SPECIAL[name]
        made = _KNOWN[name] = GoType(shape, printed)
        return made
    schema = load_pack(PACK)[name]
    printed = ".".join(name.split(".")[-2:])
    if "properties" not in schema:
        # written by hand in Go (JSONSchemaPropsOrBool), or an empty struct (a node's `{}`)
        shape = "struct" if schema.get("type") == "object" else "any"
        made = _KNOWN[name] = GoType(shape, printed)
        return made
    made = _KNOWN[name] = GoType("struct", printed)  # known before its fields: types go in circles
    for key, node in schema["properties"].items():
        made.fields[key] = _node(node, made.struct, key)
    return made


def _node(node: dict[str, Any], struct: str, key: str) -> GoType:
    ref = node.get("$ref")
    if ref is not None:
        return component(ref.removeprefix(_REF))
    name = NAMED_IN.get((struct, key))
    kind = node.get("type")
    if kind == "array":
        item = _node(node["items"], struct, f"{key}[]")
        return GoType("list", name or f"[]{item.name}", item=item)
    if kind == "object":
        extra = node.get("additionalProperties")
        if not isinstance(extra, dict):
            return ANY
        item = _node(extra, struct, f"{key}[]")
        return GoType("map", name or f"map[string]{item.name}", item=item)
    found = _SCALARS.get((kind, node.get("format"))) or _SCALARS.get((kind, None))
    if found is None:
        return ANY
    shape, printed = found
    if shape == "string":
        printed = name or NAMED.get(key, printed)
    return GoType(shape, printed)
