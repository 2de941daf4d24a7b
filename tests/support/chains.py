"""Chains of certificates made for the tests, each with its verdict, and the reason if OpenSSL or GnuTLS differ."""

import datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pki import LOOPBACK, NAME_CONSTRAINTS, constraints, dns, good, issue, net, new_key

MAIL = [ExtendedKeyUsageOID.EMAIL_PROTECTION]
POLICY, OTHER_POLICY, ANY_POLICY = (x509.ObjectIdentifier(text) for text in ("1.3.6.1.4.1.99999.1", "1.3.6.1.4.1.99999.2", "2.5.29.32.0"))


class Chain(NamedTuple):
    """`sent` by the server, its own certificate first; `roots` of the client. `error`: a part of the message, None if it is accepted."""

    sent: list
    roots: list
    error: str | None = None
    openssl: str | None = None  # why OpenSSL differs
    gnutls: str | None = None
    host: str = "localhost"


class Raw:
    """Bytes that are not a certificate."""

    def __init__(self, der):
        self.der = der


def ca(name, issuer=None, key="p256", **others):
    return issue(name, issuer, key=key, ca=True, usages=others.pop("usages", None), **others)


def der_bytes(certificates):
    return b"".join(der_of(each) for each in certificates)


def der_of(certificate):
    if isinstance(certificate, Raw):
        return certificate.der
    return certificate.certificate.public_bytes(serialization.Encoding.DER)


def pem_of(certificates):
    import base64

    blocks = []
    for certificate in certificates:
        text = base64.encodebytes(der_of(certificate)).decode()
        blocks.append(f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n")
    return "".join(blocks)


def policies(*identifiers, critical=True):
    return [(x509.CertificatePolicies([x509.PolicyInformation(each, None) for each in identifiers]), critical)]


def require_policy(skip, critical=True):
    return [(x509.PolicyConstraints(require_explicit_policy=skip, inhibit_policy_mapping=None), critical)]


def inhibit_any(skip):
    return [(x509.InhibitAnyPolicy(skip), True)]


def identifiers(key, issuer_key):
    """SubjectKeyIdentifier and AuthorityKeyIdentifier."""
    return [
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False),
    ]


def key_usage(**usages):
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
        "encipher_only", "decipher_only",
    )
    return [(x509.KeyUsage(**{name: usages.get(name, False) for name in names}), True)]


def line_of(root, count, **others):
    """`count` CAs below the root, the lowest first."""
    line = []
    for number in range(count):
        line.insert(0, ca(f"Level {number}", line[0] if line else root, **others))
    return line


def orders():
    root = ca("Root")
    line = line_of(root, 3)
    leaf = good(line[0])
    other = ca("Stranger's Root")
    strangers = [ca(f"Stranger {number}", other) for number in range(20)]
    odd = ca("Odd Stranger", other, extensions=[(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)])
    unreadable = Raw(b"\x30\x82\x01\x00" + b"\x30" * 256)
    yield "in-order", Chain([leaf, *line], [root])
    yield "root-sent", Chain([leaf, *line, root], [root])
    yield "reversed", Chain([leaf, *reversed(line)], [root])
    yield "strangers", Chain([leaf, strangers[0], line[1], other, line[0], strangers[1], line[2]], [root])
    yield "many-strangers", Chain([leaf, *strangers, *line], [root], gnutls="it takes at most 16 certificates")
    yield "duplicates", Chain([leaf, line[0], leaf, line[0], line[1], line[2], line[1]], [root])
    yield "unreadable-stranger", Chain([leaf, unreadable, *line], [root], gnutls="it takes no message with such a one in it")
    yield "odd-stranger", Chain([leaf, odd, *line], [root])
    yield "missing-ca", Chain([leaf, line[1], line[2]], [root], 'leads to no trusted root: its issuer "CN=Level 2" is not in')
    yield "missing-root", Chain([leaf, *line], [other], 'certificate of "CN=Level 0" leads to no trusted root: its issuer "CN=Root" is not in')
    longest = line_of(root, 8)
    yield "longest", Chain([good(longest[0]), *longest], [root])
    over = line_of(root, 9)
    yield "too-long", Chain([good(over[0]), *over], [root], "leads to no trusted root", openssl="its limit is 100", gnutls="its limit is 16")


def crosses():
    """One CA, with one key, certified more than once: one of its certificates is usable, wherever it is in the chain."""
    root, unknown = ca("Root"), ca("Unknown Root")
    key = new_key("p256")
    used = ca("Crossed", root, key)
    leaf = good(used)
    first = "its certtool takes the first certificate of that name"
    broken = ca("Crossed", root, key, signer_key=unknown.key)
    others = {
        "dead-end": (ca("Crossed", unknown, key), "it goes back only to try a root, not another CA that was sent"),
        "expired": (ca("Crossed", root, key, start=-20, end=-10), None),
        "not-yet-valid": (ca("Crossed", root, key, start=10, end=20), None),
        "constrained": (ca("Crossed", root, key, extensions=constraints([dns("example.test")])), "it builds one path, and constraints are checked when it is complete"),
        "mail": (ca("Crossed", root, key, usages=MAIL), "it builds one path, and purposes are checked when it is complete"),
        "bad-signature": (broken, "it builds one path, by names and key identifiers"),
        "not-a-ca": (issue("Crossed", root, key=key, usages=None), "as for a bad signature"),
        "weak-hash": (ca("Crossed", root, key, digest="sha1"), None),
    }
    for name, (other, openssl) in others.items():
        yield f"cross-{name}", Chain([leaf, other, used], [root], openssl=openssl, gnutls=first)
        yield f"cross-{name}-last", Chain([leaf, used, other], [root])
    yield "cross-all", Chain([leaf, *(other for other, _ in others.values()), used], [root], openssl="as for each of them", gnutls=first)
    yield "cross-of-root", Chain([leaf, used, ca("Root", unknown, root.key)], [root])
    yield "cross-of-both", Chain([leaf, ca("Crossed", unknown, key), ca("Root", unknown, root.key)], [root], "leads to no trusted root")
    same = [ca("Same Name", root), ca("Same Name", root)]
    yield "same-name", Chain([good(same[0]), same[1], same[0]], [root], openssl="as for a bad signature", gnutls=first)
    # Twice seven of one name, without key identifiers: each signature that is wrong rules out every path through it.
    upper = [ca("Upper", root) for _ in range(7)]
    lower = [ca("Lower", above) for above in upper]
    yield "same-names", Chain([good(lower[-1]), *lower, *upper], [root], openssl="as for a bad signature", gnutls=first)
    roots = [ca("Root of Many Keys") for _ in range(5)]
    yield "roots-of-one-name", Chain([good(roots[3])], roots, openssl="it takes the first root of that name, unless key identifiers differ", gnutls="as OpenSSL")
    yield "impostor", Chain([good(ca("Root"))], [root, unknown], 'its issuer "CN=Root" has another key in')
    renewed = ca("Root", key=root.key)
    expired = ca("Root", key=root.key, start=-20, end=-10)
    yield "root-renewed", Chain([leaf, used], [expired, renewed])
    yield "root-expired", Chain([leaf, used], [expired], 'certificate of "CN=Root" expired on')
    yield "hinted", Chain(
        [good(used, extensions=identifiers(key, unknown.key)), used], [root],
    )


def purposes():
    root = ca("Root")
    server = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    anything = [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]
    for name, usages, error in (("server", server, None), ("mail", MAIL, 'certificate of "CN=CA for" is only for emailProtection, not for serverAuth')):
        middle = ca("CA for", root, usages=usages)
        yield f"ca-for-{name}", Chain([good(middle), middle], [root], error)
        below = ca("Below", middle)
        yield f"ca-for-{name}-above", Chain([good(below), below, middle], [root], error)
        top = ca("CA for", usages=usages)
        yield f"root-for-{name}", Chain([good(top)], [top], error, gnutls=None if error is None else "it does not look at a root's purposes")
    middle = ca("CA for Anything", root, usages=anything)
    yield "ca-for-any", Chain([good(middle), middle], [root], openssl="anyExtendedKeyUsage does not stand for serverAuth; for a CA the Baseline Requirements 7.1.2.2.4 mean it to", gnutls="as OpenSSL")
    unknown = ca("CA for Something", root, usages=[x509.ObjectIdentifier("1.3.6.1.4.1.99999.3"), MAIL[0]])
    yield "ca-for-unknown", Chain([good(unknown), unknown], [root], "is only for another purpose, emailProtection, not for serverAuth")
    yield "leaf-for-client", Chain([good(root, usages=[ExtendedKeyUsageOID.CLIENT_AUTH])], [root], "is only for clientAuth, not for serverAuth")
    yield "leaf-signs", Chain([good(root, extensions=key_usage(digital_signature=True))], [root])
    yield "leaf-only-agrees", Chain(
        [good(root, extensions=key_usage(key_agreement=True))], [root], "has a key usage without digitalSignature", openssl="it asks when the key is used", gnutls="as OpenSSL",
    )
    yield "ca-may-not-sign", Chain(
        [good(idle := ca("Idle CA", root, extensions=key_usage(digital_signature=True))), idle], [root], 'leads to no trusted root: its issuer "CN=Idle CA" is not in',
    )
    yield "two-faults", Chain([good(root, names=("login.example",), addresses=(), start=-10, end=-1)], [root], ' and is not for "localhost" but for "login.example"')


def lengths():
    root = ca("Root", path_length=1)
    one = ca("One", root)
    yield "path-length-kept", Chain([good(one), one], [root])
    two = ca("Two", one)
    yield "path-length-exceeded", Chain([good(two), two, one], [root], 'certificate of "CN=Two" is one CA more than the path length')
    top = ca("Root")
    old = ca("Rolling", top, path_length=0)
    key = new_key("p256")
    new = ca("Rolling", old, key, path_length=0, extensions=identifiers(key, old.key))
    yield "self-issued", Chain([good(new), new, old], [top], gnutls="it counts a self-issued CA against the path length")
    below = ca("Below Rolling", new)
    yield "self-issued-exceeded", Chain([good(below), below, new, old], [top], "is one CA more than the path length")


def anchors():
    unknown = ca("Unknown Root")
    middle = ca("Middle", unknown)
    leaf = good(middle)
    alone = good(None)
    own = good(None, ca=True)
    yield "self-signed", Chain([alone], [alone], gnutls="a root must be a CA")
    yield "self-signed-ca", Chain([own], [own])
    yield "self-signed-unknown", Chain([alone], [good(None)], "leads to no trusted root", gnutls=None)
    yield "self-signed-expired", Chain([late := good(None, start=-10, end=-1)], [late], "expired on")
    yield "self-signed-other-name", Chain([other := good(None, names=("login.example",), addresses=())], [other], 'is not for "localhost" but for "login.example"')
    yield "intermediate", Chain([leaf, middle], [middle])
    yield "intermediate-not-sent", Chain([leaf], [middle])
    yield "leaf", Chain([leaf, middle], [leaf], gnutls="a root must be a CA")
    yield "leaf-alone", Chain([leaf], [leaf], gnutls="a root must be a CA")
    yield "leaf-not-a-root", Chain([good(middle), middle], [leaf], 'leads to no trusted root: its issuer "CN=Unknown Root" is not in')
    no_ca = issue("Not A CA", usages=None)
    yield "root-is-no-ca", Chain([good(no_ca)], [no_ca], 'its issuer "CN=Not A CA" is not a CA in')


def names():
    root = ca("Root")

    def below(restrictions, **others):
        middle = ca("Constrained", root, extensions=restrictions)
        return [good(middle, **others), middle]

    def raw(value):
        return [(x509.UnrecognizedExtension(NAME_CONSTRAINTS, value), True)]

    unchecked = "it does not check names of this kind"
    exclude = "name constraints of a CA above it exclude"
    permitted, excluded = b"\xa0\x0d\x30\x0b\x82\x09localhost", b"\xa1\x0b\x30\x09\x82\x07example"
    loopback = LOOPBACK
    yield "constraints-kept", Chain(below(constraints([dns("localhost"), *loopback])), [root])
    yield "constraints-violated", Chain(below(constraints([dns("example.test"), *loopback])), [root], exclude)
    yield "two-kinds-of-list", Chain(below(raw(b"\x30\x1c" + permitted + excluded)), [root])
    yield "two-lists", Chain(below(raw(b"\x30\x1e" + permitted + permitted)), [root], "leads to no trusted root")
    yield "lists-exchanged", Chain(below(raw(b"\x30\x1c" + excluded + permitted)), [root], "leads to no trusted root")
    # As a public CA restricts one of a company's own (Baseline Requirements 7.1.5): a directoryName, mail, no addresses.
    company = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Pinetoken Tests")]
    everywhere = [net("0.0.0.0/0"), net("::/0")]
    restricted = constraints([dns("localhost"), x509.RFC822Name("localhost"), x509.DirectoryName(x509.Name(company))], everywhere, critical=False)
    yield "constraints-of-a-company", Chain(below(restricted, addresses=()), [root])
    yield "constraints-of-another-company", Chain(
        below(constraints([x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Another")]))])), [root], exclude,
        gnutls=unchecked,
    )
    def with_another(constraint, another):
        alternatives = x509.SubjectAlternativeName([dns("localhost"), another])
        return below(constraints([constraint]), names=(), addresses=(), extensions=[(alternatives, False)])

    blind = "it checks names of this kind; we cannot, and refuse one that is constrained"
    for name, constraint, another in (
        ("mail", x509.RFC822Name(".localhost"), x509.RFC822Name("a@b.localhost")),
        ("uri", x509.UniformResourceIdentifier(".localhost"), x509.UniformResourceIdentifier("spiffe://b.localhost/x")),
    ):
        yield f"constraints-on-{name}", Chain(with_another(constraint, another), [root], exclude, openssl=blind, gnutls="as OpenSSL")
    yield "constraints-with-a-minimum", Chain(below(raw(b"\x30\x12\xa0\x10\x30\x0e\x82\x09localhost\x80\x01\0")), [root])
    yield "constraints-of-no-class", Chain(below(raw(b"\x30\x0f\xa0\x0d\x30\x0b\x02\x09localhost")), [root], "leads to no trusted root")
    yield "constraints-with-a-sparse-mask", Chain(below(raw(b"\x30\x0e\xa1\x0c\x30\x0a\x87\x08\xc0\0\2\0\xff\0\xff\0")), [root], "leads to no trusted root", openssl="it takes any mask", gnutls=None)
    address = 'is not for the address "127.0.0.1" but for "localhost", 192.0.2.1, 2001:db8::1'
    yield "address", Chain([good(root, addresses=("192.0.2.1", "2001:db8::1"))], [root], address, host="127.0.0.1")
    yield "address-kept", Chain([good(root)], [root], host="127.0.0.1")
    yield "name-of-many", Chain([good(root, names=[f"{letter}.example" for letter in "abcdef"], addresses=())], [root], 'is not for "localhost" but for "a.example", "b.example", "c.example" and others')


def policy_chains():
    """No policy was asked for: they matter only if a CA requires one (RFC 5280 6.1)."""
    root = ca("Root")

    def chain(above, below=None, leaf=None, error=None, **others):
        top = ca("Policy CA", root, extensions=above)
        middle = ca("Policy CA Below", top, extensions=below or [])
        return Chain([good(middle, extensions=leaf or []), middle, top], [root], error, **others)

    missing = "has none of the certificate policies that a CA above it requires"
    blind = "it does not look at policies unless it is asked to"
    critical = "it does not know this extension, which is critical"
    required = [*policies(POLICY), *require_policy(0)]
    yield "policies", chain(policies(POLICY, OTHER_POLICY), policies(POLICY), policies(OTHER_POLICY))
    yield "policies-not-required", chain(policies(POLICY), None, None)
    yield "policy-required", chain(required, policies(POLICY), policies(POLICY), gnutls=critical)
    yield "policy-required-any", chain([*policies(ANY_POLICY), *require_policy(0)], policies(POLICY), policies(POLICY), gnutls=critical)
    yield "policy-required-any-below", chain(required, policies(ANY_POLICY), policies(ANY_POLICY), gnutls=critical)
    yield "policy-required-missing", chain(required, policies(POLICY), None, missing, openssl=blind)
    yield "policy-required-other", chain(required, policies(OTHER_POLICY), policies(OTHER_POLICY), missing, openssl=blind)
    yield "policy-required-missing-above", chain(require_policy(0), policies(POLICY), policies(POLICY), missing, openssl=blind)
    yield "policy-required-later", chain([*policies(POLICY), *require_policy(5)], policies(OTHER_POLICY), None, gnutls=critical)
    yield "policy-required-for-the-last", chain([*policies(POLICY), *require_policy(1)], policies(POLICY), None, missing, openssl=blind)
    yield "any-inhibited", chain([*required, *inhibit_any(0)], policies(ANY_POLICY), policies(POLICY), missing, openssl=blind)
    yield "any-inhibited-later", chain([*required, *inhibit_any(1)], policies(ANY_POLICY), policies(POLICY), gnutls=critical)
    yield "any-inhibited-not-required", chain(inhibit_any(0), policies(ANY_POLICY), None)
    odd = [(x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.54"), b"\x02\x01\xff"), True)]
    yield "inhibit-any-malformed", chain(odd, None, None, "cannot be read, or that has an unknown critical extension", openssl=blind, gnutls="it does not read this one")


def read_as(change, certificate):
    """The bytes of a certificate, some of them exchanged for others."""
    der = der_of(certificate)
    for old, new in change:
        assert old in der, old
        der = der.replace(old, new)
    return Raw(der)


def unreadable():
    """A server's own certificate that cannot be read says which part of it is at fault, each in words of its own."""
    root = ca("Root")
    kind = "its certificate has a key that is damaged or of a kind that is not accepted: RSA, P-256 and P-384 are"
    signed = "its certificate is signed in a way that is not accepted: ECDSA or RSA with SHA-256, SHA-384 or SHA-512 is"
    extension = "its certificate has an extension that cannot be read, or is critical and unknown"
    broken = "its certificate cannot be read"
    leaf = good(root)
    spki = leaf.key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    odd = x509.UnrecognizedExtension
    for name, key in (("ed25519", ed25519.Ed25519PrivateKey.generate()), ("ed448", ed448.Ed448PrivateKey.generate()), ("dsa", dsa.generate_private_key(2048)), ("p521", new_key("p521")), ("p192", ec.generate_private_key(ec.SECP192R1()))):
        yield f"key-{name}", Chain([good(root, key=key)], [root], kind, openssl="it takes this kind of key", gnutls="as OpenSSL")
    yield "key-not-on-the-curve", Chain([read_as([(spki, spki[:-1] + bytes([spki[-1] ^ 1]))], leaf)], [root], kind, gnutls=None)
    yield "key-cut", Chain([read_as([(b"\x03\x42\x00\x04", b"\x03\x42\x01\x04")], leaf)], [root], kind, gnutls=None)
    eddsa = issue("Root of Ed25519", key=ed25519.Ed25519PrivateKey.generate(), ca=True, usages=None, digest="none")
    yield "signed-ed25519", Chain([good(eddsa, digest="none")], [eddsa], signed, openssl="it takes this signature", gnutls="as OpenSSL")
    unknown = x509.ObjectIdentifier("1.2.3.4")
    yield "extension-unknown", Chain([good(root, extensions=[(odd(unknown, b"\x05\x00"), True)])], [root], extension)
    yield "extension-name-cut", Chain([read_as([(b"\x82\x09localhost", b"\x82\x7flocalhost")], leaf)], [root], extension)
    yield "extension-usage-cut", Chain([read_as([(b"\x30\x0a\x06\x08+\x06\x01\x05\x05\x07\x03\x01", b"\x30\x0a\x06\x09+\x06\x01\x05\x05\x07\x03\x01")], leaf)], [root], extension)
    yield "version", Chain([read_as([(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07")], leaf)], [root], broken)
    yield "date", Chain([read_as([(b"Z\x17\x0d2", b"Z\x17\x0dx")], leaf)], [root], broken)
    yield "not-a-certificate", Chain([Raw(b"\x30\x03\x02\x01\x05")], [root], broken)


def weaknesses():
    """What can be read, but is not accepted."""
    root, rsa_root = ca("Root"), ca("Root of RSA", key="rsa2048")
    # Nothing else: whether its issuer signed it cannot be told.
    hashed = 'certificate of "CN=localhost" is signed with a weak hash, not with SHA-2 (the server must replace it'
    short = "has, or is signed by, a key that is too short or on another curve: RSA from 2048 bits, P-256 and P-384 are accepted"
    yield "weak-key", Chain([good(root, key="rsa1024")], [root], short, openssl="its level allows it", gnutls="as OpenSSL")
    yield "weak-sha1", Chain([good(rsa_root, digest="sha1")], [rsa_root], hashed, openssl="as for a weak key", gnutls=None)
    yield "weak-sha1-trusted", Chain([alone := good(None, key="rsa2048", digest="sha1")], [alone], gnutls="a root must be a CA")
    yield "no-names", Chain([good(root, names=(), addresses=())], [root], "it has no subjectAltName with names or addresses", openssl="it looks at the common name", gnutls="as OpenSSL")
    yield "is-a-ca", Chain([good(root, ca=True)], [root], "is a CA's, not a server's", openssl="it takes a CA's", gnutls="as OpenSSL")


def bombs():
    """CAs that certify each other: innumerable paths."""
    root, unknown = ca("Root"), ca("Unknown Root")
    keys = [new_key("p256") for _ in range(7)]
    authorities = [ca(f"Bomb {number}", key=key) for number, key in enumerate(keys)]
    mesh = [ca(f"Bomb {one}", authorities[two], keys[one]) for one in range(7) for two in range(7) if one != two]
    leaf = good(authorities[0])
    yield "bomb-without-root", Chain([leaf, *mesh], [root], "leads to no trusted root")
    exit_ = ca("Bomb 6", root, keys[6])
    yield "bomb-with-root", Chain([leaf, *mesh, exit_], [root], openssl="it goes the first way", gnutls="as OpenSSL")
    expired = ca("Bomb 6", root, keys[6], start=-20, end=-10)
    yield "bomb-with-expired", Chain([leaf, *mesh, expired], [root], "expired on")
    many = [ca("Unknown Root", key="p256") for _ in range(40)]
    yield "bomb-of-roots", Chain([good(unknown)], many, "has another key")
    leaves = [ca("Same", unknown, key="p256") for _ in range(40)]
    yield "bomb-of-issuers", Chain([good(ca("Same", unknown)), *leaves], [unknown], "is not signed by the key of its issuer")


def ten_thousand():
    """A hundred CAs, each certified by every other: the paths are too many to try all."""
    root = ca("Root")
    keys = [new_key("p256") for _ in range(100)]
    authorities = [ca(f"Bomb {number}", key=key) for number, key in enumerate(keys)]
    mesh = [ca(f"Bomb {one}", authorities[two], keys[one]) for one in range(100) for two in range(100)]
    return Chain([good(authorities[0]), *mesh], [root], "leads to no trusted root")


def all_chains():
    for group in (orders, crosses, purposes, lengths, anchors, names, policy_chains, unreadable, weaknesses, bombs):
        yield from group()
