"""TLS certificates for simulated Secrets: made from a seed, and judged in a Go program's words.

Ed25519 keys come straight from the seed and sign the same bytes the same way, so a certificate is a
function of its arguments. Trust chains are not modelled: every certificate is its own issuer, and a
client believes any issuer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

NO_PEM = "tls: failed to find any PEM data in {what} input"
MISMATCH = "tls: private key does not match public key"


def make(
    common_name: str,
    not_before: datetime,
    not_after: datetime,
    seed: str,
    names: Sequence[str] = (),
) -> tuple[str, str]:
    """(certificate, key) in PEM: self-signed, for `common_name` and the DNS names in `names`.

    The same arguments give the same text. Times are aware and kept to whole seconds.
    """
    raw = hashlib.sha256(f"{seed}/{common_name}/key".encode()).digest()
    key = Ed25519PrivateKey.from_private_bytes(raw)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])
    hosts = [x509.DNSName(name) for name in dict.fromkeys([common_name, *names])]
    serial = hashlib.sha256(f"{seed}/{common_name}/{not_before}/{not_after}".encode()).digest()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(serial[:15], "big") | 1)
        .not_valid_before(not_before.astimezone(UTC).replace(microsecond=0))
        .not_valid_after(not_after.astimezone(UTC).replace(microsecond=0))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .sign(key, algorithm=None)
    )
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate.public_bytes(Encoding.PEM).decode(), text.decode()


def pair_problem(certificate: str, key: str, now: datetime) -> str | None:
    """Why a server cannot use this pair at `now`, as crypto/tls says it; None when it can."""
    public = _certificate(certificate)
    if public is None:
        return NO_PEM.format(what="certificate")
    private = _public_of(key)
    if private is None:
        return NO_PEM.format(what="key")
    shown = public.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if shown != private:
        return MISMATCH
    return _dates(public, now)


def client_problem(certificate: str, host: str, now: datetime) -> str | None:
    """Why a client that asked for `host` refuses a certificate at `now`, as crypto/x509 says it."""
    public = _certificate(certificate)
    if public is None:
        return "remote error: tls: internal error"
    head = "tls: failed to verify certificate: "
    problem = _dates(public, now)
    if problem is not None:
        return head + problem
    try:
        extension = public.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return head + "x509: certificate relies on legacy Common Name field, use SANs instead"
    names = extension.value.get_values_for_type(x509.DNSName)
    if any(_covers(name, host) for name in names):
        return None
    return f"{head}x509: certificate is valid for {', '.join(names)}, not {host}"


def expired(now: datetime, since: datetime) -> str:
    """Go's error for a certificate that ended at `since`."""
    return (
        "x509: certificate has expired or is not yet valid: current time "
        f"{now:%Y-%m-%dT%H:%M:%SZ} is after {since:%Y-%m-%dT%H:%M:%SZ}"
    )


def ends(certificate: str) -> datetime | None:
    """When a certificate ends, UTC; None when it is not one."""
    public = _certificate(certificate)
    return None if public is None else public.not_valid_after_utc


def _dates(certificate: x509.Certificate, now: datetime) -> str | None:
    if now > certificate.not_valid_after_utc:
        return expired(now, certificate.not_valid_after_utc)
    if now < certificate.not_valid_before_utc:
        return (
            "x509: certificate has expired or is not yet valid: current time "
            f"{now:%Y-%m-%dT%H:%M:%SZ} is before "
            f"{certificate.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}"
        )
    return None


def _covers(name: str, host: str) -> bool:
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:]
    return name.lower() == host.lower()


@lru_cache(maxsize=256)
def _certificate(text: str) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(text.encode())
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _public_of(key: str) -> bytes | None:
    """The public half of a PEM private key."""
    try:
        private = load_pem_private_key(key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
