"""Whom to call, when; then make it so."""
