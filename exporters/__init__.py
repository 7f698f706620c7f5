"""What others read: figures, report, metrics."""
