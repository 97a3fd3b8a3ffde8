"""Names, labels, keys and ports: what they may look like and what the server says when they do not.

Each function returns the complaints, none when the text is fine. The words are those of
k8s.io/apimachinery/pkg/util/validation and pkg/api/validation.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache

NameRule = Callable[[str], tuple[str, ...]]

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = f"({_QUALIFIED})?"
_KEY = "[-._a-zA-Z0-9]+"
_PERCENT = "[0-9]+%"
_WILDCARD = rf"\*\.{_SUBDOMAIN}"

PORT_RANGE = "must be between 1 and 65535, inclusive"
NOT_NEGATIVE = "must be greater than or equal to 0"
POSITIVE = "must be greater than zero"
IMMUTABLE = "field is immutable"
ENV_NAME = (
    "a valid environment variable name must consist only of printable ASCII characters other "
    "than '='"
)

_CHARSET = "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric"


def _regex(said: str, pattern: str, *examples: str) -> str:
    shown = " or ".join(f"'{example}', " for example in examples).rstrip()
    return f"{said} (e.g. {shown} regex used for validation is '{pattern}')"


LABEL_WORDS = _regex(
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character",
    _LABEL,
    "my-name",
    "123-abc",
)
SUBDOMAIN_WORDS = _regex(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character",
    _SUBDOMAIN,
    "example.com",
)
_1035_WORDS = _regex(
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
    "alphabetic character, and end with an alphanumeric character",
    _1035,
    "my-name",
    "abc-123",
)
_QUALIFIED_WORDS = _regex(
    f"must consist of {_CHARSET} character", _QUALIFIED, "MyName", "my.name", "123-abc"
)
_VALUE_WORDS = _regex(
    f"a valid label must be an empty string or consist of {_CHARSET} character",
    _VALUE,
    "MyValue",
    "my_value",
    "12345",
)
_KEY_WORDS = _regex(
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    _KEY,
    "key.name",
    "KEY_NAME",
    "key-name",
)
PERCENT_WORDS = _regex(
    "a valid percent string must be a numeric string followed by an ending '%'",
    _PERCENT,
    "1%",
    "93%",
)
_WILDCARD_WORDS = _regex(
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which "
    "must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric "
    "character",
    _WILDCARD,
    "*.example.com",
)


def max_length(most: int) -> str:
    """What is said of a longer text."""
    return f"must be no more than {most} bytes"


def _form(value: str, pattern: str, words: str, most: int) -> tuple[str, ...]:
    found = [] if len(value.encode(errors="replace")) <= most else [max_length(most)]
    if re.fullmatch(pattern, value) is None:
        found.append(words)
    return tuple(found)


@lru_cache(maxsize=8192)
def dns_label(value: str) -> tuple[str, ...]:
    """RFC 1123 label: container and volume names, namespaces."""
    return _form(value, _LABEL, LABEL_WORDS, 63)


@lru_cache(maxsize=8192)
def dns_subdomain(value: str) -> tuple[str, ...]:
    """RFC 1123 subdomain: names of most objects."""
    return _form(value, _SUBDOMAIN, SUBDOMAIN_WORDS, 253)


@lru_cache(maxsize=1024)
def dns_1035(value: str) -> tuple[str, ...]:
    """RFC 1035 label: Services."""
    return _form(value, _1035, _1035_WORDS, 63)


def wildcard_subdomain(value: str) -> tuple[str, ...]:
    """`*.example.com`."""
    return _form(value, _WILDCARD, _WILDCARD_WORDS, 253)


def path_segment(value: str) -> tuple[str, ...]:
    """Anything that can stand in a path: RBAC objects."""
    if value in (".", ".."):
        return (f"may not be '{value}'",)
    return tuple(f"may not contain '{char}'" for char in "/%" if char in value)


@lru_cache(maxsize=8192)
def qualified(value: str) -> tuple[str, ...]:
    """A label or annotation key, a resource name: `name` or `example.com/name`."""
    parts = value.split("/")
    found: list[str] = []
    if len(parts) > 2:
        return (
            f"a qualified name {_QUALIFIED_WORDS} with an optional DNS subdomain prefix and '/' "
            "(e.g. 'example.com/MyName')",
        )
    if len(parts) == 2:
        if not parts[0]:
            found.append("prefix part must be non-empty")
        else:
            found.extend(f"prefix part {words}" for words in dns_subdomain(parts[0]))
    name = parts[-1]
    if not name:
        found.append("name part must be non-empty")
    elif len(name) > 63:
        found.append(f"name part {max_length(63)}")
    if re.fullmatch(_QUALIFIED, name) is None:
        found.append(f"name part {_QUALIFIED_WORDS}")
    return tuple(found)


@lru_cache(maxsize=8192)
def label_value(value: str) -> tuple[str, ...]:
    """A label's value."""
    return _form(value, _VALUE, _VALUE_WORDS, 63)


def config_key(value: str) -> tuple[str, ...]:
    """A key of a ConfigMap or Secret."""
    found = list(_form(value, _KEY, _KEY_WORDS, 253))
    if value in (".", ".."):
        found.append(f"must not be '{value}'")
    elif value.startswith(".."):
        found.append("must not start with '..'")
    return tuple(found)


def env_name(value: str) -> tuple[str, ...]:
    """Name of an environment variable, as relaxed in 1.32."""
    fine = bool(value) and all(" " <= char <= "~" and char != "=" for char in value)
    return () if fine else (ENV_NAME,)


def port_name(value: str) -> tuple[str, ...]:
    """IANA service name of a port."""
    found = [max_length(15)] if len(value) > 15 else []
    if re.fullmatch("[-a-z0-9]+", value) is None:
        found.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if re.search("[a-z]", value) is None:
        found.append("must contain at least one letter (a-z)")
    if "--" in value:
        found.append("must not contain consecutive hyphens")
    if value.startswith("-") or value.endswith("-"):
        found.append("must not begin or end with a hyphen")
    return tuple(found)


def percent(value: str) -> tuple[str, ...]:
    """`25%`."""
    return () if re.fullmatch(_PERCENT, value, re.ASCII) else (PERCENT_WORDS,)


def ip(value: str) -> tuple[str, ...]:
    """An IP address."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return ("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",)
    return ()


def cidr(value: str) -> tuple[str, ...]:
    """A network."""
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        pass
    else:
        if "/" in value:
            return ()
    return ("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",)
