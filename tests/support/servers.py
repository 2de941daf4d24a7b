"""Real servers as peers, each stopped with its test by its process id."""

import socket
import subprocess
import threading

from context import expect, path_of

NGINX = """
daemon off; master_process off; pid {directory}/pid; error_log {directory}/error.log;
events {{ worker_connections 256; }}
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


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def start(t, command, port, name):
    """A server that is to listen on `port` of loopback."""
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
