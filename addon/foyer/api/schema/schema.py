"""The schema: every noun's queries, mutations and subscriptions put together."""

from __future__ import annotations

import strawberry
from strawberry.tools import merge_types

from foyer.api.schema.common import config
from foyer.api.schema.documents import Documents
from foyer.api.schema.guard import Guard
from foyer.api.schema.job import JobMutations, JobQueries
from foyer.api.schema.nodes import NodeQueries
from foyer.api.schema.system import SystemMutations, SystemQueries


class FoyerSchema(strawberry.Schema):
    """The schema with what is prepared once for all requests."""

    documents: Documents

    def process_errors(self, *_: object) -> None:
        """Nothing: ``guard`` logs what was not expected, once and with the request's id."""


def build_schema() -> FoyerSchema:
    """A fresh schema; building it takes about as long as importing its modules."""
    schema = FoyerSchema(
        query=merge_types("Query", (SystemQueries, NodeQueries, JobQueries)),
        mutation=merge_types("Mutation", (SystemMutations, JobMutations)),
        extensions=[Guard],
        config=config(),
    )
    schema.documents = Documents(schema._schema)  # noqa: SLF001 - the graphql-core schema has no public name
    return schema
