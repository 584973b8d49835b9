"""Which mail server, and how to log in there: from the environment, so that no secret stands in any file."""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from alignment_lib.errors import ParamsError

Security = Literal["starttls", "tls", "none"]
PORTS: Mapping[Security, int] = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True)
class Server:
    """A mail server, and how to log in there; what is secret never shows in a repr."""

    host: str
    port: int
    security: Security = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    connect_s: float = 30
    command_s: float = 120
    final_s: float = 600
    """How long its last answer may take: RFC 5321, 4.5.3.2.6."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Server:
        """The server of SMTP_HOST, SMTP_PORT, SMTP_USER, SMTP_PASSWORD and SMTP_SECURITY.

        Raises
        ------
        ParamsError
            One is missing or cannot be used; no sentence holds a secret.
        """
        given = {n: environment.get(f"SMTP_{n}", "").strip() for n in ("HOST", "PORT", "USER", "SECURITY")}
        password = environment.get("SMTP_PASSWORD", "")
        if not given["HOST"]:
            raise ParamsError("SMTP_HOST is not set; export it (SMTP_USER and SMTP_PASSWORD likewise) before sending")
        if not re.fullmatch(r"[A-Za-z0-9.:_-]+", given["HOST"]):
            raise ParamsError("SMTP_HOST is no name of a host; write it as mail.example.com")
        security = given["SECURITY"].lower() or "starttls"
        if security not in get_args(Security):
            raise ParamsError("SMTP_SECURITY must be starttls or tls (none only for a server on this machine)")
        port = given["PORT"] or str(PORTS[security])  # type: ignore[index]
        if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
            raise ParamsError("SMTP_PORT is no port; leave it out, or write for instance 587")
        if bool(given["USER"]) != bool(password):
            lacking = "SMTP_PASSWORD" if given["USER"] else "SMTP_USER"
            raise ParamsError(f"{lacking} is not set; a login needs user and password")
        server = cls(given["HOST"], int(port), security, given["USER"], password)  # type: ignore[arg-type]
        if server.security == "none" and not server.is_loopback:
            raise ParamsError(
                f"SMTP_SECURITY=none would show everything on the way to {server.host}; use starttls or tls"
            )
        return server

    @property
    def shown(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this very machine."""
        with contextlib.suppress(ValueError):
            return ipaddress.ip_address(self.host).is_loopback
        return self.host.lower().rstrip(".") == "localhost"

    def scrub(self, text: str) -> str:
        """The text without password, in whatever form it went over the line."""
        for secret in sorted(filter(None, self._secrets()), key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def _secrets(self) -> tuple[str, ...]:
        if not self.password:
            return ()
        encoded = [base64.b64encode(t.encode()).decode() for t in (self.password, self.login_plain)]
        return (self.password, *encoded, *(text.rstrip("=") for text in encoded))

    @property
    def login_plain(self) -> str:
        """What AUTH PLAIN sends, in base64 (RFC 4616)."""
        return f"\0{self.user}\0{self.password}"
