"""Spoken: the names that stand in a question, or seem to; whether there are such is for names.py. Pure."""

from __future__ import annotations

import re

from agent.ask.topics import is_known, is_plain, is_slip, is_vocabulary, tokens, without_errors
from tools.kubectl.shapes import DNS_LABEL

KIND_WORDS = {
    "Deployment": ("deployment", "deploy"),
    "StatefulSet": ("statefulset", "sts"),
    "DaemonSet": ("daemonset", "ds"),
    "CronJob": ("cronjob", "cj"),
    "Job": ("job",),
    "Pod": ("pod", "po"),
    "Service": ("service", "svc"),
    "Node": ("node", "no"),
    "PersistentVolumeClaim": ("pvc", "persistentvolumeclaim"),
    "Ingress": ("ingress", "ing"),
    "HorizontalPodAutoscaler": ("hpa", "horizontalpodautoscaler"),
    "Namespace": ("namespace", "ns"),
}
"""Kind -> the words people write before or after a name."""
KIND_OF = {word: kind for kind, words in KIND_WORDS.items() for word in words}
SPOKEN = frozenset(word for word in KIND_OF if len(word) > 2) | {"ns"}
"""Kind words that count between blanks; `no` and `po` only before a slash."""
SLASHED = re.compile(r"\b([a-z]+)/([a-z0-9][a-z0-9.-]*[a-z0-9])")
LIKE_NAME = re.compile(r"[a-z0-9-]*-[a-z0-9]*\d[a-z0-9-]*")
"""Words such as `web-7d9f8-x2x7k`."""
KUBELET = re.compile(r"\b([a-z0-9][a-z0-9.-]*-[a-z0-9]{5})_([a-z0-9-]+)\(")
"""How kubelet writes a pod: `web-7d9f8-x2x7k_shop(uid)`."""
BEFORE_NAME = frozenset(
    (
        *("why", "is", "are", "of", "for", "on", "in", "from", "with"),
        *("to", "restart", "undo", "scale", "lookup", "host", "about", "does"),
    )
)
AFTER_NAME = frozenset(
    (
        *("is", "are", "isnt", "arent", "was", "has", "hasnt", "keeps"),
        *("cant", "cannot", "wont", "doesnt", "does", "gives", "returns", "fails"),
    )
)
"""Words between which a stranger is the name of something."""
WELL_KNOWN = frozenset(("kube-system", "kube-public", "kube-node-lease"))
PLACES = frozenset(
    ("prod", "production", "staging", "stage", "dev", "test", "testing", "qa", "system")
)
"""Words of sentences that are names of namespaces, where `namespace` stands beside them."""
DETERMINERS = frozenset(
    ("the", "a", "an", "my", "our", "your", "all", "any", "most", "more", "too", "much", "many")
)
"""Before these stands a verb: `which pod uses the most memory`."""
PARTICIPLE = re.compile(r"[a-z]{4,}(ed|ly)")
"""`cronjob suspended`; a name of that form is still known where it exists, or as `job/unified`."""
SHORTEST_PART = 3


def spoken(question: str) -> list[tuple[str, str]]:
    """(kind, name) pairs that are written as such: `deploy/web`, `node worker-1`, `the web service`."""
    lowered = question.lower()
    found = [(KIND_OF[w], n) for w, n in SLASHED.findall(lowered) if w in KIND_OF]
    said = tokens(without_errors(question))
    for pod, namespace in KUBELET.findall(lowered):
        found += [("Pod", pod), ("Namespace", namespace)]
    for at, word in enumerate(said):
        if word not in SPOKEN:
            continue
        after = said[at + 1 : at + 3]
        if after[:1] in (["called"], ["named"]):
            after = after[1:]
        before = said[at - 1] if at else ""
        if KIND_OF[word] == "Namespace" and (place := PLACES & {before, *after[:1]}):
            found.append(("Namespace", min(place)))
        elif after and could_be_name(after[0]) and not _is_verb(*after):
            found.append((KIND_OF[word], after[0]))
        elif could_be_name(before):
            found.append((KIND_OF[word], before))
    # `node pool` is no node's name: those have a number or their network's name in them.
    return [(k, n) for k, n in dict.fromkeys(found) if k != "Node" or not n.isalpha()]


def _is_verb(word: str, following: str = "") -> bool:
    return following in DETERMINERS or PARTICIPLE.fullmatch(word) is not None


def could_be_name(word: str) -> bool:
    """Whether a word is neither a plain word of a sentence nor one of complaints."""
    if not DNS_LABEL.fullmatch(word) or is_plain(word) or word in KIND_OF or word.isdigit():
        return False
    return not is_vocabulary(word) or LIKE_NAME.fullmatch(word) is not None


def seeming(question: str) -> tuple[str, ...]:
    """Words that stand where a name would, or look like one; `chekout` in `why is chekout slow`."""
    standing = _standing(tokens(without_errors(question)))
    return tuple(w for w in standing if could_be_name(w) and not is_slip(w))


def in_place(question: str) -> tuple[str, ...]:
    """All words that stand where a name would; known ones as well, such as `nginx`, `frontend`."""
    return _standing(tokens(question))


def _standing(words: list[str]) -> tuple[str, ...]:
    said = [word for word in words if not word.replace(".", "").isdigit()]
    found = []
    for at, word in enumerate(said):
        if len(word) < SHORTEST_PART:
            continue
        before, after = said[at - 1] if at else "", said[at + 1] if at + 1 < len(said) else ""
        leads = not at and is_known(after) and after not in DETERMINERS
        if leads or before in BEFORE_NAME or after in AFTER_NAME or LIKE_NAME.fullmatch(word):
            found.append(word)
    return tuple(dict.fromkeys(found))


def flagged(question: str) -> str | None:
    """The namespace of a `-n` that was pasted along, if it can be one; else one that every cluster has."""
    found = re.search(r"(?:^|\s)(?:-n|--namespace)[ =]([a-z0-9-]+)", question)
    if found and DNS_LABEL.fullmatch(found[1]):
        return found[1]
    return next((word for word in tokens(question) if word in WELL_KNOWN), None)
