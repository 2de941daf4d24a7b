"""The structs and functions of pinetoken.h, by ctypes. Members have the names that they have there."""

from __future__ import annotations

import ctypes
from ctypes import CFUNCTYPE, POINTER, Structure, c_bool, c_char, c_char_p, c_int, c_int64, c_size_t, c_uint, c_uint32, c_void_p
from typing import Any


class Span(Structure):
    _fields_ = [("data", c_void_p), ("size", c_size_t)]


class Error(Structure):
    _fields_ = [
        ("status", c_int),
        ("phase", c_int),
        ("transient", c_bool),
        ("http_status", c_int),
        ("system_errno", c_int),
        ("tls_code", c_int),
        ("tls_alert", c_int),
        ("verify_flags", c_uint32),
        ("retry_after_ms", c_int64),
        ("offset", c_int64),
        ("oauth_error", c_char * 64),
        ("message", c_char * 384),
        ("advice", c_char * 192),
        ("reserved_", c_int64 * 8),
    ]


class Event(Structure):
    _fields_ = [("level", c_int), ("phase", c_int), ("name", c_char_p), ("what", c_char_p), ("text", Span), ("number", c_int64)]


SECRET = CFUNCTYPE(c_bool, c_void_p, POINTER(Span))
LOG = CFUNCTYPE(None, c_void_p, POINTER(Event))


class Config(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("token_url", c_char_p),
        ("client_id", c_char_p),
        ("audience", c_char_p),
        ("api_version", c_char_p),
        ("body", c_int),
        ("headers", POINTER(c_char_p)),
        ("roots", c_int),
        ("ca_file", c_char_p),
        ("system_ca_file", c_char_p),
        ("pins", POINTER(c_char_p)),
        ("proxy", c_char_p),
        ("no_proxy", c_char_p),
        ("resolve", POINTER(c_char_p)),
        ("family", c_int),
        ("connect_timeout_ms", c_int64),
        ("clock_timeout_ms", c_int64),
        ("retries", c_uint),
        ("secret", SECRET),
        ("log", LOG),
        ("allocate", c_void_p),
        ("release", c_void_p),
        ("now", c_void_p),
        ("random", c_void_p),
        ("user", c_void_p),
        ("log_level", c_int),
        ("cache_password", SECRET),
    ]


class Token(Structure):
    _fields_ = [("access_token", Span), ("expires_in", c_int64), ("expires_at", c_int64), ("obtained_at", c_int64), ("reserved_", c_int64 * 4)]


class Wait(Structure):
    _fields_ = [("fd", c_int), ("read", c_bool), ("write", c_bool), ("timeout_ms", c_int), ("reserved_", c_int64 * 2)]


class CachePolicy(Structure):
    _fields_ = [("size", c_size_t), ("min_ttl", c_int64), ("newer_than", c_int64), ("timeout_ms", c_int64), ("refresh", c_bool)]


class Build(Structure):
    _fields_ = [
        ("version", c_char_p),
        ("mbedtls_version", c_char_p),
        ("tls_versions", c_char_p),
        ("roots_date", c_char_p),
        ("roots_count", c_size_t),
        ("date", c_char_p),
        ("curves_source", c_char_p),
        ("reserved_", c_char_p * 3),
    ]


# By their names in the header.
STRUCTS: dict[str, type[Structure]] = {
    "pinetoken_span": Span,
    "pinetoken_error": Error,
    "pinetoken_event": Event,
    "pinetoken_config": Config,
    "pinetoken_token": Token,
    "pinetoken_wait": Wait,
    "pinetoken_cache_policy": CachePolicy,
    "pinetoken_build": Build,
}

# Result, arguments.
FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "pinetoken_status_name": (c_char_p, [c_int]),
    "pinetoken_phase_name": (c_char_p, [c_int]),
    "pinetoken_config_init_size": (None, [POINTER(Config), c_size_t]),
    "pinetoken_new": (c_void_p, [POINTER(Config), POINTER(Error)]),
    "pinetoken_free": (None, [c_void_p]),
    "pinetoken_fetch": (c_int, [c_void_p, c_int64, POINTER(Token), POINTER(Error)]),
    "pinetoken_start": (None, [c_void_p, c_int64]),
    "pinetoken_step": (c_int, [c_void_p]),
    "pinetoken_wanted": (None, [c_void_p, POINTER(Wait)]),
    "pinetoken_result": (None, [c_void_p, POINTER(Token)]),
    "pinetoken_failure": (None, [c_void_p, POINTER(Error)]),
    "pinetoken_cache_policy_init_size": (None, [POINTER(CachePolicy), c_size_t]),
    "pinetoken_cache_open": (c_void_p, [POINTER(Config), c_char_p, POINTER(Error)]),
    "pinetoken_cache_fetch": (c_int, [c_void_p, c_void_p, POINTER(CachePolicy), POINTER(Token), POINTER(Error)]),
    "pinetoken_cache_forget": (c_int, [c_void_p, POINTER(Error)]),
    "pinetoken_cache_close": (None, [c_void_p]),
    "pinetoken_build_info": (None, [POINTER(Build)]),
}

STEP_WAIT, STEP_DONE, STEP_FAILED = 0, 1, 2


def load(name: str = "libpinetoken.so.0") -> ctypes.CDLL:
    library = ctypes.CDLL(name)
    for function, (result, arguments) in FUNCTIONS.items():
        getattr(library, function).restype = result
        getattr(library, function).argtypes = arguments
    return library
