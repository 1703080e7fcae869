"""Whether the brokers let us in, found out before anything else is tried.

A client that is refused says little, and tries again for long. One connection, made by hand, tells at once
whether nobody answers, the certificate is not trusted, or the login is wrong.
"""

import asyncio
import ssl
import time

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError, KafkaError

from agents.broker_probe import wait_reachable
from agents.errors import UserError
from topics.connection import Connection, host_of

ATTEMPT_MS = 3_000
PAUSE_S = 0.1


class Refused(UserError):
    """A broker answered, and does not let us in as we are."""


def wait_admitted(connection: Connection, seconds: float) -> None:
    """Returns once a broker has let us in.

    Raises Refused at once when one does not, UserError when none answers within `seconds`.
    """
    if connection.plain:
        wait_reachable(str(connection), seconds)
        return
    deadline = time.monotonic() + seconds
    while True:
        last = asyncio.run(_knock(connection))
        if not last:
            return
        if time.monotonic() >= deadline:
            raise UserError(
                f"no Kafka answers at {connection} with {connection.protocol} ({last}): check the address "
                "and the port, since each of Kafka's listeners speaks one protocol."
            )
        time.sleep(PAUSE_S)


async def _knock(connection: Connection) -> str:
    """ "" once one broker lets us in, else why none can be talked to. Raises Refused."""
    why = ""
    for server in connection.servers:
        port = int(server.rpartition(":")[2])
        try:
            entered = await create_conn(
                host_of(server), port, request_timeout_ms=ATTEMPT_MS, **connection.security
            )
        except ssl.SSLCertVerificationError as error:
            raise Refused(
                f"The certificate of Kafka at {server} is not trusted ({error.verify_message}): name the "
                "authority that signed it in tls_ca, and the broker by a name that the certificate has."
            ) from None
        except (KafkaConnectionError, TimeoutError, OSError) as error:
            why = str(getattr(error, "reason", "") or getattr(error, "strerror", "") or type(error).__name__)
        except KafkaError as error:
            raise Refused(
                f"Kafka at {server} does not let {connection.username} in ({type(error).__name__}): check "
                "sasl_username, sasl_password, and whether it knows the login under sasl_mechanism "
                f"{connection.mechanism}."
            ) from None
        else:
            entered.close()
            return ""
    return why
