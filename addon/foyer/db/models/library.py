"""Libraries and their folders."""

from tortoise import fields
from tortoise.models import Model

from foyer.db.fields import InstantField


class Library(Model):
    """A named set of folders that hold media of one kind."""

    id = fields.IntField(primary_key=True)
    name = fields.TextField()
    kind = fields.TextField()
    version = fields.IntField(default=1)
    created_at = InstantField()
    scanned_at = InstantField(null=True)
    removed_at = InstantField(null=True)

    class Meta:
        table = "library"


class LibraryFolder(Model):
    """One root of a library; the path is bytes because a file system's names need not be text."""

    id = fields.IntField(primary_key=True)
    library_id = fields.IntField()
    path = fields.BinaryField()
    available = fields.BooleanField(default=True)
    problem = fields.TextField(null=True)
    device = fields.BigIntField(null=True)
    removed_at = InstantField(null=True)

    class Meta:
        table = "library_folder"
