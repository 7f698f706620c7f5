"""Commands about when to call: `decroche plan`, and the kill switch."""

from scheduler.cli_pause import pause, resume
from scheduler.cli_plan import READ_CAMPAIGN, plan

__all__ = ["READ_CAMPAIGN", "pause", "plan", "resume"]
