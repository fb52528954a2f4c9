"""The GraphQL API: types, resolvers, loaders, limits and its transports. Thin: the rules live in the services."""

from foyer.api.schema.context import Caller, Context, Services
from foyer.api.schema.schema import FoyerSchema, build_schema
from foyer.api.schema.view import mount

__all__ = ["Caller", "Context", "FoyerSchema", "Services", "build_schema", "mount"]
