"""The called side, shipped: demo, tests and documents use the same cast."""
