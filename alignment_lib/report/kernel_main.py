"""The kernel's process: as `ipykernel_launcher`, but it loads what reports need while it waits for its first cell."""

from __future__ import annotations

import threading


def preload() -> None:
    """Import the heavy packages; a failure here shows up again, and properly, in the cell that needs them."""
    try:
        import ibis  # noqa: F401, I001 - the order in which a report needs them
        import alignment_lib.report.session  # noqa: F401
        import ibis.backends.duckdb  # noqa: F401
        import pandas  # noqa: F401
        import alignment_lib.charts.frame  # noqa: F401
        import matplotlib.figure  # noqa: F401
        import matplotlib.backends.backend_svg  # noqa: F401
    except ImportError:
        pass


if __name__ == "__main__":
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    app.initialize()
    threading.Thread(target=preload, name="preload", daemon=True).start()
    app.start()
