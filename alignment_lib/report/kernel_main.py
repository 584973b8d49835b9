"""The kernel's process: as `ipykernel_launcher`, but it loads what reports need while it waits for its first cell."""

from __future__ import annotations

import gc
import threading
from typing import Any


def preload() -> None:
    """Import the heavy packages; a failure here shows up again, and properly, in the cell that needs them."""
    try:
        import ibis  # noqa: I001 - the order in which a report needs them
        import alignment_lib.report.session
        import ibis.backends.duckdb  # noqa: F401
        import pandas  # noqa: F401
        import alignment_lib.page.charts.frame
        import matplotlib.figure
        import matplotlib.backends.backend_svg  # noqa: F401
        import alignment_lib.blocks.weekly  # noqa: F401
        import scipy.special  # noqa: F401
    except ImportError:
        pass
    gc.freeze()  # what is loaded stays until the end


if __name__ == "__main__":
    # a report makes objects by the million, nearly none of them in circles: at Python's usual pace the collector takes
    # a tenth of its time and finds nothing
    gc.set_threshold(100_000, 50, 100)
    from ipykernel.kernelapp import IPKernelApp

    app: Any = IPKernelApp.instance()
    app.initialize()
    threading.Thread(target=preload, name="preload", daemon=True).start()
    app.start()
