"""Recording the meeting: decisions and issues added to, or closed in, the tables that people keep by hand."""

from alignment_lib.meeting.meeting import Said, decide

__all__ = ["Said", "decide"]
