"""Certificates with the OCSP responses that a server staples to them, each with its verdict."""

import datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

import chains
from pki import DAY, SERVER_AUTH, WEAK_SIGNATURES, der, der_content, der_elements, good, issue, weak_signature

SIGNING = [ExtendedKeyUsageOID.OCSP_SIGNING]
REVOKED_ON = datetime.datetime(2026, 1, 2, 3, 4)


class Staple(NamedTuple):
    """`status`: a CertificateStatus (RFC 6066 8), None if there is none. `why` it is of no use, None if it can be used."""

    sent: list
    roots: list
    status: bytes | None
    why: str | None = None


def must_staple(critical=False):
    return [(x509.TLSFeature([x509.TLSFeatureType.status_request]), critical)]


def sign_with_sha1(answer, key):
    """The response, signed anew by a key of P-256 or P-384: newer OpenSSL does not."""
    status, rest = der_elements(der_content(answer))
    kind, wrapped = der_elements(der_content(der_content(rest)))
    signed, _, _, *more = der_elements(der_content(der_content(wrapped)))
    signature = der(0x03, b"\0" + weak_signature(key, "sha1", signed))
    basic = der(0x30, b"".join([signed, WEAK_SIGNATURES["ec", "sha1"], signature, *more]))
    return der(0x30, status + der(0xA0, der(0x30, kind + der(0x04, basic))))


def response(leaf, issuer, signer=None, status="good", start=-1, end=6, delegates=(), digest=None, nonce=None):
    """A response of DER bytes; `start` and `end` are days from now. `signer`: whose key it is, the issuer's if not given."""
    now = datetime.datetime.utcnow().replace(microsecond=0)
    is_revoked = status == "revoked"
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=leaf.certificate, issuer=issuer.certificate, algorithm=hashes.SHA1(), cert_status=ocsp.OCSPCertStatus[status.upper()],
            this_update=now + start * DAY, next_update=None if end is None else now + end * DAY,
            revocation_time=REVOKED_ON if is_revoked else None, revocation_reason=x509.ReasonFlags.key_compromise if is_revoked else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, (signer or issuer).certificate)
    )
    if delegates:
        builder = builder.certificates([each.certificate for each in delegates])
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(b"nonce"), critical=nonce)
    return builder.sign((signer or issuer).key, digest or hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def status_of(answer):
    return b"\1" + len(answer).to_bytes(3, "big") + answer


def delegate(issuer, usages=SIGNING, **others):
    return issue("Responder", issuer, usages=usages, **others)


def usable(extensions=(), **others):
    """Each that can be used, whatever it says."""
    root, root_rsa = chains.ca("Root"), chains.ca("Root RSA", key="rsa2048")
    middle, middle_rsa = chains.ca("Middle", root), chains.ca("Middle RSA", root_rsa, key="rsa2048")
    middle_p384 = chains.ca("Middle P-384", root, key="p384")
    for name, issuer, above in (("ca", middle, root), ("root", root, None), ("rsa", middle_rsa, root_rsa), ("p384", middle_p384, root)):
        leaf = good(issuer, extensions=extensions)
        for digest in (hashes.SHA256(), hashes.SHA384(), hashes.SHA512()):
            status = status_of(response(leaf, issuer, digest=digest, **others))
            yield f"by-{name}-{digest.name}", Staple([leaf, issuer] if above else [leaf], [above or root], status)
    leaf = good(middle, extensions=extensions)
    first = delegate(middle)
    answers = {
        "by-delegate": response(leaf, middle, first, delegates=[first], **others),
        "by-first-of-two": response(leaf, middle, first, delegates=[first, middle], **others),
        "by-ca-that-is-sent": response(leaf, middle, delegates=[middle], **others),
        "with-nonce": response(leaf, middle, nonce=False, **others),
    }
    for name, by in (("rsa", delegate(middle, key="rsa2048")), ("for-more", delegate(middle, usages=[*SIGNING, *chains.MAIL]))):
        answers[f"by-delegate-{name}"] = response(leaf, middle, by, delegates=[by], **others)
    for name, answer in answers.items():
        yield name, Staple([leaf, middle], [root], status_of(answer))
    cross = chains.ca("Middle", chains.ca("Unknown Root"), key=middle.key)
    yield "cross-signed", Staple([leaf, cross, middle], [root], status_of(answers["by-delegate"]))


UNSIGNED = "it is not signed by the CA, or in a way that is not accepted"
MALFORMED = "it is malformed"


def wrong_signers(root, middle, leaf):
    """The responses, all of which say that the certificate is good."""

    def by(signer, *others):
        return response(leaf, middle, signer, delegates=[signer, *others])

    yield "by-root", response(leaf, middle, root)
    yield "by-root-that-is-sent", by(root)
    yield "by-leaf", by(leaf)
    yield "by-delegate-not-sent", response(leaf, middle, delegate(middle))
    yield "by-second-of-two", response(leaf, middle, delegate(middle), delegates=[delegate(middle)])
    yield "by-foreign-delegate", by(delegate(chains.ca("Other Root")))
    yield "by-delegate-of-root", by(delegate(root))
    yield "by-delegate-of-impostor", by(delegate(chains.ca("Middle", root)))
    for name, usages in (("no", None), ("servers", SERVER_AUTH), ("any", [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])):
        yield f"by-delegate-{name}-purpose", by(delegate(middle, usages=usages))
    yield "by-expired-delegate", by(delegate(middle, start=-9, end=-2))
    yield "by-future-delegate", by(delegate(middle, start=2, end=9))
    yield "by-weak-delegate", by(delegate(middle, key="rsa1024"))
    yield "by-delegate-signed-weakly", by(delegate(middle, digest="sha1"))
    below = chains.ca("Below", middle)
    yield "by-delegate-of-delegate", by(delegate(below), below)
    yield "sha1", sign_with_sha1(response(leaf, middle), middle.key)
    yield "sha224", response(leaf, middle, digest=hashes.SHA224())


def useless(extensions=()):
    """Each that is ignored, or makes a certificate that requires one refused."""
    root = chains.ca("Root")
    middle = chains.ca("Middle", root)
    leaf, other = good(middle, extensions=extensions), good(middle)
    answer = response(leaf, middle)
    changed = answer.replace(b"\x80\x00\x18\x0f", b"\x82\x00\x18\x0f")
    later = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(serialization.Encoding.DER)
    answers = {
        "expired": (response(leaf, middle, start=-9, end=-2), "it has expired"),
        "endless": (response(leaf, middle, end=None), "it has expired"),
        "not-yet-valid": (response(leaf, middle, start=1), "it is not valid yet"),
        "unknown": (response(leaf, middle, status="unknown"), "its CA does not know the certificate"),
        "another": (response(other, middle), "it is about another certificate"),
        "critical": (response(leaf, middle, nonce=True), "it has a critical extension, or one that cannot be read"),
        "changed-signature": (answer[:-1] + bytes([answer[-1] ^ 1]), UNSIGNED),
        "changed-status": (changed, UNSIGNED),
        "revoked-by-impostor": (response(leaf, middle, root, status="revoked"), UNSIGNED),
        "try-later": (later, "it is an error of the CA's OCSP responder"),
        "cut": (answer[:-1], MALFORMED),
        "bytes-after": (answer + b"\0", MALFORMED),
        "empty": (b"", MALFORMED),
        "largest": (b"\x30" * (8192 - 4), MALFORMED),
        "too-large": (b"\x30" * (8193 - 4), "it is larger than 8192 bytes"),
    }
    for name, wrong in wrong_signers(root, middle, leaf):
        answers[name] = wrong, UNSIGNED
    statuses = {name: (status_of(each), why) for name, (each, why) in answers.items()}
    for name, status in (("type", b"\2" + status_of(answer)[1:]), ("size", b"\1\0\0\5" + answer), ("only-type", b"\1"), ("no-size", b"\1\0\0")):
        statuses[f"other-{name}"] = status, MALFORMED
    statuses["none"] = None, "there is none"
    for name, (status, why) in statuses.items():
        yield name, Staple([leaf, middle], [root], status, why)
