"""Access tokens for a Pinecone service account, by libpinetoken.

    import pinetoken

    with pinetoken.Client("client-id", lambda: open("/run/secrets/pinecone").read()) as client:
        token = client.fetch()                      # blocks
        token = await client.fetch_async()          # in an event loop of asyncio
        with pinetoken.Cache(client, "/run/app/cache/") as cache:
            token = cache.fetch()                   # shared by all processes with that cache

A client is used by one thread, and for one fetch, at a time.
"""

from __future__ import annotations

import asyncio
import ctypes
import enum
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from . import _ffi

__all__ = ["Cache", "Client", "PinetokenError", "Status", "Token", "version"]
__version__ = "0.1.0"

_library = _ffi.load()


class Status(enum.IntEnum):
    """Why a call failed; the exit codes of the program."""

    INTERNAL = 1
    USAGE = 2
    CREDENTIALS = 3
    REJECTED = 4
    NETWORK = 5
    TLS = 6
    CLOCK = 7
    PROTOCOL = 8
    LOCAL = 9
    THROTTLED = 10
    TIMEOUT = 11
    UNAVAILABLE = 12


class PinetokenError(Exception):
    """What failed and why, and what to do; neither has the secret or a token in it."""

    def __init__(self, error: _ffi.Error) -> None:
        self.status = Status(error.status)
        self.phase: str = _library.pinetoken_phase_name(error.phase).decode()
        self.message: str = error.message.decode()
        self.advice: str = error.advice.decode()
        self.transient: bool = error.transient
        self.http_status: int | None = error.http_status or None
        self.oauth_error: str | None = error.oauth_error.decode() or None
        self.retry_after: float | None = error.retry_after_ms / 1000 if error.retry_after_ms >= 0 else None
        super().__init__(self.message + (f" ({self.advice})" if self.advice else ""))


@dataclass(frozen=True)
class Token:
    access_token: str = field(repr=False)
    expires_in: int | None
    """Seconds from receipt."""
    expires_at: int | None
    """Unix time."""
    obtained_at: int | None

    @property
    def authorization(self) -> str:
        """The value of the Authorization header."""
        return f"Bearer {self.access_token}"


def _token(token: _ffi.Token) -> Token:
    text = ctypes.string_at(token.access_token.data, token.access_token.size).decode("ascii")
    known = [value if value >= 0 else None for value in (token.expires_in, token.expires_at, token.obtained_at)]
    return Token(text, *known)


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))


def _list(texts: Sequence[str]) -> Any:
    return (ctypes.c_char_p * (len(texts) + 1))(*[text.encode() for text in texts], None) if texts else None


def version() -> str:
    """Of the library."""
    build = _ffi.Build()
    _library.pinetoken_build_info(ctypes.byref(build))
    text: bytes = build.version
    return text.decode()


class Client:
    """Fetches tokens. `secret` is asked for at each fetch: a text, or a function that returns one. So is `cache_password`,
    of a cache that several systems share.

    What is None has the library's default. `log` is called with name, English words, text and number of each event.
    """

    def __init__(
        self,
        client_id: str,
        secret: str | Callable[[], str],
        *,
        token_url: str | None = None,
        audience: str | None = None,
        api_version: str | None = None,
        headers: Sequence[str] = (),
        ca_file: str | None = None,
        pins: Sequence[str] = (),
        proxy: str | None = None,
        no_proxy: str | None = None,
        resolve: Sequence[str] = (),
        connect_timeout: float | None = None,
        retries: int | None = None,
        cache_password: str | Callable[[], str] | None = None,
        log: Callable[[str, str, str, int], None] | None = None,
    ) -> None:
        self._handle: int | None = None
        self._copies: list[Any] = []
        self._log = log
        self._config = config = _ffi.Config()
        _library.pinetoken_config_init_size(ctypes.byref(config), ctypes.sizeof(config))
        texts = {"client_id": client_id, "token_url": token_url, "audience": audience, "api_version": api_version}
        texts |= {"ca_file": ca_file, "proxy": proxy, "no_proxy": no_proxy}
        for name, text in texts.items():
            if text is not None:
                setattr(config, name, text.encode())
        self._lists = {"headers": _list(headers), "pins": _list(pins), "resolve": _list(resolve)}
        for name, texts_of in self._lists.items():
            if texts_of is not None:
                setattr(config, name, ctypes.cast(texts_of, ctypes.POINTER(ctypes.c_char_p)))
        if connect_timeout is not None:
            config.connect_timeout_ms = _milliseconds(connect_timeout)
        if retries is not None:
            config.retries = retries
        config.secret = self._giver(secret)
        if cache_password is not None:
            config.cache_password = self._giver(cache_password)
        if log is not None:
            config.log = _ffi.LOG(self._take_event)
            config.log_level = 2
        error = _ffi.Error()
        self._handle = _library.pinetoken_new(ctypes.byref(config), ctypes.byref(error))
        if self._handle is None:
            raise PinetokenError(error)

    def _giver(self, secret: str | Callable[[], str]) -> Any:
        def give(_user: Any, span: Any) -> bool:
            try:
                text = (secret() if callable(secret) else secret).encode()
            except Exception:  # The library reports that there is none.
                return False
            copy = ctypes.create_string_buffer(text, len(text) + 1)
            self._copies.append(copy)
            span[0].data, span[0].size = ctypes.addressof(copy), len(text)
            return True

        return _ffi.SECRET(give)

    def _wipe(self) -> None:
        for copy in self._copies:
            ctypes.memset(copy, 0, len(copy))
        self._copies.clear()

    def _take_event(self, _user: Any, event: Any) -> None:
        text = ctypes.string_at(event[0].text.data, event[0].text.size).decode() if event[0].text.size else ""
        if self._log is not None:
            self._log(event[0].name.decode(), event[0].what.decode(), text, event[0].number)

    def _open(self) -> int:
        if self._handle is None:
            raise ValueError("the client is closed")
        return self._handle

    def fetch(self, timeout: float = 30) -> Token:
        """A new token; blocks, and lets other threads run."""
        token, error = _ffi.Token(), _ffi.Error()
        status = _library.pinetoken_fetch(self._open(), _milliseconds(timeout), ctypes.byref(token), ctypes.byref(error))
        self._wipe()
        if status != 0:
            raise PinetokenError(error)
        return _token(token)

    async def fetch_async(self, timeout: float = 30) -> Token:
        """A new token, in the running event loop, by its add_reader."""
        _library.pinetoken_start(self._open(), _milliseconds(timeout))
        try:
            while (progress := _library.pinetoken_step(self._open())) == _ffi.STEP_WAIT:
                await self._ready()
        finally:
            self._wipe()
        if progress == _ffi.STEP_FAILED:
            error = _ffi.Error()
            _library.pinetoken_failure(self._open(), ctypes.byref(error))
            raise PinetokenError(error)
        token = _ffi.Token()
        _library.pinetoken_result(self._open(), ctypes.byref(token))
        return _token(token)

    async def _ready(self) -> None:
        """Until what the last step waits for has come, or its time."""
        loop = asyncio.get_running_loop()
        wait = _ffi.Wait()
        _library.pinetoken_wanted(self._open(), ctypes.byref(wait))
        future: asyncio.Future[None] = loop.create_future()

        def come() -> None:
            if not future.done():
                future.set_result(None)

        timer = loop.call_later(wait.timeout_ms / 1000, come)
        try:
            if wait.fd >= 0 and wait.read:
                loop.add_reader(wait.fd, come)
            if wait.fd >= 0 and wait.write:
                loop.add_writer(wait.fd, come)
            await future
        finally:
            timer.cancel()
            if wait.fd >= 0:
                loop.remove_reader(wait.fd)
                loop.remove_writer(wait.fd)

    def close(self) -> None:
        """Stops what is going on; closing twice is fine."""
        if self._handle is not None:
            _library.pinetoken_free(self._handle)
            self._handle = None
        self._wipe()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class Cache:
    """One token for all processes that use the same path: a file, or a directory if it ends in a slash."""

    def __init__(self, client: Client, path: str | os.PathLike[str]) -> None:
        error = _ffi.Error()
        self._client = client
        self._handle: int | None = _library.pinetoken_cache_open(ctypes.byref(client._config), os.fsencode(path), ctypes.byref(error))
        if self._handle is None:
            raise PinetokenError(error)

    def _open(self) -> int:
        if self._handle is None:
            raise ValueError("the cache is closed")
        return self._handle

    def fetch(self, *, min_ttl: int = 300, refresh: bool = False, timeout: float = 30) -> Token:
        """The cached token if it is valid for `min_ttl` seconds yet, else a new one."""
        policy, token, error = _ffi.CachePolicy(), _ffi.Token(), _ffi.Error()
        _library.pinetoken_cache_policy_init_size(ctypes.byref(policy), ctypes.sizeof(policy))
        policy.min_ttl, policy.refresh, policy.timeout_ms = min_ttl, refresh, _milliseconds(timeout)
        status = _library.pinetoken_cache_fetch(self._open(), self._client._open(), ctypes.byref(policy), ctypes.byref(token), ctypes.byref(error))
        self._client._wipe()
        if status != 0:
            raise PinetokenError(error)
        return _token(token)

    def forget(self) -> None:
        """Removes the cached token, if there is one."""
        error = _ffi.Error()
        if _library.pinetoken_cache_forget(self._open(), ctypes.byref(error)) != 0:
            raise PinetokenError(error)

    def close(self) -> None:
        """Closing twice is fine."""
        if self._handle is not None:
            _library.pinetoken_cache_close(self._handle)
            self._handle = None

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
