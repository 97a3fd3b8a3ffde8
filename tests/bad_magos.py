"""A model that answers in prose and makes flags, kinds, fields and names up, as magos-k8s-0.6b does."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import NamedTuple

from model.protocol import Completion, Grammar, Segment


class Slip(NamedTuple):
    """One hallucination, and the rung that must catch it."""

    answer: str
    rung: str
    reason: str


PVC = """\
Create the claim like this:

```yaml
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data
  namespace: storefront
spec:
  volumeAccessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 1Gi
```
"""
HPA = """\
Here is the autoscaler:
apiVersion: autoscaling/v2beta3
kind: HorizontalPodAutoscaler
metadata:
  name: checkout
  namespace: storefront
spec:
  maxReplicas: 3
"""
CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
"""
OLD = """\
apiVersion: networking.k8s.io/v1beta1
kind: NetworkPolicy
metadata:
  name: open
  namespace: storefront
spec:
  podSelector: {}
"""
FIELD = """\
apiVersion: v1
kind: Service
metadata:
  name: checkout
  namespace: storefront
spec:
  selectors:
    app: checkout
  ports:
  - port: 80
"""
PORT = FIELD.replace("selectors", "selector").replace("port: 80", "port: http")
SLIPS = (
    Slip(
        "To see the pods, run:\n\n```bash\nkubectl get pods -n storefront --show-namespace\n```",
        "tree",
        "unknown-flag",
    ),
    Slip(
        "1. Check the logs:\n   ```\n   $ kubectl logs -l app=checkout -n storefront --limit=20\n   ```\n2. Done",
        "tree",
        "unknown-flag",
    ),
    Slip("Use `kubectl get podz -n storefront`.", "names", "unknown-kind"),
    Slip(
        "Command: kubectl get pod checkout-12345 -n storefront -o json",
        "names",
        "not-found",
    ),
    Slip(
        "kubectl get pods -n storefront | grep Error  # only those that fail",
        "parse",
        "shell-syntax",
    ),
    Slip("kubectl show pods -n storefront", "tree", "unknown-command"),
    Slip("kubectl get pods -n storefont -o json", "policy", "other-namespace"),
    Slip(
        "Let's look: `kubectl explain deployment.spec.replicaCount`",
        "schema",
        "unknown-field",
    ),
    Slip(PVC, "schema", "unknown-field"),
    Slip(HPA, "schema", "unknown-version"),
    Slip("kubectl get pods -n storefront -o jsn", "tree", "bad-value"),
    Slip("I think that the pod is broken.", "parse", "not-a-program"),
    Slip("kubectl delete pod --all -n storefront", "policy", "forbidden-flag"),
    Slip("kubectl get secret db -n storefront -o yaml", "policy", "secret-read"),
    Slip(
        "```bash\nkubectl get pods -n storefront -o yaml | grep -A5 state\n```",
        "parse",
        "shell-syntax",
    ),
    Slip("$ kubectl describe pod <pod-name> -n storefront", "parse", "shell-syntax"),
    Slip(
        "Both: kubectl get pods -n storefront && kubectl get events -n storefront",
        "parse",
        "shell-syntax",
    ),
    Slip("kubectl get pods -n storefront; kubectl top nodes", "parse", "shell-syntax"),
    Slip("kubectl get pods -n storefront > pods.txt", "parse", "shell-syntax"),
    Slip(
        "kubectl logs $(kubectl get pods -o name | head -1) -n storefront",
        "parse",
        "shell-syntax",
    ),
    Slip(
        "kubectl get events -n storefront --sort-by “.lastTimestamp”",
        "parse",
        "odd-characters",
    ),
    Slip(
        "kubectl logs -l app=checkout -n storefront --lines=20",
        "tree",
        "unknown-flag",
    ),
    Slip(
        "~~~sh\nkubectl get pod -n storefront --selectr app=checkout\n~~~",
        "tree",
        "unknown-flag",
    ),
    Slip("- kubectl events -n storefront --type=Warning", "tree", "unknown-flag"),
    Slip("kubectl describe pods -n storefront --show-event", "tree", "unknown-flag"),
    Slip("**kubectl top pods -n storefront --sort-by=mem**", "tree", "bad-value"),
    Slip("kubectl rollout histroy deployment/checkout -n storefront", "tree", "unknown-command"),
    Slip("kubectl describe deploymnet checkout -n storefront", "names", "unknown-kind"),
    Slip("kubectl get kubernetespods -n storefront", "names", "unknown-kind"),
    Slip("> kubectl explain pod.spec.container", "schema", "unknown-field"),
    Slip("kubectl exec -it checkout -n storefront -- sh", "policy", "forbidden-command"),
    Slip("kubectl edit deployment checkout -n storefront", "policy", "forbidden-command"),
    Slip(f"```yaml\n{OLD}```", "schema", "unknown-version"),
    Slip(f"```yaml\n{FIELD}```", "schema", "unknown-field"),
    Slip(f"{FIELD}---\n{OLD}", "schema", "unknown-field"),
    Slip(f"```yml\n{CONFIG}   namespace: storefront\n```", "parse", "yaml"),
    Slip(f"```\n{CONFIG}\tnamespace: storefront\n```", "parse", "yaml"),
    Slip(f"```yaml\n{PORT}```", "schema", "wrong-type"),
)


class BadMagos:
    """Makes one slip after the other, whatever it is told."""

    name = "magos"

    def __init__(self, slips: Sequence[Slip] = SLIPS) -> None:
        self._slips = slips
        self.made: list[Slip] = []

    def complete(
        self,
        prompt: Sequence[Segment],
        grammar: Grammar | None,
        *,
        max_tokens: int = 256,
        temperature: float | None = None,
        cancel: threading.Event | None = None,
        deadline_s: float | None = None,
    ) -> Completion:
        slip = self._slips[len(self.made) % len(self._slips)]
        self.made.append(slip)
        return Completion(text=slip.answer, tokens=40)
