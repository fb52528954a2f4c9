"""Things of a house, made of Home Assistant's own helpers: a lamp that can be dimmed, a doorbell, a television."""

from __future__ import annotations

ROOM = """\
scene:
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
  lamp:
    name: Lamp
    min: 0
    max: 255
    initial: 200
  surplus:
    name: Surplus
    min: -10000
    max: 10000
    initial: -300
input_text:
  last_title:
    name: Last title
input_select:
  television:
    name: Television
    options: ["idle", "playing", "paused"]
light:
  - platform: template
    lights:
      lamp:
        friendly_name: Lamp
        unique_id: lamp
        level_template: "{{ states('input_number.lamp') | int }}"
        value_template: "{{ states('input_number.lamp') | int > 0 }}"
        turn_on:
          service: input_number.set_value
          target: {entity_id: input_number.lamp}
          data: {value: 255}
        turn_off:
          service: input_number.set_value
          target: {entity_id: input_number.lamp}
          data: {value: 0}
        set_level:
          service: input_number.set_value
          target: {entity_id: input_number.lamp}
          data: {value: "{{ brightness }}"}
media_player bedroom:
  - platform: universal
    name: Bedroom television
    unique_id: bedroom_television
    state_template: "{{ states('input_select.television') }}"
    commands:
      play_media: &playing
        service: input_select.select_option
        target: {entity_id: input_select.television}
        data: {option: playing}
      media_play: *playing
      media_pause:
        service: input_select.select_option
        target: {entity_id: input_select.television}
        data: {option: paused}
      media_stop:
        service: input_select.select_option
        target: {entity_id: input_select.television}
        data: {option: idle}
"""
