"""Shapes of credentials that give themselves away, whatever name they stand under (layer B).

The patterns are our own, written from the issuers' documentation of their token formats. All are
RE2: linear time on hostile text. `SHAPES` names each so that tests can seed every one.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import re2

WORD_START = r"(?:^|[^A-Za-z0-9_-])"

SHAPES: dict[str, str] = {
    "jwt": r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{2,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){0,2}",
    "aws-access-key": r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",
    "gcp-api-key": r"AIza[A-Za-z0-9_-]{35}",
    "gcp-oauth": r"ya29\.[A-Za-z0-9_.-]{20,}",
    "gcp-client-secret": r"GOCSPX-[A-Za-z0-9_-]{20,}",
    "azure-client-secret": r"[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}",
    "github": r"gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,}",
    "gitlab": r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|oas|ffct|imt)-[A-Za-z0-9_.-]{20,}",
    "slack": r"xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{10,}",
    "slack-hook": r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_-]{20,}",
    "discord-hook": r"discord(?:app)?\.com/api/webhooks/\d+/[A-Za-z0-9_-]{20,}",
    "teams-hook": r"[a-z0-9-]+\.webhook\.office\.com/webhookb2/[A-Za-z0-9@/-]{40,}",
    "telegram": r"\d{8,10}:AA[A-Za-z0-9_-]{32,34}",
    "stripe": r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{20,}",
    "npm": r"npm_[A-Za-z0-9]{36}",
    "pypi": r"pypi-[A-Za-z0-9_-]{40,}",
    "rubygems": r"rubygems_[a-f0-9]{40,}",
    "openai": r"sk-(?:proj-|svcacct-|admin-|or-v1-)?[A-Za-z0-9_-]{20,}",
    "anthropic": r"sk-ant-[A-Za-z0-9_-]{20,}",
    "huggingface": r"hf_[A-Za-z0-9]{30,}",
    "vault": r"hv[bsr]\.[A-Za-z0-9_-]{20,}|s\.[A-Za-z0-9]{24}",
    "docker": r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}",
    "openshift": r"sha256~[A-Za-z0-9_-]{40,}",
    "sendgrid": r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    "twilio": r"SK[0-9a-f]{32}",
    "mailgun": r"key-[0-9a-f]{32}",
    "digitalocean": r"do[opr]_v1_[a-f0-9]{64}",
    "databricks": r"dapi[a-f0-9]{32}(?:-\d)?",
    "linear": r"lin_api_[A-Za-z0-9]{30,}",
    "shopify": r"shp(?:at|ss|pa|ca)_[a-fA-F0-9]{32}",
    "square": r"sq0[a-z]{3}-[A-Za-z0-9_-]{22,}",
    "doppler": r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9.]{30,}",
    "pulumi": r"pul-[a-f0-9]{40}",
    "terraform-cloud": r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{50,}",
    "grafana": r"gl(?:c|sa)_[A-Za-z0-9_+/=]{30,}",
    "newrelic": r"NRAK-[A-Z0-9]{27}|NRII-[A-Za-z0-9-]{20,}",
    "atlassian": r"ATATT3[A-Za-z0-9_=-]{30,}",
    "artifactory": r"AKCp[A-Za-z0-9]{60,}",
    "age": r"AGE-SECRET-KEY-1[A-Z0-9]{50,}",
    "facebook": r"EAA[A-Za-z0-9]{40,}",
    "planetscale": r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{30,}",
    "password-hash": r"\$(?:apr1|2[abxy]|5|6|7|y|argon2(?:id|i|d)|scrypt|pbkdf2[a-z0-9-]*)"
    r"\$[A-Za-z0-9./+=,$-]{20,}",
    "htpasswd-sha": r"\{S?SHA(?:256|512)?\}[A-Za-z0-9+/=]{20,}",
}
"""Whole matches are secret. Names are only for tests and reading."""

BOOTSTRAP = r"[a-z0-9]{6}\.[a-z0-9]{16}"
"""kubeadm's tokens. Event names (`web.18ea8af9bd50d621`) look alike but end in 16 hex digits."""


class Rule(NamedTuple):
    """A regex whose group 2 is secret; group 1 and 3 stay."""

    regex: Any
    needs: tuple[str, ...]
    """Lower-case strings of which one must be in the line before the regex is tried."""
    check: str = ""
    """"random": only when group 2 looks generated; "login": or is base64 of
    user:password; "url-password": only when it is not a port and a path."""


@cache
def shapes() -> Any:
    """One regex for all shapes and bootstrap tokens; group 1 is what stands before a match."""
    union = "|".join(f"(?:{shape})" for shape in (*SHAPES.values(), BOOTSTRAP))
    return re2.compile(f"({WORD_START})({union})")


@cache
def rules() -> tuple[Rule, ...]:
    """Secrets that only their surroundings give away, except `key=value` (see assign.py)."""
    quote = r"""\\*["']?"""
    rows: list[tuple[str, tuple[str, ...], str]] = [
        # Authorization: Bearer x, in headers, curl -H, JSON and httpHeaders
        (
            rf"(?i)(authorization{quote}\s*[:=,]\s*[\\\"'\[]*(?:bearer|basic|token|digest|negotiate|"
            r"apikey|aws4-hmac-sha256|oauth|hawk)\s+)([^\"'\r\n\\]+)",
            ("authorization",),
            "",
        ),
        (r"(?i)(\b(?:bearer|basic)\s+)([A-Za-z0-9._~+/=-]{12,})", ("bearer", "basic"), "login"),
        (
            rf"(?i)((?:set-)?cookie{quote}\s*:\s*[\\\"'\[]*)([^\"'\r\n\\]*=[^\"'\r\n\\]+)",
            ("cookie",),
            "",
        ),
        (r"(://[^\s/:@\"'<>,]*:)([^\s/\"'<>]+)(@)", ("://",), ""),
        (r"(://[^\s/:@\"'<>,]*:)([^\s@\"'<>]+)(@)", ("://",), "url-password"),
        (r"(://)([^\s/:@\"'<>]{16,})(@)", ("://",), "random"),
        (r"([\w.-]+:)([^@\s\"'/]+)(@(?:tcp|unix|udp)\()", ("@tcp(", "@unix(", "@udp("), ""),
        (r"(?i)((?:identified\s+by|password)\s+')([^']+)", ("identified", "password"), ""),
        (r"(?i)(\blogin\s+\S+\s+password\s+)(\S+)", ("login",), ""),
        (r"(?i)(\b(?:mysql\w*|mariadb\S*)\s[^|;&]*?\s-p)([^\s\"'|;&-]+)", ("mysql", "maria"), ""),
        (r"(?i)(\bredis-cli\s[^|;&]*?-a\s+[\"']?)([^\s\"'|;&]+)", ("redis-cli",), ""),
        (r"(?i)(\bsshpass\s+-p\s*[\"']?)([^\s\"'|;&]+)", ("sshpass",), ""),
        (r"(?i)(\bcurl\s[^|;]*?(?:-u|--user)[ =]+[\"']?[^\s:\"']+:)([^\s\"']+)", ("curl",), ""),
        (r"(?i)(\bdocker\s+login\s[^|;&]*?-p\s+[\"']?)([^\s\"'|;&]+)", ("docker",), ""),
        (r"(?i)(\bldap\w+\s[^|;&]*?-w\s+[\"']?)([^\s\"'|;&]+)", ("ldap",), ""),
        (r"(?i)(<[\w:.-]*(?:password|passwd|secret|token)(?:\s[^>]*)?>)([^<]+)(</)", ("</",), ""),
        (r"((?:AKIA|ASIA)\S{16,}[\s:,;/|\"']+)([A-Za-z0-9/+]{40})", ("akia", "asia"), ""),
        (r"(?i)((?:certificate|encryption|etcd)-key[\s=]+)([0-9a-f]{32,})", ("-key",), ""),
        (
            r"(?i)([?&](?:sig|signature|x-amz-signature|x-goog-signature|code|key)=)([^&\s\"'<>]{12,})",
            ("?", "&"),
            "",
        ),
    ]
    return tuple(Rule(re2.compile(regex), needs, check) for regex, needs, check in rows)


STEM = (
    r"pass|pwd|secret|token|cred|auth|dsn|cookie|session|jwt|otp|bearer|connection|connstr|"
    r"private|salt|htpasswd|dockercfg|dockerconfig|"
    r"(?:api|access|signing|sign|encrypt|encryption|master|shared|license|account|storage|hmac|"
    r"ssh|client|app|deploy|webhook|crypto|admin|service|aes|rsa|tls|ssl)[_.-]?key"
)
"""What a name of rank strong or weak contains; a cheap first look before names.rank decides."""

BASE64_TEXT = r"(?:[A-Za-f][A-Za-z0-9+/_-]{3}){5,}[A-Za-z0-9+/_-]{0,3}={0,2}"
"""Base64 of 15 or more bytes of ASCII: its every fourth character is among the first 32."""


@cache
def interesting() -> Any:
    """Matches, in bytes, wherever any rule could; lines without a match are left alone."""
    hints = [
        rf"(?i:{STEM})",
        r"eyJ|-----(?:BEGIN|END) |://\S*@|[\w.-]+:\S+@(?:tcp|unix|udp)\(",
        r"(?i:\bbasic\s|identified by|curl |ldap|redis-cli|mysql|mariadb|docker +login|</|-key)",
        r"[?&](?:sig|signature|X-Amz-Signature|X-Goog-Signature|code|key)=",
        r"[A-Z][a-z]+ Key: |(?i:sshpass|\.key|id_rsa|id_ed25519|netrc|pgpass)",
        BASE64_TEXT,
        *SHAPES.values(),
        BOOTSTRAP,
    ]
    return re2.compile("|".join(f"(?:{hint})" for hint in hints).encode())
