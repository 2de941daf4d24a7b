"""Certificates for the tests: good ones of each kind of key, and bad ones, each with one fault."""

import base64
import datetime
import hashlib
import ipaddress
import pathlib
import warnings

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# From a library, about certificates that are bad on purpose.
warnings.simplefilter("ignore")

DAY = datetime.timedelta(days=1)
SERVER_AUTH = [ExtendedKeyUsageOID.SERVER_AUTH]


def new_key(kind):
    if kind == "p256":
        return ec.generate_private_key(ec.SECP256R1())
    if kind == "p384":
        return ec.generate_private_key(ec.SECP384R1())
    if kind == "p521":
        return ec.generate_private_key(ec.SECP521R1())
    return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))


def name_of(text):
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Pinetoken Tests"),
            x509.NameAttribute(NameOID.COMMON_NAME, text),
        ]
    )


class Certificate:
    """A certificate with its key, and the chain up to, but without, its root."""

    def __init__(self, certificate, key, issuer):
        self.certificate = certificate
        self.key = key
        self.issuer = issuer

    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def chain_pem(self):
        above = self.issuer
        return self.pem() + (above.chain_pem() if above is not None and above.issuer is not None else b"")

    def key_pem(self):
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


# OIDs of signatures and digests that libraries of today refuse to make, as DER.
WEAK_SIGNATURES = {
    ("rsa", "sha1"): bytes.fromhex("300d06092a864886f70d0101050500"),
    ("rsa", "md5"): bytes.fromhex("300d06092a864886f70d0101040500"),
    ("ec", "sha1"): bytes.fromhex("300906072a8648ce3d0401"),
}
DIGEST_INFO = {"sha1": bytes.fromhex("3021300906052b0e03021a05000414"), "md5": bytes.fromhex("3020300c06082a864886f70d020505000410")}


def der(tag, content):
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x80 + (size.bit_length() + 7) // 8]) + size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag]) + length + content


def der_elements(data):
    """The elements of a sequence of DER, each with tag and length."""
    found = []
    while data:
        size, start = data[1], 2
        if size >= 128:
            start += size - 128
            size = int.from_bytes(data[2:start], "big")
        found.append(data[: start + size])
        data = data[start + size :]
    return found


def der_content(element):
    return element[2 + (element[1] - 128 if element[1] >= 128 else 0) :]


def weak_signature(signer, digest, data):
    hashed = hashlib.new(digest, data).digest()
    if isinstance(signer, ec.EllipticCurvePrivateKey):
        # As a longer digest with zeros in front it is the same number.
        return signer.sign(bytes(12) + hashed, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
    numbers = signer.private_numbers()
    size = (numbers.public_numbers.n.bit_length() + 7) // 8
    info = DIGEST_INFO[digest] + hashed
    padded = b"\0\1" + b"\xff" * (size - len(info) - 3) + b"\0" + info
    return pow(int.from_bytes(padded, "big"), numbers.d, numbers.public_numbers.n).to_bytes(size, "big")


def sign_weakly(certificate, signer, digest):
    """The certificate, signed anew with SHA-1 or MD5."""
    algorithm = WEAK_SIGNATURES["ec" if isinstance(signer, ec.EllipticCurvePrivateKey) else "rsa", digest]
    signed = der_elements(der_content(certificate.public_bytes(serialization.Encoding.DER)))[0]
    elements = der_elements(der_content(signed))
    elements[2] = algorithm
    signed = der(0x30, b"".join(elements))
    return x509.load_der_x509_certificate(der(0x30, signed + algorithm + der(0x03, b"\0" + weak_signature(signer, digest, signed))))


def rename_extension(authority, old, new):
    """The CA, with the name of an extension replaced by another one's of the same length (DER), and signed anew: two of one name, for example."""
    signed = der_elements(der_content(authority.certificate.public_bytes(serialization.Encoding.DER)))[0].replace(old, new)
    algorithm = der_elements(der_content(authority.certificate.public_bytes(serialization.Encoding.DER)))[1]
    signature = der(0x03, b"\0" + authority.issuer.key.sign(signed, ec.ECDSA(hashes.SHA256())))
    return Certificate(x509.load_der_x509_certificate(der(0x30, signed + algorithm + signature)), authority.key, authority.issuer)


def issue(
    subject,
    issuer=None,
    key="p256",
    names=(),
    addresses=(),
    ca=False,
    path_length=None,
    usages=SERVER_AUTH,
    start=-1,
    end=30,
    digest=None,
    signer_key=None,
    extensions=(),
):
    """`start` and `end`: days from now. `issuer` None: self-signed."""
    private = new_key(key) if isinstance(key, str) else key
    now = datetime.datetime.utcnow().replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(subject))
        .issuer_name(issuer.certificate.subject if issuer else name_of(subject))
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + start * DAY)
        .not_valid_after(now + end * DAY)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
    )
    alternatives = [x509.DNSName(name) for name in names]
    alternatives += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    signer = signer_key or (issuer.key if issuer else private)
    is_weak = digest in DIGEST_INFO
    chosen = None if digest == "none" else hashes.SHA256() if is_weak or digest is None else digest
    certificate = builder.sign(signer, chosen)
    return Certificate(sign_weakly(certificate, signer, digest) if is_weak else certificate, private, issuer)


def good(root, key="p256", names=("localhost",), addresses=("127.0.0.1", "::1"), **others):
    return issue("localhost", root, key=key, names=names, addresses=addresses, **others)


def constraints(permitted=None, excluded=None, critical=True):
    return [(x509.NameConstraints(permitted, excluded), critical)]


def dns(name):
    return x509.DNSName(name)


def net(text):
    return x509.IPAddress(ipaddress.ip_network(text))


LOOPBACK = [net("127.0.0.0/8"), net("::1/128")]
# For the CA above "localhost", 127.0.0.1 and ::1: respected, and each violated by one rule.
KEPT = {
    "permitted": constraints([dns("localhost"), *LOOPBACK]),
    "others-permitted": constraints([dns("example.test"), dns("localhost"), net("192.0.2.0/24"), *LOOPBACK]),
    "not-critical": constraints([dns("localhost"), *LOOPBACK], critical=False),
    "excluded-others": constraints(None, [dns("example.test"), net("192.0.2.0/24")]),
    "only-mail": constraints([x509.RFC822Name("mail.test")]),
    "directory": constraints([x509.DirectoryName(name_of("localhost"))]),
    "other-directory-excluded": constraints(None, [x509.DirectoryName(name_of("other"))]),
}
BROKEN = {
    "other-name": constraints([dns("example.test"), *LOOPBACK]),
    "other-name-not-critical": constraints([dns("example.test")], critical=False),
    "other-network": constraints([dns("localhost"), net("192.0.2.0/24")]),
    "name-excluded": constraints(None, [dns("localhost")]),
    "network-excluded": constraints(None, [net("127.0.0.0/8")]),
    "both": constraints([dns("localhost"), *LOOPBACK], [dns("localhost")]),
    "other-directory": constraints([x509.DirectoryName(name_of("other"))]),
    "directory-excluded": constraints(None, [x509.DirectoryName(name_of("localhost"))], critical=False),
}
NAME_CONSTRAINTS = x509.ObjectIdentifier("2.5.29.30")
# Not allowed by RFC 5280: the CA cannot be parsed.
MALFORMED = {
    "empty": [(x509.UnrecognizedExtension(NAME_CONSTRAINTS, b"\x30\x00"), True)],
    "nothing": [(x509.UnrecognizedExtension(NAME_CONSTRAINTS, b""), True)],
    "no-subtree": [(x509.UnrecognizedExtension(NAME_CONSTRAINTS, b"\x30\x02\xa0\x00"), True)],
    "bytes-after": [(x509.UnrecognizedExtension(NAME_CONSTRAINTS, b"\x30\x07\xa0\x05\x30\x03\x82\x01a\x00"), True)],
    "minimum": [(x509.UnrecognizedExtension(NAME_CONSTRAINTS, b"\x30\x0a\xa0\x08\x30\x06\x82\x01a\x80\x01\x01"), True)],
    "short-network": [(x509.UnrecognizedExtension(NAME_CONSTRAINTS, b"\x30\x08\xa0\x06\x30\x04\x87\x02ab"), True)],
    "cut": [(x509.UnrecognizedExtension(NAME_CONSTRAINTS, b"\x30\x07\xa0\x07\x30\x03\x82\x01a"), True)],
    "unknown-extension": [(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)],
}


class Pki:
    """All of them, made once per run, as PEM files in a directory."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        root = issue("Root P-256", ca=True, usages=None, end=3650)
        root_p384 = issue("Root P-384", key="p384", ca=True, usages=None, digest=hashes.SHA384())
        root_rsa = issue("Root RSA", key="rsa2048", ca=True, usages=None)
        stranger = issue("Another Root", ca=True, usages=None)
        middle = issue("Intermediate", root, ca=True, path_length=0, usages=None)
        middle_rsa = issue("Intermediate RSA", root_rsa, key="rsa2048", ca=True, usages=None)
        middle_expired = issue("Old Intermediate", root, ca=True, usages=None, start=-20, end=-10)
        not_a_ca = issue("Not A CA", root, usages=None)
        mail = issue("Mail CA", root, ca=True, usages=[ExtendedKeyUsageOID.EMAIL_PROTECTION])
        impostor = issue("Root P-256", ca=True, usages=None)
        lasting = issue("Lasting Root", ca=True, usages=None, end=200 * 365)
        self.certificates = {
            "root": root,
            "root-p384": root_p384,
            "root-rsa": root_rsa,
            "stranger": stranger,
            "middle": middle,
            "p256": good(middle),
            "p384": good(root_p384, key="p384", digest=hashes.SHA384()),
            "rsa": good(middle_rsa, key="rsa2048"),
            "rsa-of-ec": good(root, key="rsa3072"),
            "named": good(root, names=("issuer.test", "localhost")),
            "wildcard": good(root, names=("*.localhost.test",)),
            "no-eku": good(root, usages=None),
            "expired": good(root, start=-10, end=-1),
            "ends-soon": good(root, start=-80, end=9),
            "not-yet-valid": good(root, start=1, end=10),
            "other-name": good(root, names=("login.example",), addresses=()),
            "other-ca": good(stranger),
            "impostor": good(impostor),
            "lasting-root": lasting,
            "lasting": good(lasting, end=200 * 365),
            "self-signed": good(None),
            "cn-only": good(root, names=(), addresses=()),
            "no-server-auth": good(root, usages=[ExtendedKeyUsageOID.CLIENT_AUTH]),
            "any-purpose": good(root, usages=[ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]),
            "server-ca": good(issue("Server CA", root, ca=True, usages=[ExtendedKeyUsageOID.CLIENT_AUTH, *SERVER_AUTH])),
            "any-ca": good(issue("Any CA", root, ca=True, usages=[ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])),
            "mail-ca": good(mail),
            "mail-ca-above": good(issue("Intermediate of Mail", mail, ca=True, usages=None)),
            "ca-leaf": good(root, ca=True, usages=SERVER_AUTH),
            "address-as-name": good(root, names=("127.0.0.1", "localhost"), addresses=()),
            "wildcard-too-wide": good(root, names=("*.test",), addresses=()),
            "expired-intermediate": good(middle_expired),
            "issuer-is-no-ca": good(not_a_ca),
            "bad-signature": good(root, signer_key=stranger.key),
            "weak-key": good(root, key="rsa1024"),
            "weak-hash": good(root_rsa, digest="sha1"),
            "weak-hash-md5": good(root_rsa, digest="md5"),
        }
        self.add_constrained(root)
        for name, certificate in self.certificates.items():
            self.path(name).write_bytes(certificate.chain_pem())
            self.key(name).write_bytes(certificate.key_pem())
        everything = b"".join(self.certificates[name].pem() for name in ("root", "root-p384", "root-rsa", "root-constrained"))
        (self.directory / "roots.pem").write_bytes(everything)

    def add_constrained(self, root):
        def below(name, extensions, issuer=root):
            return good(issue(f"Constrained {name}", issuer, ca=True, usages=None, extensions=extensions))

        for kind, table in (("kept", KEPT), ("broken", BROKEN), ("malformed", MALFORMED)):
            for name, extensions in table.items():
                self.certificates[f"{kind}-{name}"] = below(name, extensions)
        permitted = constraints([dns("localhost"), *LOOPBACK])
        stand_in = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.99"), permitted[0][0].public_bytes())
        twice = issue("Constrained twice", root, ca=True, usages=None, extensions=[*permitted, (stand_in, True)])
        self.certificates["malformed-twice"] = good(rename_extension(twice, b"\x55\x1d\x63", b"\x55\x1d\x1e"))
        corporate = issue("Corporate Root", ca=True, usages=None, extensions=constraints([dns("localhost"), *LOOPBACK]))
        self.certificates["root-constrained"] = corporate
        self.certificates["kept-by-root"] = good(corporate)
        self.certificates["broken-by-root"] = good(corporate, names=("localhost", "example.test"))
        # A CA forbids what a CA above it allows.
        narrower = issue("Narrower", corporate, ca=True, usages=None, extensions=constraints([dns("example.test")]))
        self.certificates["broken-by-both"] = good(narrower)

    def pin(self, name):
        """In curl's notation."""
        key = self.certificates[name].certificate.public_key()
        der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return "sha256//" + base64.b64encode(hashlib.sha256(der).digest()).decode()

    def path(self, name):
        return self.directory / f"{name}.pem"

    def key(self, name):
        return self.directory / f"{name}.key"

    @property
    def roots(self):
        return self.directory / "roots.pem"
