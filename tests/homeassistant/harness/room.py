"""Things of a house besides its media players: a lamp that can be dimmed, and what stands for sensors and a phone."""

from __future__ import annotations

ROOM = """\
scene:
light:
  - platform: lamp
input_boolean:
  lights:
    name: Lights
  doorbell:
    name: Doorbell
  front_door:
    name: Front door
  bedroom_occupied:
    name: Bedroom occupied
input_number:
  surplus:
    name: Surplus
    min: -10000
    max: 10000
    initial: -300
input_text:
  last_title:
    name: Last title
"""
