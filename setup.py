"""What pyproject.toml cannot say: the wheel holds the notebooks and params that lie beside the library."""

from pathlib import Path
from shutil import copyfile

from setuptools import setup
from setuptools.command.build_py import build_py

SHIPPED = ("notebooks/*.ipynb", "params/*.yaml", "params/*.md", "params/sources/*.yaml", "params/crms/*.yaml")


class WithHome(build_py):
    """The library, and the folder alignment_lib/home."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            for file in (f for pattern in SHIPPED for f in sorted(Path().glob(pattern))):
                target = Path(self.build_lib, "alignment_lib", "home", file)
                target.parent.mkdir(parents=True, exist_ok=True)
                copyfile(file, target)


setup(cmdclass={"build_py": WithHome})
