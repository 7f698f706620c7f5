"""The monthly report: one Report object, its figures, its pages."""
