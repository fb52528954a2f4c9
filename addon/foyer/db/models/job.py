"""Durable jobs, the event journal and settings."""

from tortoise import fields
from tortoise.models import Model

from foyer.db.fields import InstantField


class Job(Model):
    """A unit of work that outlives the process (``foyer.jobs``)."""

    id = fields.IntField(primary_key=True)
    kind = fields.TextField()
    title = fields.TextField()
    lane = fields.TextField()
    state = fields.TextField()
    priority = fields.IntField(default=0)
    payload = fields.TextField(default="{}")
    checkpoint = fields.TextField(null=True)
    subject = fields.TextField(null=True)
    dedupe_key = fields.TextField(null=True)
    parent_id = fields.IntField(null=True)
    user_id = fields.IntField(null=True)
    done = fields.FloatField(default=0)
    total = fields.FloatField(null=True)
    unit = fields.TextField(default="")
    message = fields.TextField(null=True)
    attempts = fields.IntField(default=0)
    max_attempts = fields.IntField(default=1)
    fence = fields.IntField(default=0)
    lease_until = InstantField(null=True)
    cancel_requested = fields.BooleanField(default=False)
    error_code = fields.TextField(null=True)
    error_message = fields.TextField(null=True)
    run_after = InstantField(null=True)
    created_at = InstantField()
    started_at = InstantField(null=True)
    finished_at = InstantField(null=True)

    class Meta:
        table = "job"


class JobLog(Model):
    """A line a job wrote about itself."""

    id = fields.IntField(primary_key=True)
    job_id = fields.IntField()
    at = InstantField()
    level = fields.TextField()
    message = fields.TextField()

    class Meta:
        table = "job_log"


class Event(Model):
    """A journalled state change (``foyer.events``)."""

    seq = fields.BigIntField(primary_key=True, generated=False)
    topic = fields.TextField()
    kind = fields.TextField()
    payload = fields.TextField()
    at = InstantField()

    class Meta:
        table = "event"


class Setting(Model):
    """A setting changed from its default, as JSON."""

    key = fields.CharField(max_length=100, primary_key=True)
    value = fields.TextField()
    updated_at = InstantField()

    class Meta:
        table = "setting"
