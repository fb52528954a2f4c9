"""Media files and what was found in them."""

from tortoise import fields
from tortoise.models import Model

from foyer.db.fields import InstantField


class MediaFile(Model):
    """A file on disk; ``content_hash`` is of its size and parts, so that a renamed file is known again."""

    id = fields.IntField(primary_key=True)
    library_id = fields.IntField()
    folder_id = fields.IntField()
    path = fields.BinaryField()
    size = fields.BigIntField()
    mtime_ns = fields.BigIntField()
    content_hash = fields.BinaryField(null=True)
    state = fields.TextField()
    problem = fields.TextField(null=True)
    missing_since = InstantField(null=True)
    container = fields.TextField(null=True)
    duration_ms = fields.IntField(null=True)
    start_us = fields.IntField(default=0)
    bit_rate = fields.IntField(null=True)
    tags = fields.TextField(default="{}")
    added_at = InstantField()
    probed_at = InstantField(null=True)
    scan_mark = fields.IntField(default=0)
    pictured_at = InstantField(null=True)

    class Meta:
        table = "media_file"


class ItemFile(Model):
    """A file shows an item; several files may be parts, versions or extras of one item, one file several episodes."""

    id = fields.IntField(primary_key=True)
    item_id = fields.IntField()
    file_id = fields.IntField()
    part = fields.IntField(null=True)
    edition = fields.TextField(null=True)
    version = fields.TextField(null=True)
    extra = fields.TextField(null=True)

    class Meta:
        table = "item_file"


class MediaStream(Model):
    """One elementary stream of a file (``foyer.media.info.StreamInfo``)."""

    id = fields.IntField(primary_key=True)
    file_id = fields.IntField()
    stream_index = fields.IntField()
    kind = fields.TextField()
    codec = fields.TextField()
    codec_string = fields.TextField(null=True)
    profile = fields.TextField(null=True)
    level = fields.IntField(null=True)
    bit_rate = fields.IntField(null=True)
    time_base_num = fields.IntField(default=1)
    time_base_den = fields.IntField(default=1)
    start_pts = fields.BigIntField(null=True)
    duration_ticks = fields.BigIntField(null=True)
    frame_count = fields.IntField(null=True)
    language = fields.TextField(null=True)
    title = fields.TextField(null=True)
    is_default = fields.BooleanField(default=False)
    is_forced = fields.BooleanField(default=False)
    is_hearing_impaired = fields.BooleanField(default=False)
    is_visual_impaired = fields.BooleanField(default=False)
    is_commentary = fields.BooleanField(default=False)
    is_attached_picture = fields.BooleanField(default=False)
    width = fields.IntField(null=True)
    height = fields.IntField(null=True)
    pixel_format = fields.TextField(null=True)
    bit_depth = fields.IntField(null=True)
    sar_num = fields.IntField(null=True)
    sar_den = fields.IntField(null=True)
    frame_rate_num = fields.IntField(null=True)
    frame_rate_den = fields.IntField(null=True)
    is_interlaced = fields.BooleanField(default=False)
    rotation = fields.IntField(default=0)
    hdr = fields.TextField(null=True)
    color_primaries = fields.TextField(null=True)
    color_transfer = fields.TextField(null=True)
    color_space = fields.TextField(null=True)
    channels = fields.IntField(null=True)
    channel_layout = fields.TextField(null=True)
    sample_rate = fields.IntField(null=True)

    class Meta:
        table = "media_stream"


class Subtitle(Model):
    """A subtitle track of a file, embedded (``stream_index``) or beside it (``path``), with its cues once extracted."""

    id = fields.IntField(primary_key=True)
    file_id = fields.IntField()
    stream_index = fields.IntField(null=True)
    path = fields.BinaryField(null=True)
    mtime_ns = fields.BigIntField(null=True)
    codec = fields.TextField()
    is_text = fields.BooleanField(default=True)
    language = fields.TextField(null=True)
    title = fields.TextField(null=True)
    is_default = fields.BooleanField(default=False)
    is_forced = fields.BooleanField(default=False)
    is_hearing_impaired = fields.BooleanField(default=False)
    cues = fields.BinaryField(null=True)

    class Meta:
        table = "subtitle"


class Chapter(Model):
    """A chapter of a file, in microseconds of its timeline."""

    id = fields.IntField(primary_key=True)
    file_id = fields.IntField()
    start_us = fields.BigIntField()
    end_us = fields.BigIntField()
    title = fields.TextField(null=True)

    class Meta:
        table = "chapter"


class BoundaryIndex(Model):
    """The serialised ``foyer.media.index.FileIndex`` of a file."""

    file_id = fields.IntField(primary_key=True)
    version = fields.IntField()
    data = fields.BinaryField()

    class Meta:
        table = "boundary_index"


class Trickplay(Model):
    """The geometry of a file's preview sheets."""

    file_id = fields.IntField(primary_key=True)
    interval_ms = fields.IntField()
    tile_width = fields.IntField()
    tile_height = fields.IntField()
    columns = fields.IntField()
    rows = fields.IntField()
    count = fields.IntField()

    class Meta:
        table = "trickplay"


class PictureFile(Model):
    """A picture beside media: what it shows once that is known, and whether it has been taken in."""

    path = fields.BinaryField(primary_key=True)
    folder_id = fields.IntField()
    size = fields.BigIntField()
    mtime_ns = fields.BigIntField()
    item_id = fields.IntField(null=True)
    kind = fields.TextField(null=True)
    stored_at = InstantField(null=True)

    class Meta:
        table = "picture_file"
