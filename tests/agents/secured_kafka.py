"""A real Kafka whose listeners ask for TLS, a login or a certificate, by an authority of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from kafka.admin import KafkaAdminClient, ScramMechanism, UserScramCredentialUpsertion

from agents import broker_node
from agents.broker import EphemeralBroker, ephemeral_broker
from agents.broker_config import HOST, Ports, free_ports

USER, PASSWORD = "tierline", "s3cret, not shown; ever"
KEY_PASSWORD = "of the key"
LISTENERS = ("TLS", "LOGIN", "OPENLOGIN", "MUTUAL")
_LOGIN = "org.apache.kafka.common.security"


@dataclass
class Secured:
    """The broker, the port of each listener on top of its usual one, and where the certificates are."""

    broker: EphemeralBroker
    ports: dict[str, int]
    folder: Path

    def at(self, listener: str) -> str:
        """What a client of a listener is given."""
        return f"{HOST}:{self.ports[listener]}"


def _properties(folder: Path, ports: dict[str, int]) -> str:
    """What is added to the settings of the broker."""
    listeners = "".join(f",{name}://{HOST}:{port}" for name, port in ports.items())
    scram = f"{_LOGIN}.scram.ScramLoginModule required;"
    plain = f'{_LOGIN}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
    logins = "".join(
        f"listener.name.{name}.{mechanism}.sasl.jaas.config={jaas}\n"
        for name in ("login", "openlogin")
        for mechanism, jaas in (("plain", plain), ("scram-sha-256", scram), ("scram-sha-512", scram))
    )
    return (
        f"listeners=PLAINTEXT://{HOST}:{{clients}},CONTROLLER://{HOST}:{{controller}}{listeners}\n"
        "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL,LOGIN:SASL_SSL,"
        "OPENLOGIN:SASL_PLAINTEXT,MUTUAL:SSL\n"
        "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512\n"
        f"ssl.keystore.type=PEM\nssl.keystore.location={folder}/server.pem\n"
        f"ssl.truststore.type=PEM\nssl.truststore.location={folder}/ca.pem\n"
        f"listener.name.mutual.ssl.client.auth=required\n{logins}"
    )


def make_certificates(folder: Path) -> None:
    """An authority, a server's and a client's certificate by it, and an authority that signed neither."""
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    other.cert_pem.write_to_path(folder / "other-ca.pem")
    server, client = authority.issue_cert(HOST), authority.issue_cert("client.local")
    chain = b"".join(blob.bytes() for blob in server.cert_chain_pems)
    (folder / "server.pem").write_bytes(_key(server, serialization.NoEncryption()) + chain)
    client.cert_chain_pems[0].write_to_path(folder / "client.pem")
    locked = serialization.BestAvailableEncryption(KEY_PASSWORD.encode())
    (folder / "client.key").write_bytes(_key(client, locked))


def _key(leaf: trustme.LeafCert, encryption: serialization.KeySerializationEncryption) -> bytes:
    """The private key in the only form that Kafka reads."""
    key = serialization.load_pem_private_key(leaf.private_key_pem.bytes(), None)
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


@contextmanager
def secured_kafka(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Secured]:
    """The broker for the length of a block."""
    make_certificates(folder)
    ports = dict(zip(LISTENERS, islice(free_ports(), len(LISTENERS)), strict=True))
    usual = broker_node.server_properties

    def with_listeners(data: Path, own: Ports) -> str:
        added = _properties(folder, ports).format(clients=own.clients, controller=own.controller)
        return usual(data, own) + added  # Of two equal names, the later one counts.

    patch.setattr(broker_node, "server_properties", with_listeners)
    with ephemeral_broker() as broker:
        admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
        for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512):
            change = UserScramCredentialUpsertion(USER, mechanism, PASSWORD)
            assert admin.alter_user_scram_credentials([change]) == {USER: None}
        admin.close()
        yield Secured(broker, ports, folder)
