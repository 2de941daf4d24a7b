"""A token in Python, by ctypes: fetch.py CLIENT_ID [TOKEN_URL CA_FILE], the secret in PINECONE_CLIENT_SECRET."""
import ctypes, os, sys

Text, Span = ctypes.c_char_p, type("Span", (ctypes.Structure,), {"_fields_": [("data", ctypes.c_void_p), ("size", ctypes.c_size_t)]})
GiveSecret = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.POINTER(Span))

class Config(ctypes.Structure):  # pinetoken_config, as far as it is used here; the rest is room
    _fields_ = [("size", ctypes.c_size_t), *((name, Text) for name in ("token_url", "client_id", "audience", "api_version")),
                ("body", ctypes.c_int), ("headers", ctypes.c_void_p), ("roots", ctypes.c_int), ("ca_file", Text), ("system_ca_file", Text),
                *((name, ctypes.c_void_p) for name in ("pins", "proxy", "no_proxy", "resolve")), ("family", ctypes.c_int),
                ("connect_timeout_ms", ctypes.c_int64), ("clock_timeout_ms", ctypes.c_int64), ("retries", ctypes.c_uint),
                ("secret", GiveSecret), ("rest", ctypes.c_void_p * 6)]

class Token(ctypes.Structure):
    _fields_ = [("access_token", Span), *((name, ctypes.c_int64) for name in ("expires_in", "expires_at", "obtained_at"))]

library = ctypes.CDLL("libpinetoken.so.0")
library.pinetoken_new.restype = ctypes.c_void_p
config, token, error = Config(), Token(), ctypes.create_string_buffer(1024)  # more than a pinetoken_error
secret = os.environ["PINECONE_CLIENT_SECRET"].encode()
give_secret = GiveSecret(lambda user, span: setattr(span[0], "data", ctypes.cast(secret, ctypes.c_void_p).value) or setattr(span[0], "size", len(secret)) or True)
library.pinetoken_config_init_size(ctypes.byref(config), ctypes.sizeof(config))
config.client_id, config.secret = sys.argv[1].encode(), give_secret
if len(sys.argv) == 4:
    config.token_url, config.ca_file = (word.encode() for word in sys.argv[2:])
client = library.pinetoken_new(ctypes.byref(config), error)
if not client or library.pinetoken_fetch(ctypes.c_void_p(client), ctypes.c_int64(30000), ctypes.byref(token), error) != 0:
    sys.exit(f"no token, status {ctypes.cast(error, ctypes.POINTER(ctypes.c_int))[0]}")
print(ctypes.string_at(token.access_token.data, token.access_token.size).decode())
library.pinetoken_free(ctypes.c_void_p(client))
