"""Writer: create, update and patch, the one way into the store for clients and manifests.

The order of steps is the server's: decode, identity, defaults, mutating admission, validation,
validating admission, store. With dryRun everything happens but the last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sandbox.simulator import admission, bootstrap, deletion
from sandbox.simulator.defaults import defaulted
from sandbox.simulator.engine import Engine
from sandbox.simulator.errors import object_not_found
from sandbox.simulator.naming import uid
from sandbox.simulator.patching import updated
from sandbox.simulator.resources import Resource
from sandbox.simulator.store import Object
from sandbox.simulator.validation import Decoded, check, invalid, strict
from sandbox.simulator.validation.problem import bad
from sandbox.simulator.views import to_stored
from sandbox.simulator.writes import identity, strategy
from sandbox.simulator.writes.options import Options

NEEDS_VERSION = frozenset(
    {
        "APIService",
        "CustomResourceDefinition",
        "Lease",
        "MutatingWebhookConfiguration",
        "PodDisruptionBudget",
        "ValidatingWebhookConfiguration",
    }
)
"""Built-in kinds whose registries refuse an update without a resourceVersion."""

Change = Callable[[Object], Object]
"""The live object, as its version shows it, made into the wanted one."""


class Writer:
    """Writes of one request. `warnings` are what the answer's Warning headers should say."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.warnings: list[str] = []

    def create(
        self,
        row: Resource,
        namespace: str | None,
        body: Object,
        options: Options | None = None,
        *,
        repeated: Sequence[str] = (),
        managed: bool = False,
    ) -> Object:
        """Store a new object and return it. Raises ApiFailure.

        `managed`: server-side apply made its metadata.managedFields already.
        """
        options = options or Options()
        engine = self.engine
        body = self.decoded(row, body, options, repeated)
        fields = (body.get("metadata") or {}).get("managedFields") if managed else None
        obj = identity.created(engine, row, namespace, body)
        obj = defaulted(stored(engine, row, strategy.cleared(row, obj)))
        if fields:
            obj = {**obj, "metadata": {**obj["metadata"], "managedFields": fields}}
        elif options.manager:
            obj = self._managed(None, obj, options)
        asked = admission.Attributes("CREATE", row, obj, None, dry_run=options.dry_run)
        # Namespaces are looked up before anything is drawn for an object.
        admission.enter(engine, asked)
        obj = strategy.prepare_create(engine, row, obj, dry_run=options.dry_run)
        obj = admission.mutated(engine, asked._replace(obj=obj))
        self._require_valid(row, obj, None)
        asked = asked._replace(obj=obj)
        self.warnings += admission.validated(engine, asked)
        meta = obj["metadata"]
        if engine.store.get(row.key, meta.get("namespace"), meta["name"]) is not None:
            raise identity.already_exists(row, meta["name"])
        if options.dry_run:
            return self._unstored(row, obj)
        identity.remember(engine, row, obj)
        made = engine.create(obj)
        admission.settled(engine, asked)
        if row.key == "namespaces":
            bootstrap.furnish(engine, meta["name"])
        return made

    def update(
        self,
        row: Resource,
        namespace: str | None,
        name: str,
        body: Object,
        options: Options | None = None,
        *,
        sub: str = "",
        repeated: Sequence[str] = (),
    ) -> Object:
        """Replace an object, or its status, and return it. Raises ApiFailure."""
        options = options or Options()
        old = self.live(row, namespace, name)
        new = self.decoded(row, body, options, repeated)
        unlocked = not str((new.get("metadata") or {}).get("resourceVersion") or "")
        if unlocked and (row.custom or row.kind in NEEDS_VERSION):
            problem = bad("metadata.resourceVersion", 0, "must be specified for an update")
            raise invalid(row, name, [problem])
        return self.settle(row, namespace, old, new, options, sub=sub)

    def live(self, row: Resource, namespace: str | None, name: str) -> Object:
        """The stored object. Raises ApiFailure 404."""
        old = self.engine.store.get(row.key, namespace, name)
        if old is None:
            raise object_not_found(row, name)
        return old

    def settle(
        self,
        row: Resource,
        namespace: str | None,
        old: Object,
        new: Object,
        options: Options,
        *,
        sub: str = "",
        operation: str = "Update",
        managed_as: str = "",
    ) -> Object:
        """Take a decoded replacement through identity, admission and validation into the store.

        `managed_as`: the subresource that managedFields name when it is not `sub` (scale).
        """
        engine, name = self.engine, old["metadata"]["name"]
        new = stored(engine, row, identity.replaced(row, namespace, name, new, old))
        match sub:
            case "":
                new = strategy.prepare_update(engine, row, defaulted(new), old)
            case "finalize":
                new = strategy.with_finalizers(new, old)
            case _:
                new = strategy.with_status(engine, row, new, old)
        if options.manager and operation == "Update":
            new = self._managed(old, new, options, sub or managed_as)
        asked = admission.Attributes("UPDATE", row, new, old, sub=sub, dry_run=options.dry_run)
        new = admission.mutated(engine, asked)
        if not sub:
            self._require_valid(row, new, old)
        self.warnings += admission.validated(engine, asked._replace(obj=new))
        if options.dry_run:
            return new
        return self.store(new)

    def store(self, new: Object) -> Object:
        """Put a changed object; one that only waited for its last finalizer goes instead."""
        engine = self.engine
        made = engine.store.put(new)
        deletion.settled(engine, made)
        return made

    def decoded(
        self, row: Resource, body: Object, options: Options, repeated: Sequence[str] = ()
    ) -> Object:
        """A body as an object of its kind; what is odd about it becomes warnings.

        Raises ApiFailure 400.
        """
        return self.taken(row, strict(row, body, options.mode, repeated=repeated))

    def texts(self) -> tuple[str, ...]:
        """The warnings, each once, in order."""
        return tuple(dict.fromkeys(self.warnings))

    def taken(self, row: Resource, decoded: Decoded) -> Object:
        """A decoded object with the fields that its kind always has; its warnings are kept."""
        self.warnings += decoded.warnings
        obj = strategy.whole(row, decoded.obj)
        return {**obj, "apiVersion": row.api_version, "kind": row.kind}

    def _managed(self, old: Object | None, new: Object, options: Options, sub: str = "") -> Object:
        return updated(
            old,
            new,
            manager=options.manager,
            operation="Update",
            now=self.engine.stamp,
            sub=sub,
            schema=self.engine.store.resource_of(new).schema,
        )

    def _require_valid(self, row: Resource, new: Object, old: Object | None) -> None:
        problems = check(row, new, old)
        if problems:
            raise invalid(row, new["metadata"]["name"], problems)

    def _unstored(self, row: Resource, obj: Object) -> Object:
        """What a create would have returned."""
        meta = dict(obj["metadata"])
        where = (obj["kind"], meta.get("namespace", ""), meta["name"])
        meta.setdefault("uid", uid(self.engine.seed, *where, "dry-run"))
        meta.setdefault("creationTimestamp", self.engine.stamp)
        if row.generation:
            meta["generation"] = 1
        return {**obj, "metadata": meta}


def stored(engine: Engine, row: Resource, obj: Object) -> Object:
    """An object in the version in which its kind is stored."""
    if row.view_of is None:
        return obj
    if not row.custom:
        return to_stored(obj)
    for other in engine.store.resources():
        if other.key == row.key and other.view_of is None:
            return {**obj, "apiVersion": other.api_version}
    return obj
