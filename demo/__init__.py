"""The demo: real purchases through a real broker, and an independent recount of what came out."""
