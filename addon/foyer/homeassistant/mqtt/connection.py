"""One connection to a broker: opened and closed cleanly, and what the broker keeps for us brought to what it should be.

``aiomqtt`` waits for the broker's acknowledgement of everything sent with QoS 1; a broker that stops to answer is an
``MqttError`` within ``TIMEOUT_S``.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import ssl
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import aiomqtt

from foyer.homeassistant.mqtt.topics import OFFLINE, Topics
from foyer.settings.homeassistant import Broker

log = logging.getLogger(__name__)

TIMEOUT_S = 10.0
KEEPALIVE_S = 30
FAREWELL_S = 1.0
_QOS = 1

T = TypeVar("T")


class BrokerConnection:
    """A live connection and what the broker keeps."""

    def __init__(self, client: aiomqtt.Client, topics: Topics) -> None:
        self._client = client
        self._topics = topics
        self._kept: dict[str, str | None] = {}
        """What the broker keeps by topic; ``None`` when it is to be sent again whatever it is."""

    @classmethod
    @asynccontextmanager
    async def open(cls, broker: Broker, topics: Topics) -> AsyncIterator[BrokerConnection]:
        """Connect; at the end say that the server is gone. Raises ``aiomqtt.MqttError`` or ``OSError``."""
        client = aiomqtt.Client(
            broker.host,
            broker.port,
            username=broker.username,
            password=broker.password,
            identifier=f"foyer-{topics.server_id}",
            protocol=aiomqtt.ProtocolVersion.V5 if broker.protocol == "5" else aiomqtt.ProtocolVersion.V311,
            will=aiomqtt.Will(topics.availability, OFFLINE, _QOS, retain=True),
            tls_context=await asyncio.to_thread(ssl.create_default_context) if broker.tls else None,
            timeout=TIMEOUT_S,
            keepalive=KEEPALIVE_S,
            logger=log,
        )
        try:
            await _uncut(client.__aenter__())
        except BaseException:
            # The library leaves the socket of a connection that was never acknowledged open.
            client._client.disconnect()  # noqa: SLF001
            raise
        try:
            yield cls(client, topics)
        except BaseException:
            # The will is for a connection that breaks; this one may end because Foyer does.
            await _briefly(client.publish(topics.availability, OFFLINE, _QOS, retain=True))
            raise
        finally:
            await _briefly(client.__aexit__(None, None, None))

    async def look(self) -> None:
        """Learn what the broker keeps of this server, also of an older version of it.

        What is kept comes before the echo of a message sent after subscribing. A broker that sends none (its rules may
        forbid it) is taken to keep nothing.
        """
        filters = [*self._topics.retained(), self._topics.echo]
        token = secrets.token_hex(8)
        await self.follow(*filters)
        await self.tell(self._topics.echo, token)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                async for message in self._client.messages:
                    topic, payload = str(message.topic), text_of(message)
                    if topic == self._topics.echo and payload == token:
                        break
                    if message.retain and payload:
                        self._kept[topic] = payload
        except TimeoutError:
            log.warning("The MQTT broker does not let Foyer see what it keeps; entities of the past may stay.")
        await _uncut(self._client.unsubscribe(filters))
        if self._topics.availability in self._kept:
            self._kept[self._topics.availability] = None  # the will of the connection before may yet overwrite it

    async def keep(self, tree: Mapping[str, str]) -> None:
        """Have the broker keep exactly this: send what differs, take away what is too much."""
        for topic in [topic for topic in self._kept if topic not in tree]:
            await _uncut(self._client.publish(topic, b"", _QOS, retain=True))
            del self._kept[topic]
        for topic, payload in tree.items():
            if self._kept.get(topic) != payload:
                await _uncut(self._client.publish(topic, payload, _QOS, retain=True))
                self._kept[topic] = payload

    def forget(self) -> None:
        """Send everything again the next time."""
        self._kept = dict.fromkeys(self._kept)

    async def tell(self, topic: str, payload: str) -> None:
        """Send what is true only for a moment."""
        await _uncut(self._client.publish(topic, payload, _QOS))

    async def follow(self, *filters: str) -> None:
        """Hear what is said on some topics in ``messages``."""
        await _uncut(self._client.subscribe([(one, _QOS) for one in filters]))

    @property
    def messages(self) -> AsyncIterator[aiomqtt.Message]:
        """What is said on the topics that are followed."""
        return self._client.messages


async def _uncut(call: Coroutine[Any, Any, T]) -> T:
    """What the library answers, unless the task is to end.

    The library uses ``asyncio.wait_for``, which before Python 3.12 drops a cancellation that comes in the same moment
    as the answer (https://github.com/python/cpython/issues/86296): whoever cancelled would wait for ever.
    """
    answer = await call
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
    return answer


async def _briefly(farewell: Coroutine[Any, Any, None]) -> None:
    """Do what is polite, if it can be done at once."""
    with suppress(aiomqtt.MqttError, TimeoutError):
        async with asyncio.timeout(FAREWELL_S):
            await farewell


def text_of(message: aiomqtt.Message) -> str | None:
    """What a message says; ``None`` when it is no text."""
    try:
        return bytes(message.payload).decode()
    except UnicodeDecodeError:
        return None
