"""Real servers as peers, each stopped by its process ID at the end of the test."""

import contextlib
import pathlib
import random
import shutil
import socket
import subprocess
import tempfile
import threading
import time

import issuer
from context import expect, path_of

NGINX = """
daemon off; master_process off; worker_rlimit_nofile 8192; pid {directory}/pid; error_log {directory}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off; client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/f; uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
    server {{
        listen 127.0.0.1:{port} ssl; server_name localhost;
        ssl_certificate {chain}; ssl_certificate_key {key}; ssl_protocols {protocols}; {more}
        location = /oauth/token {{
            default_type application/json;
            if ($request_method != POST) {{ return 405; }}
            if ($http_x_pinecone_api_version != "2025-04") {{ return 400 '{{"error":"invalid_request"}}'; }}
            return 200 '{{"access_token":"from-nginx","expires_in":86400,"token_type":"Bearer"}}';
        }}
    }}
}}
"""


# Below those that the kernel gives to clients and to servers that ask for any: between choosing one and listening on it, nobody else gets it.
FIRST_OF_KERNEL = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
PORTS = iter(random.sample(range(FIRST_OF_KERNEL // 2, FIRST_OF_KERNEL), FIRST_OF_KERNEL // 2))


def free_port():
    """A port on which nobody listens, and nobody will but who called: each is given out once."""
    for port in PORTS:
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no free port")


def listen(t, talk, listener=None):
    """Calls talk(connection) in a thread of its own for each connection to `listener`, or to a port of loopback, until the end of the test.
    The port."""
    listener = listener or socket.create_server(("127.0.0.1", 0))

    def run(connection):
        with connection, contextlib.suppress(OSError, EOFError):
            connection.settimeout(30)
            talk(connection)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=run, args=(connection,), daemon=True).start()

    def stop():
        # Whoever is in accept() leaves it first: if the kernel starts the call again, its descriptor may be another socket's.
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        listener.close()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    t.stack.callback(stop)
    return listener.getsockname()[1]


def start(t, command, port, name):
    """Starts a server and waits until it listens on `port` of loopback."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    t.stack.callback(process.wait)
    t.stack.callback(process.terminate)
    for _ in range(1000):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process
        except ConnectionRefusedError:
            expect(process.poll() is None, process.stderr.read() if process.poll() is not None else "")
            threading.Event().wait(0.02)
    raise AssertionError(f"{name} does not listen")


def nginx(t, certificate, protocols, more=""):
    """Its port."""
    port = free_port()
    directory = t.directory / f"nginx-{port}"
    directory.mkdir()
    configuration = directory / "nginx.conf"
    chain, key = t.pki.path(certificate), t.pki.key(certificate)
    configuration.write_text(NGINX.format(directory=directory, port=port, chain=chain, key=key, protocols=protocols, more=more))
    start(t, [path_of("nginx"), "-p", directory, "-c", configuration], port, "nginx")
    return port


def openssl(t, *arguments, certificate="p256"):
    """openssl s_server, which sends its standard input to the client; the response is written there once the request has arrived. Its URL, and what it has received."""
    port, heard = free_port(), bytearray()
    process = subprocess.Popen(
        [path_of("openssl"), "s_server", "-quiet", "-accept", f"127.0.0.1:{port}", "-cert", t.pki.path(certificate),
         "-cert_chain", t.pki.path(certificate), "-key", t.pki.key(certificate), *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    t.stack.callback(process.wait)
    t.stack.callback(process.kill)

    def serve():
        while b'"client_credentials"}' not in heard:
            part = process.stdout.read1()
            if not part:
                return
            heard.extend(part)
        process.stdin.write(issuer.response(200, issuer.token_body("from-openssl")))
        process.stdin.flush()

    threading.Thread(target=serve, daemon=True).start()
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except ConnectionRefusedError:
            threading.Event().wait(0.02)
    return f"https://localhost:{port}/oauth/token", heard


# ---- proxies, each without and with a user and password -----------------------------------------------------------------------

USER, PASSWORD = "test-user", "p-s.w_rd9"  # no other characters for tinyproxy

TINYPROXY = """
Port {port}
Listen 127.0.0.1
Timeout 60
MaxClients 20
LogLevel Critical
{auth}
"""

SQUID = """
http_port 127.0.0.1:{port}
pid_filename none
access_log none
cache_log {directory}/cache.log
cache_store_log none
cache deny all
coredump_dir {directory}
shutdown_lifetime 0 seconds
{auth}
http_access deny all
"""

APACHE = """
ServerRoot {directory}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {directory}/pid
ErrorLog {directory}/error.log
User www-data
Group www-data
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authn_file_module {modules}/mod_authn_file.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule auth_basic_module {modules}/mod_auth_basic.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_connect_module {modules}/mod_proxy_connect.so
ProxyRequests On
AllowCONNECT 1-65535
<Proxy "*">
{auth}
</Proxy>
"""


def open_directory(t):
    """A directory that other users can read: squid and Apache give up root."""
    directory = pathlib.Path(tempfile.mkdtemp())
    t.stack.callback(shutil.rmtree, directory)
    directory.chmod(0o777)
    return directory


def write_passwords(directory):
    hashed = subprocess.run([path_of("openssl"), "passwd", "-apr1", "-stdin"], input=PASSWORD.encode(), stdout=subprocess.PIPE, check=True)
    passwords = directory / "passwords"
    passwords.write_bytes(f"{USER}:".encode() + hashed.stdout)
    passwords.chmod(0o644)
    return passwords


def tinyproxy(t, auth):
    port = free_port()
    configuration = t.file(f"tinyproxy-{port}.conf", TINYPROXY.format(port=port, auth=f"BasicAuth {USER} {PASSWORD}" if auth else ""))
    start(t, [path_of("tinyproxy"), "-d", "-c", configuration], port, "tinyproxy")
    return port


def squid(t, auth):
    port = free_port()
    directory = open_directory(t)
    lines = "http_access allow all"
    if auth:
        helper = "/usr/lib/squid/basic_ncsa_auth"
        lines = f"auth_param basic program {helper} {write_passwords(directory)}\nacl known proxy_auth REQUIRED\nhttp_access allow known"
    configuration = directory / "squid.conf"
    configuration.write_text(SQUID.format(port=port, directory=directory, auth=lines))
    start(t, [path_of("squid"), "-N", "-f", configuration], port, "squid")
    return port


def apache(t, auth):
    port = free_port()
    directory = open_directory(t)
    lines = "Require all granted"
    if auth:
        lines = f'AuthType Basic\nAuthName test\nAuthBasicProvider file\nAuthUserFile {write_passwords(directory)}\nRequire valid-user'
    configuration = directory / "apache.conf"
    configuration.write_text(APACHE.format(port=port, directory=directory, modules="/usr/lib/apache2/modules", auth=lines))
    start(t, [path_of("apache2"), "-X", "-f", configuration], port, "Apache")
    return port


def microsocks(t, auth):
    port = free_port()
    start(t, [path_of("microsocks"), "-i", "127.0.0.1", "-p", str(port), *(["-u", USER, "-P", PASSWORD] if auth else [])], port, "microsocks")
    return port


def scripted_socks(t, *replies):
    """Says each of `replies` once it heard something; its port, and all that it heard."""
    heard = []

    def talk(connection):
        for reply in replies:
            heard.append(connection.recv(65536))
            connection.sendall(reply)
        connection.recv(65536)

    return listen(t, talk), heard


PROXIES = {"tinyproxy": tinyproxy, "squid": squid, "apache": apache}


def scripted_proxy(t, response, then="close"):
    """Waits for the end of each request, sends `response`; numbers in it are seconds to wait."""
    def talk(connection):
        seen = b""
        while b"\r\n\r\n" not in seen:
            seen += connection.recv(65536)
        for part in response:
            if isinstance(part, float):
                time.sleep(part)
            else:
                connection.sendall(part)
        while then == "stall" and connection.recv(65536):
            pass

    return f"http://user:hush@127.0.0.1:{listen(t, talk)}"


def plain(t, response):
    """Plain TCP: waits for a byte, sends `response`, closes."""
    def talk(connection):
        connection.recv(65536)
        connection.sendall(response)

    return f"https://localhost:{listen(t, talk)}/oauth/token"
