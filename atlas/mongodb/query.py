from typing import Any

from django_mongodb_backend import query

from atlas.mongodb.documents import Document, dotted, embedded_path, without_identities
from atlas.mongodb.prepared import count_documents

BATCH = 500


class MongoQuery(query.MongoQuery):
    """Sends `find` where no pipeline is needed: the planner serves its sort from an index."""

    project_fields: Document | None
    extra_fields: Document | None

    def get_cursor(self) -> Any:
        arguments = self.find_arguments()
        if arguments is None:
            return super().get_cursor()
        return self.compiler.collection.find(**arguments, session=self.compiler.connection.session)

    def get_pipeline(self) -> list[Document]:
        self.project_fields = dotted(self.project_fields or {})
        self.extra_fields = without_identities(self.extra_fields or {})
        pipeline: list[Document] = super().get_pipeline()
        return pipeline

    def count(self, *, limit: int | None = None) -> int:
        """How many documents the query finds; with a `limit`, counting stops there."""
        collection, session = self.compiler.collection, self.compiler.connection.session
        if self.find_arguments() is None:
            stop = [{"$limit": limit}] if limit else []
            rows = collection.aggregate([*self.get_pipeline(), *stop, {"$count": "rows"}], session=session)
            return sum(row["rows"] for row in rows)
        return count_documents(collection, self.match_mql, session=session, limit=limit or 0)

    def find_arguments(self) -> Document | None:
        if (
            self.search_pipeline
            or self.lookup_pipeline
            or self.subqueries
            or self.aggregation_pipeline
            or self.combinator_pipeline
            or self.subquery_lookup
        ):
            return None
        projected = self.project_fields or {}
        computed = without_identities(self.extra_fields or {})
        computed |= {name: value for name, value in projected.items() if value != 1}
        # Only "__order1" and so on are there for the sort alone.
        paths = {name: embedded_path(value) for name, value in computed.items() if name.startswith("__order")}
        if paths.keys() != computed.keys() or None in paths.values():
            return None
        low, high = self.query.low_mark, self.query.high_mark
        return {
            "filter": self.match_mql,
            "projection": {name: 1 for name in projected if name not in computed} or None,
            "sort": [(paths.get(name, name), order) for name, order in self.ordering.items()] or None,
            "skip": low,
            "limit": 0 if high is None else high - low,
            # Else the server sends as many as 16 MB hold, and iterator() would be no stream.
            "batch_size": BATCH if high is None else 0,
        }
