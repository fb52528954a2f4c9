"""The item graph: what people look for, whatever files it is made of."""

from tortoise import fields
from tortoise.models import Model

from foyer.db.fields import InstantField


class Item(Model):
    """A movie, series, season, episode, music video, artist or home video.

    ``identity`` is the normalised name that makes an item the same on the next scan; unique for a kind in a library.
    ``folded_title`` is the title without case and accents, ``position`` what children are ordered by within their
    parent. ``hidden`` items have no file at hand: every file is missing. ``latest_at`` of a series is when its newest
    episode came.
    """

    id = fields.IntField(primary_key=True)
    library_id = fields.IntField()
    kind = fields.TextField()
    parent_id = fields.IntField(null=True)
    series_id = fields.IntField(null=True)
    identity = fields.TextField()
    title = fields.TextField()
    sort_title = fields.TextField()
    original_title = fields.TextField(null=True)
    year = fields.IntField(null=True)
    premiered = fields.TextField(null=True)
    tagline = fields.TextField(null=True)
    overview = fields.TextField(null=True)
    season_number = fields.IntField(null=True)
    number = fields.IntField(null=True)
    last_number = fields.IntField(null=True)
    absolute_number = fields.IntField(null=True)
    duration_ms = fields.IntField(null=True)
    height = fields.IntField(null=True)
    hdr = fields.TextField(null=True)
    community_rating = fields.FloatField(null=True)
    content_rating = fields.TextField(null=True)
    locked_fields = fields.TextField(default="[]")
    folded_title = fields.TextField(default="")
    position = fields.BigIntField(default=0)
    hidden = fields.BooleanField(default=False)
    latest_at = fields.BigIntField(default=0)
    added_at = InstantField()
    updated_at = InstantField()

    class Meta:
        table = "item"


class ExternalId(Model):
    """The number another catalogue gives an item."""

    id = fields.IntField(primary_key=True)
    item_id = fields.IntField()
    provider = fields.TextField()
    value = fields.TextField()

    class Meta:
        table = "external_id"


class Person(Model):
    """Someone who takes part in a film, by name."""

    id = fields.IntField(primary_key=True)
    name = fields.TextField()

    class Meta:
        table = "person"


class Credit(Model):
    """What a person did for an item."""

    id = fields.IntField(primary_key=True)
    item_id = fields.IntField()
    person_id = fields.IntField()
    role = fields.TextField()
    character = fields.TextField(null=True)
    position = fields.IntField(default=0)

    class Meta:
        table = "credit"


class Label(Model):
    """A genre, tag, studio, category or collection."""

    id = fields.IntField(primary_key=True)
    kind = fields.TextField()
    name = fields.TextField()

    class Meta:
        table = "label"


class ItemLabel(Model):
    """An item carries a label."""

    id = fields.IntField(primary_key=True)
    item_id = fields.IntField()
    label_id = fields.IntField()

    class Meta:
        table = "item_label"


class ItemArtist(Model):
    """An artist, itself an item, appears in a music video."""

    id = fields.IntField(primary_key=True)
    item_id = fields.IntField()
    artist_id = fields.IntField()
    position = fields.IntField(default=0)

    class Meta:
        table = "item_artist"


class Artwork(Model):
    """A picture of an item; its bytes live in the data folder under ``content_hash``."""

    id = fields.IntField(primary_key=True)
    item_id = fields.IntField()
    kind = fields.TextField()
    source = fields.TextField()
    content_hash = fields.TextField()
    width = fields.IntField(null=True)
    height = fields.IntField(null=True)
    color = fields.TextField(null=True)

    class Meta:
        table = "artwork"
