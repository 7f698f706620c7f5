"""Estimators: pure functions, one idea a module. Source of the formulas: measure.md §4 and the works each one names."""
