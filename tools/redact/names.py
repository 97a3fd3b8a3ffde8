"""Which names promise a secret value, and which values are none whatever their name.

A name is split into words (`DB_PASSWORD`, `dbPassword`, `db.password`, `x-db-password`); what it
is about is said by its words, what it holds by its last one: `TOKEN_TTL` holds a time.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections import Counter
from functools import lru_cache
from typing import Literal

from tools.redact.mask import MASKED

Rank = Literal["strong", "weak", "none"]
"""strong: the value is hidden; weak: hidden when it looks random; none: not by its name."""


def word_set(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


PASSWORD_WORDS = word_set(
    """
    password passwords passwd passwort pwd passphrase passcode pass pw dbpass userpass
    """
)
SECRET_WORDS = word_set(
    """
    secret token credential credentials creds cred dsn apikey apitoken accesskey secretkey
    privatekey bearer jwt otp kubeconfig htpasswd dockercfg dockerconfigjson
    connectionstring connstr sessionid authkey licensekey sas
    """
)
GLUED = re.compile(
    r"(?:password|passwd|passphrase|secret|token|apikey|pwd|credentials|"
    r"privatekey|secretkey|accesskey|authkey)\d*$"
)
"""Ends of words that were written together: `mysqlpassword`, `authtoken`."""
KEY_OWNERS = word_set(
    """
    api access secret private signing sign encryption encrypt master shared license account
    storage auth hmac ssh client app application deploy webhook jwt crypto cipher session
    cookie admin root service write read ingest integration subscription aes rsa tls
    ssl server
    """
)
"""Words that make a following `key` a secret."""
WEAK_WORDS = word_set(
    """
    auth authorization authentication session cookie cookies cert certificate key keys salt
    pepper sig signature nonce hash secrets tokens conn connection pin seed sid authenticator
    """
)
PLAIN_ENDS = word_set(
    """
    file files filename path paths dir directory folder name names ref refs reference id ids
    type types class kind url urls uri uris endpoint endpoints host hosts hostname port
    ports service ttl timeout seconds minutes hours days expiry expiration expires expire
    expired age length size count limit limits enabled disabled enable required require
    policy mode version format header headers algorithm alg method issuer audience provider
    namespace mount mounted store manager rotation interval retries prefix suffix regex
    pattern field label param scope scopes usage used total max min budget window rate
    latency status state reason error errors errs message at time timestamp date created
    updated hint question reset index encoding checksum fingerprint selector template
    controller operator managed stdin strength complexity history attempts items optional
    validator handler filter factory backend plugin driver server addr address auto
    group groups user username realm request requests review
    """
)
"""Last words that say the value describes the secret and is not it."""
REFERENCE_OWNERS = word_set(
    """
    existing pull image tls ca cert certificate auth registry docker ingress
    """
)
"""`existingSecret`, `imagePullSecret`, `auth-secret`: the value is the name of a Secret."""
DATA_FILES = re.compile(
    r"(?i)(?:\.(?:key|p12|pfx|jks|keystore|keytab|ppk|kdb|gpg|asc)$)|"
    r"^\.?(?:htpasswd|dockercfg|dockerconfigjson|netrc|pgpass|npmrc|pypirc|git-credentials|"
    r"kubeconfig|id_(?:rsa|dsa|ecdsa|ed25519))$"
)
"""Keys of ConfigMap and Secret data that hold a secret file."""
WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
CONSTANTS = word_set(
    """
    true false null none nil yes no on off enabled disabled undefined unset n/a - empty
    redacted [redacted] [filtered] [masked] [hidden] (sensitive) %s %v %d %q
    """
)
PLAIN = re.compile(
    r"<[a-zA-Z][^>]*>(?:\s+Optional: \w+)?|"  # <none>, <set to the key 'x' in secret 'y'>, masks
    r"\$\([A-Za-z_][\w.]*\)|\$\{[^}]*\}|\$[A-Z_][A-Z0-9_]*|\{\{.*\}\}|"
    r"[*xX•.#]{3,}|\d+(?:ms|us|s|m|h|d)|sha(?:1|256|384|512):[0-9a-f]+|"
    r"(?:arn|vault|file|env|ssm|ref|secretref|configmap|gcpsm|awssm):[\w/.:#@+-]+|"
    r"(?:\.{0,2}/(?:var|etc|run|tmp|home|opt|usr|mnt|secrets?|vault|app|data|root|srv|certs?|"
    r"config|conf|keys?|credentials|bitnami|ssl|tls|docker|kube|workspace|api|v\d)(?:/[\w.@:-]*)*)|"
    r"(?:os\.|process\.env|System\.|getenv|env\[|env\.|config\.|settings\.|self\.|this\.|ctx\.|"
    r"request\.|ENV\[|viper\.)[^\s]*"
)
HEADER = re.compile(
    r"(?i)(?:bearer|basic|token|digest|negotiate|apikey|oauth|hawk)\s+\S|[\w.-]+=\S"
)
"""What follows the header names Authorization and Cookie."""
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
KUBE_NAME = re.compile(r"[a-z]{2,}(?:-[a-z0-9]+)*")
HOST_LIKE = re.compile(r"[A-Za-z0-9][\w-]*(?:[.-][\w-]+)+(?::\d+)?(?:/[\w./-]*)?")
LONGEST_JUDGED = 128
"""Characters of a value that decide whether it looks random."""
RANDOM_BITS = 3.0
"""Shannon bits per character from which a value of 12 or more looks random; words are below."""


@lru_cache(maxsize=8192)
def words(name: str) -> tuple[str, ...]:
    """The words of a name, lower case."""
    return tuple(word.lower() for word in WORDS.findall(name))


@lru_cache(maxsize=8192)
def rank(name: str) -> Rank:
    """How strongly a name promises a secret."""
    parts = words(name)
    text = [part for part in parts if not part.isdigit()]
    if text[-2:] == ["secret", "id"]:
        return "strong"  # the secret half of a Vault AppRole login
    if text[-2:] == ["session", "id"]:
        return "weak"
    if not text or text[-1] in PLAIN_ENDS or ("public" in text and "private" not in text):
        return "none"
    for index, part in enumerate(text):
        if part in PASSWORD_WORDS or part in SECRET_WORDS or GLUED.search(part):
            return "strong"
        if part in ("key", "keys") and index and text[index - 1] in KEY_OWNERS:
            return "strong"
        if part in ("string", "str") and index and text[index - 1] in ("connection", "conn"):
            return "strong"
    return "weak" if any(part in WEAK_WORDS for part in text) else "none"


def is_password(name: str) -> bool:
    """Whether the name is about a password, which people choose, rather than a generated value."""
    return any(
        part in PASSWORD_WORDS or re.search(r"(?:password|passwd|passphrase|pwd)\d*$", part)
        for part in words(name)
    )


def is_reference(name: str, value: str) -> bool:
    """Whether `secret: VALUE` names a Secret object: `secret: sso-tls`, `existingSecret: db`."""
    parts = words(name)
    if not parts or parts[-1] not in ("secret", "secrets") or not KUBE_NAME.fullmatch(value):
        return False
    owners = set(parts[:-1])
    return bool(owners & REFERENCE_OWNERS) or (len(parts) == 1 and "-" in value)


def is_plain(value: str) -> bool:
    """Whether a value is no secret under any name: empty, a constant, a reference, a mask."""
    text = value.strip()
    return (
        not text
        or text.lower() in CONSTANTS
        or PLAIN.fullmatch(text) is not None
        or MASKED.fullmatch(text) is not None
    )


def looks_random(value: str) -> bool:
    """Whether a value looks generated: no words, host, path, URL, UUID, number or time."""
    text = value.strip()[:LONGEST_JUDGED]
    if len(text) < 12 or " " in text or "://" in text or is_plain(text):
        return False
    if not (any(c.isdigit() for c in text) and any(c.isalpha() for c in text)):
        return len(text) >= 20 and text != text.lower() and text != text.upper() and text.isalpha()
    if UUID.fullmatch(text) or (text[:4].isdigit() and text[4:5] == "-"):
        return False
    if HOST_LIKE.fullmatch(text) and not re.search(r"[A-Z].*\d|\d.*[A-Z]", text):
        return False
    return bits(text) >= RANDOM_BITS


def bits(text: str) -> float:
    """Shannon entropy per character."""
    counts = Counter(text).values()
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts)


def holds_login(value: str) -> bool:
    """Whether a value is base64 of `user:password`, as in registry credentials."""
    try:
        text = base64.b64decode(value, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return False
    return ":" in text and text.isprintable()


def is_dsn(name: str) -> bool:
    """Whether the name is about a connection string, of which only the password is secret."""
    text = words(name)
    return "dsn" in text or "connstr" in text or text[-2:] in (("connection", "string"),)


def hides(name: str, value: str) -> bool:
    """Whether `value` under `name` must not be shown, as far as the name tells."""
    standing = rank(name)
    if standing == "none" or is_plain(value) or is_reference(name, value):
        return False
    if MASKED.search(value) and is_dsn(name):
        return False  # its password is masked already; the host is worth reading
    if standing == "weak":
        if words(name)[-1:] in (("authorization",), ("cookie",)) and HEADER.match(value):
            return True
        return looks_random(value) or (words(name)[-1:] == ("auth",) and holds_login(value))
    # `pass: 12`, `token: 512` are counts: of tests, of a language model's tokens.
    is_count = words(name)[-1] in ("token", "pass") and value.isdigit() and len(value) < 8
    return not is_count
