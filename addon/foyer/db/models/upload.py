"""Files on their way into a library."""

from tortoise import fields
from tortoise.models import Model

from foyer.db.fields import InstantField


class Upload(Model):
    """One file somebody sends, in pieces; paths are bytes as everywhere."""

    id = fields.IntField(primary_key=True)
    user_id = fields.IntField(null=True)
    library_id = fields.IntField(null=True)
    folder_id = fields.IntField(null=True)
    root = fields.BinaryField()
    directory = fields.BinaryField()
    name = fields.BinaryField()
    part = fields.BinaryField()
    size = fields.BigIntField()
    received = fields.BigIntField(default=0)
    unverified_from = fields.BigIntField(null=True)
    made_directories = fields.IntField(default=0)
    state = fields.TextField()
    problem = fields.TextField(null=True)
    created_at = InstantField()
    expires_at = InstantField()

    class Meta:
        table = "upload"
