"""Write requests: from HTTP to the Writer and back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sandbox.simulator import bodies
from sandbox.simulator.engine import Engine
from sandbox.simulator.errors import ApiFailure, bad_request, method_not_allowed
from sandbox.simulator.http import Request, Response, json_response
from sandbox.simulator.patching import applied, patched
from sandbox.simulator.patching.body import document
from sandbox.simulator.patching.patch import STRATEGIC_PATCH, media_type
from sandbox.simulator.paths import Target
from sandbox.simulator.reads import PARTIAL, Form, one_response, render
from sandbox.simulator.resources import Resource
from sandbox.simulator.selection import select
from sandbox.simulator.store import Object
from sandbox.simulator.timeshift import TimeShift
from sandbox.simulator.validation import converted
from sandbox.simulator.writes import pods, removal, replicas, tokens
from sandbox.simulator.writes.options import Options
from sandbox.simulator.writes.write import Writer

APPLY = "application/apply-patch+yaml"
_STATUS_SUBS = frozenset({"status", "approval"})


@dataclass(frozen=True)
class Handler:
    """Answers one write request. Access has been decided before."""

    engine: Engine
    shift: TimeShift
    target: Target
    request: Request

    def answer(self, verb: str) -> Response:
        """The answer. Raises ApiFailure, with the warnings that come with it."""
        try:
            return self._answer(verb)
        except ApiFailure as failure:
            failure.warnings = self.writer.texts()
            raise

    @cached_property
    def writer(self) -> Writer:
        """What writes, and remembers warnings."""
        return Writer(self.engine)

    def _answer(self, verb: str) -> Response:
        form = Form.of(self.request, PARTIAL)
        if verb == "delete":
            return self._delete(form)
        if verb == "deletecollection":
            return self._delete_collection()
        media = bodies.media_type(self.request)
        applies = verb == "patch" and media == APPLY
        options = Options.of(self.request, applies=applies)
        if verb == "create":
            return self._create(form, options)
        if verb == "patch":
            media_type(media, self.target.row)
        if self.target.sub == "scale":
            return self._scale(verb, options)
        return self._change(verb, form, options, applies=applies)

    # POST

    def _create(self, form: Form, options: Options) -> Response:
        target = self.target
        body = bodies.read(self.request, target.row)
        if target.sub is not None:
            return json_response(201, self.shift.render(self._post(body.obj, options)))
        if target.row.kind == "Binding":
            raise bad_request("bindings are made below a pod: pods/<name>/binding")
        made = self.writer.create(
            target.row,
            target.namespace,
            self.shift.take(body.obj),
            options,
            repeated=body.repeated,
        )
        return self._one(201, made, form)

    def _post(self, body: Object, options: Options) -> Object:
        """What is posted below an object."""
        target, engine = self.target, self.engine
        live = self.writer.live(target.row, target.namespace, target.name or "")
        where = (target.row.key, target.sub)
        if where == ("pods", "eviction"):
            return pods.evict(engine, live, body, dry_run=options.dry_run)
        if where == ("pods", "binding"):
            return pods.bind(engine, live, body, dry_run=options.dry_run)
        if where == ("serviceaccounts", "token"):
            return tokens.issue(engine, live, body)
        raise method_not_allowed()

    # PUT and PATCH

    def _change(self, verb: str, form: Form, options: Options, *, applies: bool) -> Response:
        target, writer = self.target, self.writer
        row, name = target.row, target.name or ""
        sub = target.sub or ""
        if sub and sub not in _STATUS_SUBS | {"finalize"}:
            raise bad_request(f"{row.plural}/{sub} cannot be written in the simulator")
        kind = "status" if sub in _STATUS_SUBS else sub
        if verb == "update":
            body = bodies.read(self.request, target.row)
            new = writer.update(
                row,
                target.namespace,
                name,
                self.shift.take(body.obj),
                options,
                sub=kind,
                repeated=body.repeated,
            )
            return self._one(200, new, form)
        if applies:
            return self._apply(form, options, kind)
        live = writer.live(row, target.namespace, name)
        media = bodies.media_type(self.request)
        wanted = patched(render(self.shift, row, live), self.request.body, media, row)
        wanted = self.shift.take(bodies.scrubbed(wanted, self.request.body))
        if media == STRATEGIC_PATCH:
            patch = document(self.request.body, dict)
            wanted = writer.taken(row, converted(row, wanted, patch, options.mode))
        else:
            wanted = writer.decoded(row, wanted, options)
        new = writer.settle(row, target.namespace, live, wanted, options, sub=kind)
        return self._one(200, new, form)

    def _apply(self, form: Form, options: Options, sub: str) -> Response:
        """Server-side apply: creates what is not there."""
        target, engine = self.target, self.engine
        row, name = target.row, target.name or ""
        writer = self.writer
        config = self._configuration(row, name, options)
        live = engine.store.get(row.key, target.namespace, name)
        shown = (
            None if live is None else render(TimeShift(engine.store.now, enabled=False), row, live)
        )
        wanted = applied(
            shown,
            config,
            manager=options.manager,
            force=options.force,
            row=row,
            now=engine.stamp,
            sub=sub,
        )
        if live is None:
            made = writer.create(row, target.namespace, wanted, options, managed=True)
            return self._one(201, made, form)
        wanted = writer.decoded(row, wanted, options)
        new = writer.settle(
            row, target.namespace, live, wanted, options, sub=sub, operation="Apply"
        )
        return self._one(200, new, form)

    def _configuration(self, row: Resource, name: str, options: Options) -> Object:
        body = self.request.body
        repeated: tuple[str, ...] = ()
        if body.lstrip()[:1] == b"{":
            value, repeated = bodies.parse_json(body, row.kind)
        else:
            value = bodies.parse_yaml(body)
        if not isinstance(value, dict):
            raise bad_request(f"error decoding YAML: expected an object of kind {row.kind}")
        for field in ("apiVersion", "kind"):
            if not value.get(field):
                raise bad_request(f"error decoding YAML: Object '{field}' is missing")
        meta = value.get("metadata")
        if isinstance(meta, dict) and meta.get("managedFields"):
            raise bad_request("metadata.managedFields must be nil")
        config: Object = self.shift.take(value)
        if row.custom or repeated:
            # A built-in kind's typed schema refuses what it does not know in words of its own.
            config = self.writer.decoded(row, config, options, repeated)
        meta = dict(config.get("metadata") or {})
        if meta.setdefault("name", name) != name:
            raise bad_request(
                f"the name of the object ({meta['name']}) does not match the name on the URL ({name})"
            )
        if self.target.namespace:
            meta.setdefault("namespace", self.target.namespace)
        return {**config, "metadata": meta}

    def _scale(self, verb: str, options: Options) -> Response:
        target, writer = self.target, self.writer
        row, name = target.row, target.name or ""
        live = writer.live(row, target.namespace, name)
        shown = replicas.scale_of(row, live)
        if verb == "update":
            scale = bodies.decode(self.request, replicas.SCALE)
        else:
            media = bodies.media_type(self.request)
            if media == APPLY:
                scale = self._configuration(replicas.SCALE, name, options)
            else:
                scale = patched(shown, self.request.body, media, replicas.SCALE)
                scale = bodies.scrubbed(scale, self.request.body)
        scale = writer.decoded(replicas.SCALE, scale, options)
        wanted = replicas.rescaled(row, live, scale)
        new = writer.settle(row, target.namespace, live, wanted, options, managed_as="scale")
        body = self.shift.render(replicas.scale_of(row, new))
        return json_response(200, body)

    # DELETE

    def _options(self) -> removal.DeleteOptions:
        body: Object = {}
        if self.request.body.strip():
            body = bodies.decode(self.request, removal.OPTIONS)
        return removal.DeleteOptions.of(self.request.query, body)

    def _delete(self, form: Form) -> Response:
        target = self.target
        options = self._options()
        live = self.writer.live(target.row, target.namespace, target.name or "")
        left = removal.delete(self.engine, target.row, live, options)
        if left is None:
            return json_response(200, removal.gone(target.row, live))
        return one_response(200, self.shift, target.row, left, form)

    def _delete_collection(self) -> Response:
        """Everything that the selectors match; the answer lists it as it was."""
        target, query = self.target, self.request.query
        row = target.row
        options = self._options()
        selection = select(row, query.get("labelSelector", ""), query.get("fieldSelector", ""))
        found = [
            obj
            for obj in self.engine.store.list(row.key, target.namespace)
            if selection.matches(obj)
        ]
        for obj in found:
            removal.delete(self.engine, row, obj, options)
        body = {
            "kind": f"{row.kind}List",
            "apiVersion": row.api_version,
            "metadata": {"resourceVersion": str(self.engine.store.version)},
            "items": [render(self.shift, row, obj) for obj in found],
        }
        return json_response(200, body, warning=row.warning)

    def _one(self, status: int, obj: Object, form: Form) -> Response:
        response = one_response(status, self.shift, self.target.row, obj, form)
        return response._replace(warnings=self.writer.texts())
