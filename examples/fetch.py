"""A token in Python, with ctypes: fetch.py CLIENT_ID [TOKEN_URL CA_FILE], the secret in PINECONE_CLIENT_SECRET."""
import ctypes, os, sys
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_bool, c_char, c_char_p, c_int, c_int64, c_size_t, c_uint32, c_void_p

class Span(Structure):
    _fields_ = [("data", c_void_p), ("size", c_size_t)]
class Config(Structure):  # these three are those of pinetoken.h
    _fields_ = [("size", c_size_t), *((name, c_char_p) for name in ("token_url", "client_id", "audience", "api_version")),
                ("body", c_int), ("headers", c_void_p), ("roots", c_int), ("ca_file", c_char_p), ("system_ca_file", c_char_p),
                *((name, c_void_p) for name in ("pins", "proxy", "no_proxy", "resolve")), ("family", c_int), ("connect_timeout_ms", c_int64),
                ("clock_timeout_ms", c_int64), ("retries", c_int), ("secret", CFUNCTYPE(c_bool, c_void_p, POINTER(Span))),
                *((name, c_void_p) for name in ("log", "allocate", "release", "now", "random", "user")), ("log_level", c_int)]
class Token(Structure):
    _fields_ = [("access_token", Span), *((name, c_int64) for name in ("expires_in", "expires_at", "obtained_at")), ("reserved", c_int64 * 4)]
class Error(Structure):
    _fields_ = [("status", c_int), ("phase", c_int), ("transient", c_bool), *((name, c_int) for name in ("http_status", "errno", "tls_code", "tls_alert")),
                ("verify_flags", c_uint32), ("retry_after_ms", c_int64), ("offset", c_int64), ("oauth_error", c_char * 64),
                ("message", c_char * 384), ("advice", c_char * 192), ("reserved", c_int64 * 8)]

def give_secret(user, span, secret=os.environ["PINECONE_CLIENT_SECRET"].encode()):
    span[0].data, span[0].size = ctypes.cast(secret, c_void_p).value, len(secret)
    return True

library, config, token, error = ctypes.CDLL("libpinetoken.so.0"), Config(), Token(), Error()
library.pinetoken_new.restype = c_void_p
library.pinetoken_config_init_size(byref(config), c_size_t(ctypes.sizeof(config)))
config.client_id, config.secret = sys.argv[1].encode(), type(config.secret)(give_secret)
if len(sys.argv) == 4:
    config.token_url, config.ca_file = (word.encode() for word in sys.argv[2:])
client = c_void_p(library.pinetoken_new(byref(config), byref(error)))
if not client or library.pinetoken_fetch(client, c_int64(30000), byref(token), byref(error)) != 0:
    sys.exit(f"{error.message.decode()} ({error.advice.decode()})")
print(ctypes.string_at(token.access_token.data, token.access_token.size).decode())
library.pinetoken_free(client)
