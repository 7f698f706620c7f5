"""The called side, shipped: demo, tests and documents use the same cast."""

SIMULATED = "simulated"
"""Name of the campaign whose calls were made on a clock that jumps: every page that shows it says so."""
