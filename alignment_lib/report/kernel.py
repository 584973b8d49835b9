"""Start a kernel before the parent has imported the packages that talk to it; the two load side by side."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Kernel:
    """A kernel's process and the file that says how to reach it."""

    process: subprocess.Popen[bytes]
    connection_file: Path

    def manager(self) -> Any:
        """A jupyter_client manager that owns this process."""
        from jupyter_client.kernelspec import KernelSpec
        from jupyter_client.manager import AsyncKernelManager
        from jupyter_client.provisioning.local_provisioner import LocalProvisioner

        manager = AsyncKernelManager(connection_file=str(self.connection_file))
        manager.load_connection_file()
        manager._kernel_spec = KernelSpec(argv=[], display_name="Python 3", language="python")
        provisioner = LocalProvisioner(parent=manager, kernel_id="report", kernel_spec=manager._kernel_spec)
        provisioner.process, provisioner.pid = self.process, self.process.pid
        provisioner.pgid = self.process.pid
        manager.provisioner = provisioner
        return manager

    def stop(self) -> None:
        """End the process and everything it started; it holds nothing that is not written yet."""
        if self.process.poll() is None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                self.process.kill()
            self.process.wait(timeout=30)


def start(folder: Path, environment: Mapping[str, str], cwd: Path) -> Kernel:
    """Start a kernel that listens on sockets inside `folder`, which only this user may enter.

    The kernel ends when this process does: it polls its parent.
    """
    connection = folder / "kernel.json"
    details = {
        "transport": "ipc",
        "ip": str(folder / "k"),
        "key": secrets.token_hex(32),
        "signature_scheme": "hmac-sha256",
        "kernel_name": "python3",
        **{f"{name}_port": number for number, name in enumerate(("shell", "iopub", "stdin", "hb", "control"), start=1)},
    }
    descriptor = os.open(connection, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(details, file)
    command = [sys.executable, "-m", "alignment_lib.report.kernel_main", "-f", str(connection)]
    env = {**os.environ, **environment, "JPY_PARENT_PID": str(os.getpid()), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    process = subprocess.Popen(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    return Kernel(process, connection)
