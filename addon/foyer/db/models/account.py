"""Users, what they may open, and how they prove who they are."""

from tortoise import fields
from tortoise.models import Model

from foyer.db.fields import InstantField


class User(Model):
    """A person; without a password hash they enter only through Home Assistant."""

    id = fields.IntField(primary_key=True)
    name = fields.TextField()
    display_name = fields.TextField()
    role = fields.TextField()
    role_by_hand = fields.BooleanField(default=False)
    left_home_assistant = fields.BooleanField(default=False)
    password_hash = fields.TextField(null=True)
    home_assistant_id = fields.TextField(null=True)
    all_libraries = fields.BooleanField(default=True)
    disabled = fields.BooleanField(default=False)
    preferences = fields.TextField(default="{}")
    version = fields.IntField(default=1)
    created_at = InstantField()
    last_seen_at = InstantField(null=True)

    class Meta:
        table = "user"


class UserLibrary(Model):
    """A library opened to a user who does not see all of them."""

    id = fields.IntField(primary_key=True)
    user_id = fields.IntField()
    library_id = fields.IntField()

    class Meta:
        table = "user_library"


class LoginSession(Model):
    """A signed-in device: one rotating refresh token, of which only the hash is kept."""

    id = fields.IntField(primary_key=True)
    user_id = fields.IntField()
    refresh_hash = fields.BinaryField()
    previous_hash = fields.BinaryField(null=True)
    device = fields.TextField()
    address = fields.TextField(null=True)
    created_at = InstantField()
    last_used_at = InstantField()
    expires_at = InstantField()
    revoked_at = InstantField(null=True)

    class Meta:
        table = "login_session"


class ApiKey(Model):
    """A scoped secret for scripts, of which only the hash is kept."""

    id = fields.IntField(primary_key=True)
    user_id = fields.IntField()
    name = fields.TextField()
    prefix = fields.TextField()
    secret_hash = fields.BinaryField()
    scopes = fields.TextField()
    created_at = InstantField()
    last_used_at = InstantField(null=True)
    expires_at = InstantField(null=True)

    class Meta:
        table = "api_key"


class Audit(Model):
    """Who did what of consequence, from where."""

    id = fields.IntField(primary_key=True)
    at = InstantField()
    user_id = fields.IntField(null=True)
    action = fields.TextField()
    subject = fields.TextField(null=True)
    address = fields.TextField(null=True)
    details = fields.TextField(default="{}")

    class Meta:
        table = "audit"
