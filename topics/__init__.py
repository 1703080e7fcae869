"""The contracts: every topic, every message, bytes to values and back."""
