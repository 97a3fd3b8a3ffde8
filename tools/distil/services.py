"""Services and their endpoints, summed over all EndpointSlices of a Service."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import JsonValue

from tools.distil.facts import FactList
from tools.distil.item import Item
from tools.distil.shapes import dig, integer, mappings, string_map, text, texts
from tools.objects import ObjectRef

_SERVICE_NAME = "kubernetes.io/service-name"


def service(item: Item) -> None:
    """State all facts of one Service object; endpoints come from its slices."""
    selector = string_map(item.spec.get("selector"))
    item.say_field("service.selector", selector, item.spec, "spec", "selector")
    kind = text(item.spec.get("type")) or "ClusterIP"
    if kind == "ClusterIP" and item.spec.get("clusterIP") == "None":
        item.say("service.type", "Headless", "spec.clusterIP")
    else:
        item.say_field("service.type", kind, item.spec, "spec", "type")
    if kind != "ExternalName" and item.spec.get("clusterIP") != "None":
        item.say_text("service.address", item.spec.get("clusterIP"), "spec.clusterIP")
    ports: list[JsonValue] = []
    for _, port in mappings(item.spec.get("ports")):
        number, target = integer(port.get("port")), port.get("targetPort")
        ports.append(
            {
                "name": text(port.get("name")),
                "port": number,
                # Without targetPort the Service forwards to its own port number.
                "target_port": target if isinstance(target, str) else integer(target) or number,
                "protocol": text(port.get("protocol")) or "TCP",
            }
        )
    if ports:
        item.say("service.ports", ports, "spec.ports")


@dataclass
class _Sum:
    """Addresses of one Service, over its slices."""

    path: str
    ready: set[str] = field(default_factory=set)
    not_ready: set[str] = field(default_factory=set)
    ports: set[int] = field(default_factory=set)


class Endpoints:
    """Sums EndpointSlices (or the older Endpoints objects) of one document per Service."""

    def __init__(self) -> None:
        self._slices: dict[ObjectRef, _Sum] = {}
        self._legacy: dict[ObjectRef, _Sum] = {}
        self._selecting: dict[ObjectRef, str] = {}

    def slice(self, item: Item) -> None:
        """Add one EndpointSlice; one that belongs to no Service is left out."""
        labels = string_map(item.meta.get("labels"))
        name = text(labels.get(_SERVICE_NAME))
        if not name:
            return
        ref = ObjectRef(kind="Service", namespace=item.ref.namespace, name=name)
        total = self._slices.setdefault(ref, _Sum(path=item.path))
        for _, endpoint in mappings(item.raw.get("endpoints")):
            # An absent `ready` means ready. A pod counts once, also with IPv4 and IPv6 slices.
            ready = dig(endpoint, "conditions", "ready") is not False
            target = text(dig(endpoint, "targetRef", "name"))
            keys = [target] if target else texts(endpoint.get("addresses"))
            (total.ready if ready else total.not_ready).update(keys)
        for _, port in mappings(item.raw.get("ports")):
            if (number := integer(port.get("port"))) is not None:
                total.ports.add(number)

    def legacy(self, item: Item) -> None:
        """Add one Endpoints object, which bears its Service's name."""
        ref = ObjectRef(kind="Service", namespace=item.ref.namespace, name=item.ref.name)
        total = self._legacy.setdefault(ref, _Sum(path=item.path))
        for _, subset in mappings(item.raw.get("subsets")):
            for group, into in (("addresses", total.ready), ("notReadyAddresses", total.not_ready)):
                for _, address in mappings(subset.get(group)):
                    into.add(text(dig(address, "targetRef", "name")) or text(address.get("ip")))
            for _, port in mappings(subset.get("ports")):
                if (number := integer(port.get("port"))) is not None:
                    total.ports.add(number)

    def service(self, item: Item) -> None:
        """Take in a Service whose endpoints the control plane keeps (it has a selector)."""
        if string_map(item.spec.get("selector")) and item.spec.get("type") != "ExternalName":
            self._selecting[item.ref] = item.path

    def state(self, facts: FactList, *, all_slices: bool) -> None:
        """State `endpoints.*` of every Service seen; slices win over Endpoints objects.

        `all_slices` says that the document has all slices, so that a Service without one has no
        endpoints.
        """
        if all_slices:
            for ref, path in self._selecting.items():
                if ref not in self._slices and ref not in self._legacy:
                    _say(facts, ref, path, _Sum(path), "no EndpointSlice")
        for ref, total in ({**self._legacy, **self._slices}).items():
            path = f"{total.path}.endpoints" if ref in self._slices else f"{total.path}.subsets"
            waiting = len(total.not_ready - total.ready)
            quote = f"ready: {len(total.ready)} not ready: {waiting}"
            _say(facts, ref, path.removeprefix("."), total, quote)


def _say(facts: FactList, ref: ObjectRef, path: str, total: _Sum, quote: str) -> None:
    facts.add(ref, "endpoints.ready", len(total.ready), path=path, quote=quote)
    waiting = len(total.not_ready - total.ready)
    facts.add(ref, "endpoints.not_ready", waiting, path=path, quote=quote)
    ports: list[JsonValue] = [*sorted(total.ports)]
    facts.add(ref, "endpoints.ports", ports, path=path, quote=f"ports: {ports}")
