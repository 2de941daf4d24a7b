"""P-256 and P-384 (third_party/curves): known answers, Mbed TLS's own code, and nothing that depends on a secret."""

import subprocess

from context import expect, expect_token, only, path_of, slow
from curve_checks import need_aws_lc, run_differential, run_vectors


@only("sanitize")
def test_vectors(t):
    t.make("LIBC=glibc", "SANITIZE=1", "build/glibc-sanitize/curves-vectors")
    run_vectors(t, t.root / "build" / "glibc-sanitize" / "curves-vectors")


@slow
@only("sanitize")
def test_agreement_with_mbedtls(t):
    need_aws_lc(t)
    t.make("LIBC=glibc", "SANITIZE=1", "build/glibc-sanitize/curves-differential")
    run_differential(t.root / "build" / "glibc-sanitize" / "curves-differential", 100)


@only("valgrind")
def test_secret_scalars(t):
    """No branch and no address depends on a secret; valgrind finds a planted one, too."""
    need_aws_lc(t)
    t.make("build/musl/curves-secret")
    command = [path_of("valgrind"), "--error-exitcode=9", t.root / "build" / "musl" / "curves-secret"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    expect(done.returncode == 0 and done.stdout == "multiplied\n", done.returncode, done.stderr[-3000:])
    expect("ERROR SUMMARY: 0 errors" in done.stderr, done.stderr[-1000:])
    planted = subprocess.run([*command, "planted"], capture_output=True, text=True, timeout=600)
    expect(planted.returncode == 9 and "Conditional jump" in planted.stderr, planted.returncode, planted.stderr[-1000:])


@slow
@only("musl")
def test_curves_of_mbedtls(t):
    """They are built in if AWS-LC's source is not available."""
    t.make("CURVES=mbedtls", "OUT=build/theirs", "build/theirs/pinetoken", "build/theirs/curves-vectors")
    t.program = [str(t.root / "build" / "theirs" / "pinetoken")]
    expect("curves of Mbed TLS," in t.run("--version").stdout, t.run("--version").stdout)
    for certificate in ("p256", "p384", "rsa"):
        server = t.issuer(certificate)
        expect_token(t.fetch(server.url, "--no-cache"), server)
    run_vectors(t, t.root / "build" / "theirs" / "curves-vectors")
