"""What people watched, and what they are watching."""

from tortoise import fields
from tortoise.models import Model

from foyer.db.fields import InstantField


class PlayState(Model):
    """Where a user is in an item."""

    id = fields.IntField(primary_key=True)
    user_id = fields.IntField()
    item_id = fields.IntField()
    position_ms = fields.IntField(default=0)
    watched = fields.BooleanField(default=False)
    play_count = fields.IntField(default=0)
    favourite = fields.BooleanField(default=False)
    rating = fields.IntField(null=True)
    last_played_at = InstantField(null=True)
    updated_at = InstantField()

    class Meta:
        table = "play_state"


class PlaybackSession(Model):
    """One sitting: open while ``ended_at`` is null, history afterwards."""

    id = fields.IntField(primary_key=True)
    user_id = fields.IntField()
    item_id = fields.IntField()
    file_id = fields.IntField(null=True)
    method = fields.TextField()
    reasons = fields.TextField(default="[]")
    state = fields.TextField()
    position_ms = fields.IntField(default=0)
    client = fields.TextField()
    device = fields.TextField()
    address = fields.TextField(null=True)
    started_at = InstantField()
    updated_at = InstantField()
    ended_at = InstantField(null=True)

    class Meta:
        table = "playback_session"
