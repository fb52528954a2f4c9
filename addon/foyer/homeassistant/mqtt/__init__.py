"""Foyer as one device of Home Assistant, by MQTT discovery, whenever a broker is offered."""

from foyer.homeassistant.mqtt.machine import Machine
from foyer.homeassistant.mqtt.part import MqttPart, MqttState, MqttStatus
from foyer.homeassistant.mqtt.snapshot import Release
from foyer.homeassistant.mqtt.survey import Survey

__all__ = ["Machine", "MqttPart", "MqttState", "MqttStatus", "Release", "Survey"]
