"""One Spark session for all tests of engines, and a folder of Parquet as its tables."""

from __future__ import annotations

import gc
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

OLDEST_JAVA = 17
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "3g",
    "spark.log.level": "ERROR",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",  # starts sooner, nothing else
}


def java_problem() -> str | None:
    """Why Spark cannot start here, in one sentence; None if it can."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None or not Path(java).exists():
        return f"make test-engines needs Java {OLDEST_JAVA} or later for Spark, and there is no java; install one"
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < OLDEST_JAVA:
        found = version[1] if version else "one that does not tell its version"
        return (
            f"make test-engines needs Java {OLDEST_JAVA} or later for Spark, and {java} is {found}; install a later one"
        )
    return None


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A local Spark of two threads, on loopback, ANSI mode as it is by default."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        pytest.exit("PySpark is not installed; run: make test-engines", returncode=2)
    problem = java_problem()
    if problem:
        pytest.exit(problem, returncode=2)
    builder = SparkSession.builder.master("local[2]").appName("alignment")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    session = builder.config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse"))).getOrCreate()
    assert session.conf.get("spark.sql.ansi.enabled") == "true"
    yield session
    gc.collect()  # Ibis lets go of what it keeps in Spark while Spark is still there
    session.stop()


@pytest.fixture(scope="session")
def connect(spark: Any) -> Callable[[Path], Any]:
    """A folder of Parquet files → an Ibis connection that has them as tables."""
    import ibis

    def connect(folder: Path) -> Any:
        for file in folder.glob("*.parquet"):
            spark.read.parquet(str(file)).createOrReplaceTempView(file.stem)
        return ibis.pyspark.connect(spark)

    return connect
