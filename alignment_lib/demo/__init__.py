"""The embedded demo company: data of the shape a CRM exports, with known truth (`truth`)."""

from alignment_lib.demo.company import generate

__all__ = ["generate"]
