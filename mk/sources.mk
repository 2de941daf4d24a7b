# What is built from what, one a line.

# What a cache on Redis or Valkey needs, and what stands in its place (REDIS=no, PROFILE=tiny).
SHARED_CACHE := \
    src/cache/redis_url.c \
    src/cache/sealed.c \
    src/cli/cache_worker.c \
    src/client/redis.c \
    src/client/shared.c \
    src/client/shared_flight.c \
    src/client/shared_level.c \
    src/crypto/seal.c \
    src/resp/command.c \
    src/resp/reply.c
SHARED_CACHE_TESTS := \
    tests/unit/test_redis_url.c \
    tests/unit/test_resp.c \
    tests/unit/test_seal.c \
    tests/unit/test_sealed.c
NO_SHARED_CACHE := \
    src/cli/cache_worker_none.c \
    src/client/shared_none.c

# OCSP stapling, which PROFILE=tiny has not.
STAPLING := \
    src/crypto/ocsp.c \
    src/tls/staple.c
NO_STAPLING := \
    src/tls/staple_none.c

# The library: also in the command, and in the tests.
LIBRARY := $(filter-out src/cli/%,$(SHARED_CACHE)) $(STAPLING) \
    src/base/backoff.c \
    src/base/buffer.c \
    src/base/calendar.c \
    src/base/deadline.c \
    src/base/error.c \
    src/base/ip.c \
    src/base/log.c \
    src/base/number.c \
    src/base/secret.c \
    src/base/span.c \
    src/cache/entry.c \
    src/cache/file.c \
    src/cache/note.c \
    src/client/attempt.c \
    src/client/attempt_resolve.c \
    src/client/attempt_state.c \
    src/client/blocking.c \
    src/client/build_info.c \
    src/client/cache.c \
    src/client/cache_state.c \
    src/client/client.c \
    src/client/flight.c \
    src/client/lookup.c \
    src/client/retry.c \
    src/client/settings.c \
    src/crypto/base64.c \
    src/crypto/der.c \
    src/crypto/digest.c \
    src/dns/files.c \
    src/dns/message.c \
    src/http/call.c \
    src/http/chunked.c \
    src/http/date.c \
    src/http/field.c \
    src/http/form.c \
    src/http/header_lines.c \
    src/http/proxy_url.c \
    src/http/rate_limit.c \
    src/http/request.c \
    src/http/response.c \
    src/http/retry_after.c \
    src/http/socks.c \
    src/http/transaction.c \
    src/http/url.c \
    src/json/number.c \
    src/json/scan.c \
    src/json/string.c \
    src/json/utf8.c \
    src/json/writer.c \
    src/net/address.c \
    src/net/dial.c \
    src/net/lookup.c \
    src/net/nameserver.c \
    src/net/net.c \
    src/net/no_proxy.c \
    src/net/resolve.c \
    src/net/resolve_override.c \
    src/net/tunnel.c \
    src/oauth/config.c \
    src/oauth/credential.c \
    src/oauth/echo.c \
    src/oauth/exchange.c \
    src/oauth/token_request.c \
    src/oauth/token_response.c \
    src/os/clock.c \
    src/os/file.c \
    src/os/hooks.c \
    src/os/io.c \
    src/os/random.c \
    src/tls/alert.c \
    src/tls/constraints.c \
    src/tls/describe.c \
    src/tls/extension.c \
    src/tls/mbedtls_hooks.c \
    src/tls/name.c \
    src/tls/path.c \
    src/tls/policy.c \
    src/tls/reason.c \
    src/tls/tls.c \
    src/tls/verify.c \
    src/trust/builtin.c \
    src/trust/bundle.c \
    src/trust/identity.c \
    src/trust/pin.c \
    src/trust/roots.c

# The command.
PROGRAM := $(filter src/cli/%,$(SHARED_CACHE)) \
    src/agent/agent.c \
    src/agent/hooks.c \
    src/agent/metrics.c \
    src/agent/notify.c \
    src/agent/paths.c \
    src/agent/renewal.c \
    src/agent/schedule.c \
    src/agent/state.c \
    src/api/api.c \
    src/api/page.c \
    src/api/worker.c \
    src/cli/cache_path.c \
    src/cli/cmd_exec.c \
    src/cli/cmd_help.c \
    src/cli/cmd_token.c \
    src/cli/configuration.c \
    src/cli/console.c \
    src/cli/credential_file.c \
    src/cli/credential_shape.c \
    src/cli/credentials.c \
    src/cli/environment.c \
    src/cli/fetch.c \
    src/cli/option_environment.c \
    src/cli/option_table.c \
    src/cli/option_values.c \
    src/cli/options.c \
    src/cli/output.c \
    src/cli/suggest.c \
    src/cli/tries.c \
    src/doctor/checks.c \
    src/doctor/examine.c \
    src/doctor/live.c \
    src/doctor/report.c \
    src/doctor/report_json.c \
    src/doctor/summary.c \
    src/doctor/view.c \
    src/main.c \
    src/os/process.c \
    src/os/secure_memory.c \
    src/sandbox/filter.c \
    src/sandbox/landlock.c \
    src/sandbox/result.c \
    src/sandbox/sandbox.c \
    src/sandbox/seccomp.c \
    src/sandbox/worker.c

UNIT_TESTS := $(sort $(wildcard tests/unit/test_*.c))

# Of Mbed TLS (library/*.c) what our configuration leaves something of.
MBEDTLS := \
    aes \
    aesce \
    aesni \
    asn1parse \
    asn1write \
    base64 \
    bignum \
    bignum_core \
    cipher \
    cipher_wrap \
    constant_time \
    ecdh \
    ecdsa \
    ecp \
    ecp_curves \
    gcm \
    hkdf \
    md \
    oid \
    pk \
    pk_ecc \
    pk_wrap \
    pkparse \
    platform \
    platform_util \
    rsa \
    rsa_alt_helpers \
    sha256 \
    sha512 \
    ssl_ciphersuites \
    ssl_client \
    ssl_msg \
    ssl_tls \
    ssl_tls12_client \
    ssl_tls13_client \
    ssl_tls13_generic \
    ssl_tls13_keys \
    x509 \
    x509_crt

# The program that writes the shells' completions.
COMPLETIONS := \
    src/base/buffer.c \
    src/base/span.c \
    src/cli/option_table.c \
    tools/completions/bash.c \
    tools/completions/completions.c \
    tools/completions/fish.c \
    tools/completions/zsh.c

# Each has a file tests/fuzz/fuzz_NAME.c.
FUZZERS := \
    base64 \
    bundle \
    constraints \
    dns \
    entry \
    exchange \
    handshake \
    ocsp \
    path \
    policy \
    resp \
    response \
    scan \
    structured \
    url

# What the fuzzers run: the library up to the connection, and these.
FUZZ_SOURCES := \
    $(filter-out src/client/%,$(LIBRARY)) \
    src/api/page.c \
    tests/fuzz/exchange_run.c \
    tests/fuzz/reference.c \
    $(MBEDTLS:%=third_party/mbedtls/source/library/%.c)
