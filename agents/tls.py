"""TLS to the brokers: certificates checked against authorities and host names, always."""

import ssl
from functools import lru_cache
from pathlib import Path

from agents.errors import UserError

WRONG = 2


@lru_cache(1)
def context_of(ca: Path | None, cert: Path | None, key: Path | None, key_password: str) -> ssl.SSLContext:
    """What a client's connections are wrapped in. Raises UserError for a file that cannot be used."""
    try:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise UserError(f"tls_ca {ca} cannot be used ({_why(error)}): name a PEM file.", WRONG) from None
    if cert is None and key is not None:
        raise UserError(
            "tls_key is set without tls_cert: name the certificate that the key belongs to.", WRONG
        )
    if cert is not None:
        try:  # A password is always passed: without one, an encrypted key would be asked for at the terminal.
            context.load_cert_chain(cert, key, lambda: key_password)
        except (OSError, ssl.SSLError) as error:
            raise UserError(
                f"tls_cert {cert} cannot be used with tls_key {key or cert} ({_why(error)}): name PEM files "
                "that belong together, and tls_key_password if the key is encrypted.", WRONG,
            ) from None  # fmt: skip
    return context


def _why(error: Exception) -> str:
    return str(getattr(error, "reason", "") or getattr(error, "strerror", "") or error)
