"""Hand one message after another to an SMTP server, and know of each whether it was taken.

The commands are driven here, not by `smtplib.sendmail`: the ledger must be told in the one instant that matters, after
the content and before the dot that ends it. Until that dot the server must forget the message if the connection dies
(RFC 5321, 4.1.1.4); from then on only its answer tells.
"""

from __future__ import annotations

import base64
import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from alignment_lib.errors import MailError
from alignment_lib.mail.server import Server

LOGIN_IS_WRONG = (530, 534, 535, 538)
"""Answers about the login, whatever was asked."""


@dataclass(frozen=True)
class Answer:
    """What became of one message, and what the server said."""

    state: Literal["sent", "deferred", "refused", "uncertain"]
    text: str


class ServerError(MailError):
    """What a mail server would refuse to every message; to ask it again would only make it worse."""


class Unreachable(ServerError):  # noqa: N818 - what it is
    """No connection now; perhaps later."""


class Post:
    """A connection that is opened when it is needed, used for many messages, and opened again when it was lost."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._smtp: smtplib.SMTP | None = None

    def deliver(self, sender: str, recipient: str, message: bytes, handing_over: Callable[[], None]) -> Answer:
        """Hand over one message to one recipient.

        Parameters
        ----------
        handing_over
            Called when the content is there and only its end is missing; what it raises keeps the message back.

        Raises
        ------
        Unreachable
            There is no connection, and none can be opened now.
        ServerError
            What would be refused to every message: certificate, encryption, login, sender.
        """
        clean = False
        try:
            try:
                refusal = self._content(sender, recipient, message)
            except (smtplib.SMTPException, OSError) as problem:
                return Answer(
                    "deferred", f"the connection was lost before the message was handed over{self._why(problem)}"
                )
            if refusal is None:
                handing_over()
                answer = self._end()
                clean = answer.state != "uncertain" and not answer.text.startswith("421")
                return answer
            clean = not refusal.text.startswith("421") and self._reset()
            return refusal
        finally:
            if not clean:
                self._drop()

    def close(self) -> None:
        """Say goodbye."""
        if self._smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._socket.settimeout(5)
                self._smtp.quit()
        self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None

    def _begin(self, sender: str) -> tuple[smtplib.SMTP, int, bytes]:
        """A connection that has answered to MAIL; many servers close theirs after so many messages, or a pause."""
        if self._smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                code, said = self._smtp.mail(sender)
                if code != 421:
                    return self._smtp, code, said
            self._drop()
        self._smtp = self._open()
        return self._smtp, *self._smtp.mail(sender)

    def _content(self, sender: str, recipient: str, message: bytes) -> Answer | None:
        """Everything but the end of a message; an answer where the server did not want it."""
        smtp, code, said = self._begin(sender)
        if code >= 500:
            raise ServerError(
                f"{self.server.shown} takes no mail from {sender} ({self._text(code, said)}); see `sender` in the"
                " recipients' file, and the login"
            )
        if 200 <= code < 300:
            code, said = smtp.rcpt(recipient)
            if code in LOGIN_IS_WRONG:
                said_so = self._text(code, said)
                raise ServerError(f"{self.server.shown} wants a login ({said_so}); set SMTP_USER and SMTP_PASSWORD")
        if 200 <= code < 300:
            code, said = smtp.docmd("DATA")
        if code != 354:
            return Answer("refused" if 500 <= code < 600 else "deferred", self._text(code, said))
        self._socket.sendall(on_the_line(message))
        return None

    @property
    def _socket(self) -> socket.socket:
        """Of the open connection."""
        found = getattr(self._smtp, "sock", None)
        if found is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        return found  # type: ignore[no-any-return]

    def _end(self) -> Answer:
        """The dot that ends a message, and what is answered to it."""
        try:
            self._socket.settimeout(self.server.final_s)
            self._socket.sendall(b".\r\n")
            code, said = self._smtp.getreply()  # type: ignore[union-attr]
            self._socket.settimeout(self.server.command_s)
        except (smtplib.SMTPException, OSError) as problem:
            return Answer("uncertain", f"no answer after the message was handed over{self._why(problem)}")
        text = self._text(code, said)
        if 200 <= code < 300:
            return Answer("sent", text)
        if 400 <= code < 600:
            return Answer("deferred" if code < 500 else "refused", text)
        return Answer("uncertain", f"an answer that nobody understands: {text}")

    def _reset(self) -> bool:
        with contextlib.suppress(smtplib.SMTPException, OSError):
            return self._smtp is not None and self._smtp.rset()[0] == 250
        return False

    # How a connection is opened

    def _open(self) -> smtplib.SMTP:
        smtp = None
        try:
            smtp = self._connected()
            if smtp.sock is not None:
                smtp.sock.settimeout(self.server.command_s)
                # the dot that ends a message goes at once, not when the content before it is acknowledged
                smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._log_in(smtp)
            return smtp
        except BaseException as problem:
            if smtp is not None:
                smtp.close()
            if isinstance(problem, smtplib.SMTPException | OSError | UnicodeError):  # the last: no name of a host
                raise self._as_told(problem) from None
            raise

    def _connected(self) -> smtplib.SMTP:
        server, context = self.server, ssl.create_default_context()
        if server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=server.connect_s, context=context)
            smtp.ehlo_or_helo_if_needed()
            return smtp
        smtp = smtplib.SMTP(server.host, server.port, timeout=server.connect_s)
        try:
            smtp.ehlo_or_helo_if_needed()
            if server.security == "starttls":
                self._encrypt(smtp, context)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _encrypt(self, smtp: smtplib.SMTP, context: ssl.SSLContext) -> None:
        if not smtp.has_extn("starttls"):
            raise ServerError(
                f"{self.server.shown} offers no STARTTLS, and nothing is sent unencrypted; see SMTP_SECURITY"
            )
        code, said = smtp.starttls(context=context)
        if code != 220:
            kind = Unreachable if 400 <= code < 500 else ServerError
            raise kind(f"{self.server.shown} does not begin STARTTLS ({self._text(code, said)}); nothing is sent")
        smtp.ehlo()

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        """One attempt, by PLAIN or LOGIN; a second one could lock the account."""
        server = self.server
        if not server.user:
            return
        offered = smtp.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:
            code, said = smtp.docmd("AUTH", "PLAIN " + _base64(server.login_plain))
        elif "LOGIN" in offered:
            code, said = smtp.docmd("AUTH", "LOGIN " + _base64(server.user))
            if code == 334:
                code, said = smtp.docmd(_base64(server.password))
        else:
            raise ServerError(f"{server.shown} offers no login by PLAIN or LOGIN; leave SMTP_USER out if it needs none")
        if code in (235, 503):
            return
        if 400 <= code < 500:
            raise Unreachable(f"{server.shown} takes no login now ({self._text(code, said)})")
        raise ServerError(
            f"{server.shown} refuses the login ({self._text(code, said)}); check SMTP_USER and SMTP_PASSWORD"
        )

    def _as_told(self, problem: Exception) -> ServerError:
        """An error of the connection as one sentence."""
        where = self.server.shown
        if isinstance(problem, ssl.SSLCertVerificationError):
            why = self.server.scrub(problem.verify_message)
            return ServerError(
                f"{where}: its certificate is not to be trusted ({why}), so nothing is sent; check SMTP_HOST, or name"
                " your own authority in SSL_CERT_FILE"
            )
        if isinstance(problem, ssl.SSLError) and not isinstance(problem, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            reason = (problem.reason or "unknown").replace("_", " ").lower()
            return ServerError(
                f"{where} does not speak {self.server.security.upper()} ({reason}); see SMTP_SECURITY, SMTP_PORT"
            )
        return Unreachable(f"{where} cannot be reached{self._why(problem)}")

    def _why(self, problem: Exception) -> str:
        if isinstance(problem, smtplib.SMTPResponseException):
            return f" ({self._text(problem.smtp_code, problem.smtp_error)})"
        text = getattr(problem, "strerror", None) or str(problem)
        if isinstance(problem, TimeoutError) or text.endswith("timed out"):  # smtplib makes its own error of it
            return " (no answer in time)"
        return f" ({self._text(0, text)})" if text else ""

    def _text(self, code: int, said: bytes | str) -> str:
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        line = " ".join(re.sub(r"[^\x20-\x7e\u00a1-\uffff]+", " ", text).split())
        return self.server.scrub(f"{code} {line}" if code else line)[:300]


def on_the_line(message: bytes) -> bytes:
    """A message as it goes over the line: lines end in CRLF, a dot at their beginning is doubled (RFC 5321, 4.5.2)."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
    lines = lines if lines.endswith(b"\r\n") else lines + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", lines)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
