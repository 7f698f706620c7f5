"""One call: what to do, what happened, what it means."""
