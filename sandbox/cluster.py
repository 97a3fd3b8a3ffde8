"""ClusterView: what exists in the target right now: kinds, names, namespaces, rights, schemas.

HTTP only, reads only (plus access reviews), cached for the run. Names come from metadata lists:
object content, that of Secrets above all, is never asked for. Everything is tolerant of RBAC: what
may not be seen is `denied` or unknown, not an error. Not covered: watching; a cache is a snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from pydantic import JsonValue

from sandbox import rules
from sandbox.discovery import (
    Catalogue,
    ResourceKind,
    from_aggregated,
    from_legacy,
    preferred_versions,
)
from sandbox.namelist import NOTHING_KNOWN, NameList, names_in
from sandbox.rules import Rules
from tools.api import Api, ApiError
from tools.errors import ClusterError
from tools.manifest.pack import nearest
from tools.manifest.schema import SchemaSet

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
PAGE = 500
"""Objects per page, as kubectl's --chunk-size."""
MOST_NAMES = 5000
"""Names listed of one kind in one namespace; ten pages, about 3 MiB of metadata."""
PASSING = frozenset({410, 429, 500, 502, 503, 504})
"""HTTP statuses after which the same request may well be answered."""
AUTHORIZATION = "/apis/authorization.k8s.io/v1/"


class ClusterView:
    """The target as one identity sees it. Raises ClusterError when it cannot be reached."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._catalogue: Catalogue | None = None
        self._version: str | None = None
        self._names: dict[tuple[str, str | None], NameList] = {}
        self._found: dict[tuple[str, str | None, str], bool | None] = {}
        self._rules: dict[str, Rules] = {}
        self._reviews: dict[tuple[str, ...], bool | None] = {}
        self._schemas: dict[str, SchemaSet] = {}
        self._openapi: dict[str, str] | None = None

    @property
    def version(self) -> str:
        """The server's gitVersion such as `v1.36.2`; empty when it does not say."""
        if self._version is None:
            document = self._optional("/version")
            found = document.get("gitVersion") if isinstance(document, dict) else None
            self._version = str(found or "")
        return self._version

    @property
    def simulated(self) -> bool:
        """Whether the server is the built-in simulator; it says so with every answer."""
        _ = self.version  # has one answered, if none has yet
        return self._api.simulated

    @property
    def catalogue(self) -> Catalogue:
        """Every kind the cluster serves."""
        if self._catalogue is None:
            self._catalogue = self._discover()
        return self._catalogue

    def check(self) -> None:
        """Ask the server once more. Raises ClusterError when it is gone or refuses the credentials."""
        self._optional("/version")

    def resolve(self, resource: str) -> ResourceKind | None:
        """The kind that a spelling means (see sandbox.discovery), or None."""
        return self.catalogue.resolve(resource)

    def namespaces(self) -> NameList:
        """The cluster's namespaces."""
        kind = self.resolve("namespaces")
        return self.names(kind, None) if kind is not None else NOTHING_KNOWN

    def names(self, kind: ResourceKind, namespace: str | None) -> NameList:
        """Names of a kind in a namespace; None lists all namespaces or a cluster-scoped kind."""
        key = (kind.full_name, namespace if kind.namespaced else None)
        known = self._names.get(key)
        if known is None:
            known, passing = self._list_names(kind, key[1])
            if not passing:
                self._names[key] = known
        return known

    def find(self, kind: ResourceKind | str, namespace: str | None, name: str) -> bool | None:
        """Whether an object exists; None when that may not be seen or the kind is not known.

        A name missing from the cached list is asked for once more: objects come all the time.
        """
        resource = self.resolve(kind) if isinstance(kind, str) else kind
        if resource is None:
            return None
        namespace = namespace if resource.namespaced else None
        listed = self.names(resource, namespace)
        if name in listed.names:
            return True
        key = (resource.full_name, namespace, name)
        if key in self._found:
            return self._found[key]
        exists = self._exists(resource, namespace, name, listed)
        if exists is not False:  # what is not there may come
            self._found[key] = exists
        return exists

    def rules(self, namespace: str) -> Rules:
        """What this identity may do in a namespace; one review per namespace and run."""
        if namespace not in self._rules:
            body: JsonValue = {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectRulesReview",
                "spec": {"namespace": namespace},
            }
            self._rules[namespace] = rules.read(self._review("selfsubjectrulesreviews", body))
        return self._rules[namespace]

    def can(
        self,
        verb: str,
        kind: ResourceKind,
        namespace: str | None,
        name: str | None = None,
        subresource: str = "",
    ) -> bool | None:
        """One SelfSubjectAccessReview; namespace None means in all of them. None: not answered."""
        key = (verb, kind.full_name, namespace or "", name or "", subresource)
        if key not in self._reviews:
            attributes: dict[str, JsonValue] = {
                "verb": verb,
                "group": kind.group,
                "resource": kind.plural,
            }
            optional = {"namespace": namespace, "name": name, "subresource": subresource}
            attributes.update({key: value for key, value in optional.items() if value})
            body: JsonValue = {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": attributes},
            }
            answer = self._review("selfsubjectaccessreviews", body)
            status = answer.get("status") if isinstance(answer, dict) else None
            allowed = status.get("allowed") if isinstance(status, dict) else None
            self._reviews[key] = allowed if isinstance(allowed, bool) else None
        return self._reviews[key]

    def schemas(self, api_version: str) -> SchemaSet:
        """Schemas for one apiVersion: the server's own `/openapi/v3`, else the nearest pack."""
        if api_version not in self._schemas:
            self._schemas[api_version] = self._load_schemas(api_version)
        return self._schemas[api_version]

    def schema_stamp(self, api_version: str) -> str:
        """Changes when the schemas of an apiVersion do: the server's hash, `packed` without one."""
        return self._documents().get(_document_name(api_version)) or "packed"

    def _discover(self) -> Catalogue:
        try:
            core = self._api.get("/api", {}, AGGREGATED)
        except ApiError as error:
            if error.status in PASSING:
                raise ClusterError(
                    f"the API server does not answer: {error.message}",
                    "try again when it is up",
                    reason="http",
                ) from error
            if error.status != 403:
                raise _not_kubernetes(error.message) from error
            core = None  # discovery is closed to this identity
        groups = self._optional("/apis", AGGREGATED)
        if _is_kind(core, "APIGroupDiscoveryList"):
            return from_aggregated(core, groups)
        wanted = ["v1", *preferred_versions(groups)]
        lists: list[JsonValue] = []
        absent: list[str] = []
        for group_version in wanted:
            path = f"/apis/{group_version}" if "/" in group_version else f"/api/{group_version}"
            found = self._optional(path)
            lists.append(found)
            if found is None:
                absent.append(group_version)
        catalogue = from_legacy(lists, absent)
        if core is not None and not catalogue.kinds:
            raise _not_kubernetes("it names no kind of object")
        return catalogue

    def _list_names(self, kind: ResourceKind, namespace: str | None) -> tuple[NameList, bool]:
        """The list, and whether it failed for a passing reason (then it is not cached)."""
        names: set[str] = set()
        token = ""
        while True:
            query = {"limit": str(PAGE)} | ({"continue": token} if token else {})
            try:
                document = self._api.get(kind.path(_quoted(namespace)), query, METADATA_LIST)
            except ApiError as error:
                found = NameList(frozenset(names), complete=False, denied=error.status == 403)
                return found, error.status in PASSING
            names.update(names_in(document))
            meta = document.get("metadata") if isinstance(document, dict) else None
            token = str(meta.get("continue") or "") if isinstance(meta, dict) else ""
            if not token:
                return NameList(frozenset(names), complete=isinstance(document, dict)), False
            if len(names) >= MOST_NAMES:
                return NameList(frozenset(names), complete=False), False

    def _exists(
        self, kind: ResourceKind, namespace: str | None, name: str, listed: NameList
    ) -> bool | None:
        if kind.namespaced and namespace is None:
            return False if listed.complete else None
        if "get" not in kind.verbs:
            return False if listed.complete else None
        try:
            self._api.get(kind.path(_quoted(namespace), quote(name, safe="")), {}, METADATA)
        except ApiError as error:
            if error.status == 404:
                return False
            return False if listed.complete else None
        return True

    def _review(self, resource: str, body: JsonValue) -> JsonValue:
        try:
            return self._api.post(AUTHORIZATION + resource, body)
        except ApiError:
            return None

    def _documents(self) -> dict[str, str]:
        """Name of each OpenAPI document -> where it is, with its hash."""
        if self._openapi is None:
            index = self._optional("/openapi/v3")
            paths = index.get("paths") if isinstance(index, dict) else None
            self._openapi = {
                key: str(entry.get("serverRelativeURL") or "")
                for key, entry in (paths.items() if isinstance(paths, dict) else ())
                if isinstance(entry, dict)
            }
        return self._openapi

    def _load_schemas(self, api_version: str) -> SchemaSet:
        url = self._documents().get(_document_name(api_version))
        if url:
            path, _, query = url.partition("?")
            document = self._optional(path, query=dict(_pairs(query)))
            if document is not None:
                return SchemaSet.from_openapi([document], source="the cluster", complete=True)
        return SchemaSet.packed(nearest(self.version))

    def _optional(
        self, path: str, accept: str = "application/json", query: dict[str, str] | None = None
    ) -> JsonValue:
        """A document that may be missing or forbidden: None then."""
        try:
            return self._api.get(path, query or {}, accept)
        except ApiError:
            return None


def _not_kubernetes(why: str) -> ClusterError:
    return ClusterError(
        f"the server does not answer like a Kubernetes API server: {why}",
        "is the server's address in the kubeconfig right, or does a proxy answer in its place?",
        reason="http",
    )


def _document_name(api_version: str) -> str:
    return f"apis/{api_version}" if "/" in api_version else f"api/{api_version}"


def _is_kind(document: JsonValue, kind: str) -> bool:
    return isinstance(document, dict) and document.get("kind") == kind


def _quoted(namespace: str | None) -> str | None:
    return quote(namespace, safe="") if namespace else None


def _pairs(query: str) -> Iterable[tuple[str, str]]:
    for pair in query.split("&"):
        key, _, value = pair.partition("=")
        if key:
            yield key, value
