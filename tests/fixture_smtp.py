"""A mail server on loopback with the faults that real ones have, and what it took."""

from __future__ import annotations

import base64
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from socket import socket
from typing import Any, Literal

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

USER, PASSWORD = "reports@nordlicht.example", "Zwölf Boxkämpfer: \\ ' \" $& ¶"
"""Made for the tests; with letters and marks that break what is not encoded."""


def secrets() -> tuple[str, ...]:
    """The password in every form in which it could leak."""
    plain, login = PASSWORD.encode(), f"\0{USER}\0{PASSWORD}".encode()
    return PASSWORD, *(base64.b64encode(text).decode().rstrip("=") for text in (plain, login))


@dataclass
class Office:
    """What the server does with whom, and what it took. All addresses are lower-case."""

    refused: set[str] = field(default_factory=set)
    """550 to RCPT."""
    busy: Counter[str] = field(default_factory=Counter)
    """How many times still 451 to RCPT."""
    late: Counter[str] = field(default_factory=Counter)
    """How many times still 452 to the end of the content."""
    spam: set[str] = field(default_factory=set)
    """554 to the end of the content."""
    dropped: set[str] = field(default_factory=set)
    """Taken, but the connection is cut before the answer; once for each."""
    cut: Counter[str] = field(default_factory=Counter)
    """How many times still the connection is cut at RCPT."""
    sender_refused: bool = False
    per_connection: int = 0
    """After so many messages the connection is closed; 0: never."""
    took: Counter[str] = field(default_factory=Counter)
    messages: list[tuple[str, bytes]] = field(default_factory=list)
    logins: int = 0
    connections: int = 0
    on_content: Callable[[], None] = lambda: None

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]) -> Any:  # noqa: N802
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        session.messages = getattr(session, "messages", 0) + 1
        if self.per_connection and session.messages > self.per_connection:
            server.transport.abort()
        if self.sender_refused:
            return "550 5.7.1 not from here"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        who = address.lower()
        if self.cut[who] > 0:
            self.cut[who] -= 1
            server.transport.abort()
        if who in self.refused:
            return "550 5.1.1 no such user here"
        if self.busy[who] > 0:
            self.busy[who] -= 1
            return "451 4.7.1 greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.on_content()
        [who] = [to.lower() for to in envelope.rcpt_tos]
        if who in self.spam:
            return "554 5.7.1 looks like spam"
        if self.late[who] > 0:
            self.late[who] -= 1
            return "452 4.2.2 mailbox full"
        self.took[who] += 1
        self.messages.append((who, envelope.original_content))
        if who in self.dropped:
            self.dropped.discard(who)
            server.transport.abort()
        return "250 2.0.0 queued"

    def log_in(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins += 1
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False) if not good else AuthResult(success=True)

    def read(self, who: str) -> list[EmailMessage]:
        """What somebody got, in order."""
        return [message_from_bytes(data, policy=default) for to, data in self.messages if to == who]  # type: ignore[arg-type]


@dataclass(frozen=True)
class Place:
    """Where the server listens."""

    port: int
    authority: Path
    """The certificate of who signed the server's."""

    def environment(self, **more: str) -> dict[str, str]:
        """What a user exports."""
        return {
            "SMTP_HOST": "localhost",
            "SMTP_PORT": str(self.port),
            "SMTP_USER": USER,
            "SMTP_PASSWORD": PASSWORD,
            **more,
        }


@contextmanager
def serving(
    office: Office,
    folder: Path,
    *,
    host: str = "localhost",
    security: Literal["starttls", "tls", "none"] = "starttls",
    login: bool = True,
    only: str = "",
) -> Iterator[Place]:
    """Run the server; its certificate is of `host`, and `only` is the one way to log in."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, context = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(host).configure_cert(context)
    authority.cert_pem.write_to_path(folder / "authority.pem")
    more: dict[str, Any] = {"tls_context": context, "require_starttls": True} if security == "starttls" else {}
    if login and security != "none":
        more["auth_exclude_mechanism"] = {"PLAIN", "LOGIN"} - {only} if only else ()
        more |= {"authenticator": office.log_in, "auth_required": True, "auth_require_tls": security == "starttls"}
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(office, hostname="127.0.0.1", port=port, ready_timeout=30,
                        ssl_context=context if security == "tls" else None, **more)  # fmt: skip
    server.start()
    try:
        yield Place(port, folder / "authority.pem")
    finally:
        server.stop()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
