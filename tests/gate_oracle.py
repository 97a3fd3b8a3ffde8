"""An oracle for what the gate lets through: written without the gate's own code or data.

It reads an accepted line with Python's shlex and knows only lists of what must never appear.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FORBIDDEN_FLAGS = _words(
    "kubeconfig server token username user password as as-group as-uid as-user-extra cluster context "
    "certificate-authority client-certificate client-key insecure-skip-tls-verify tls-server-name proxy-url "
    "cache-dir profile profile-output kuberc v vmodule log-flush-frequency raw filename kustomize template "
    "output-directory from-file from-env-file patch-file overrides override-type edit validate force now cascade "
    "prune prune-allowlist all insecure-skip-tls-verify-backend show-secrets privileged field-manager dry-run "
    "watch-only output-watch-events follow stdin tty attach interactive local env resolve list-secrets "
    "request-timeout chunk-size http.config.file header enable-feature junit"
)
FORBIDDEN_SHORTS = frozenset("sfkRwitv")
READS = _words(
    "get describe explain top api-resources api-versions version rollout events auth wait cluster-info logs"
)
WRITES = _words(
    "scale set label annotate rollout patch delete autoscale expose create cordon uncordon drain taint"
)
FORBIDDEN_SECOND = {
    "rollout": {"undo", "restart", "pause", "resume"},
    "auth": {"reconcile"},
    "cluster-info": {"dump"},
    "create": {"secret", "token", "role", "rolebinding", "clusterrole", "clusterrolebinding"},
    "set": {"subject"},
}
PROTECTED = frozenset({"kube-system", "kube-public", "kube-node-lease"})
_EXPRESSION = re.compile(r"(-[ol]=?|--[a-z-]+=)?(jsonpath|jsonpath-as-json|custom-columns)=")
_SHELL = re.compile(r"[;|&<>$`\\\n\r*?~#]")


def problems(line: str, argv: Sequence[str], *, writes: bool) -> list[str]:
    """What is wrong with an accepted line, or with the argv that would run."""
    found = [] if line.isascii() and line.isprintable() else ["characters"]
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";|&<>")
    lexer.whitespace_split = True
    lexer.commenters = ""
    words = list(lexer)
    found += [f"operator {word}" for word in words if word and set(word) <= set(";|&<>")]
    outside = re.sub(r"'[^']*'", "", line)
    if re.search(r"[$`\\]", re.sub(r'"[^"$`]*"', "", outside)):
        found.append("expansion")
    for argument in (words, list(argv)):
        found += _check(argument if argument is words else [words[0], *argument], writes)
    return found


def _check(words: list[str], writes: bool) -> list[str]:
    if words[0] == "promtool":
        return _check_promtool(words)
    if words[0] != "kubectl":
        return [f"program {words[0]}"]
    found = []
    plain = [word for word in words[1:] if not word.startswith("-")]
    verbs = [verb for verb in plain if verb in (WRITES if writes else READS)][:1]
    if not verbs:
        found.append("verb")
    second = plain[1] if len(plain) > 1 else ""
    if (
        plain
        and second in FORBIDDEN_SECOND.get(plain[0], ())
        and not (writes and plain[0] == "rollout")
    ):
        found.append(f"{plain[0]} {second}")
    code_set = {"request-timeout", "chunk-size"} if any("=15s" in word for word in words) else set()
    for word in words:
        found += _check_flag(word, code_set)
        expression = _EXPRESSION.match(word) or word.startswith(
            ("{", "--sort-by", "--selector=", "--patch=")
        )
        if not expression and _SHELL.search(word) and word not in ("*",) and "!=" not in word:
            found.append(f"shell character in {word}")
    if "secret" in " ".join(words).lower() and plain[:1] not in (["explain"], ["auth"], ["top"]):
        found += _check_secrets(words)
    if writes and any(
        word.removeprefix("--namespace=").removeprefix("-n") in PROTECTED for word in words
    ):
        found.append("protected namespace")
    return found


def _check_flag(word: str, code_set: set[str]) -> list[str]:
    if word.startswith("--"):
        name = word[2:].partition("=")[0].replace("_", "-").lower()
        if name == "watch" and word.endswith("=false"):
            return []
        return (
            [f"flag {word}"] if name in FORBIDDEN_FLAGS - code_set or name in ("", "watch") else []
        )
    if word.startswith("-") and len(word) > 1 and word[1] in FORBIDDEN_SHORTS:
        return [] if re.fullmatch(r"-w=false", word) else [f"flag {word}"]
    return []


def _check_secrets(words: list[str]) -> list[str]:
    """Secret as the kind of TYPE/NAME, in a list of kinds, or as the first word behind the verb.

    A bare `secrets` further back is a name (a pod may be called so).
    """
    found = []
    for index, word in enumerate(words[2:]):
        value = word.partition("=")[2] if word.startswith("--for") else word
        if word.startswith("--") and value is word:
            continue
        for part in value.split(","):
            kind = part.partition("/")[0].partition(".")[0].lower()
            if kind in ("secret", "secrets") and ("/" in part or "," in value or index == 0):
                found.append(f"secret in {word}")
    return found


def _check_promtool(words: list[str]) -> list[str]:
    found = (
        []
        if words[1:2] == ["query"] and words[2:3] in (["instant"], ["range"])
        else ["promtool verb"]
    )
    for word in words[3:]:
        if word.startswith("@") or (word.startswith("http") and word != "http://127.0.0.1:9090"):
            found.append(f"argument {word}")
        if word.startswith("-") and not re.match(r"--(start|end|step|format|time)=", word):
            found.append(f"flag {word}")
    return found
