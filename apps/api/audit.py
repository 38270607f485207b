"""``audit/logs``: what happened, with the hashes that prove it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adapters.orm import api_queries
from apps.api.documentation import operation
from apps.api.resource import Body, Resource, read_query
from config.wiring import web
from domain.compliance.audit import AuditEntry
from domain.compliance.audit_extract import WithheldEntry

_LIMIT = 1000


class LogQuery(Body):
    """Which entries."""

    start = serializers.IntegerField(
        default=0, min_value=0, help_text="Index of the first entry wanted."
    )
    limit = serializers.IntegerField(default=100, min_value=1, max_value=_LIMIT)


class EntrySerializer(serializers.Serializer[Any]):
    """One thing that happened."""

    index = serializers.IntegerField(help_text="Position in the log of the whole instance.")
    leaf = serializers.CharField(
        allow_null=True,
        help_text="Canonical JSON (RFC 8785) of what happened, with 256 random bits (nonce). Null "
        "with hash, root and signature where you may not see the real rows that it speaks of.",
    )
    hash = serializers.CharField(
        allow_null=True, help_text="Hex of SHA-256 of 0x00 and the leaf (RFC 6962)."
    )
    root = serializers.CharField(  # type: ignore[assignment]
        allow_null=True, help_text="Hex of the tree head after this entry."
    )
    signature = serializers.CharField(
        allow_null=True, help_text="Hex of the Ed25519 signature of that head."
    )
    said = serializers.DictField(
        allow_null=True,
        help_text="Of an entry without leaf: index, at, actor, action, subject, and why the rest "
        "is withheld.",
    )


class HeadSerializer(serializers.Serializer[Any]):
    """The signed state of the log of the whole instance."""

    size = serializers.IntegerField()
    root = serializers.CharField()  # type: ignore[assignment]
    signature = serializers.CharField()


class LogSerializer(serializers.Serializer[Any]):
    """A page of the organisation's entries."""

    entries = EntrySerializer(many=True)
    next = serializers.IntegerField(
        allow_null=True, help_text="The start of the next page; null when there may be none yet."
    )
    head = HeadSerializer(
        allow_null=True,
        help_text="Of the log of the whole instance; null, as are roots and signatures, where a "
        "guess of an entry that is withheld from you could be tested against it.",
    )
    public_key = serializers.CharField(help_text="Hex of the key that signs the log.")


class AuditLogs(Resource):
    """The organisation's entries of the audit log."""

    @operation(
        tag="Audit",
        summary="Read the audit log",
        parameters=[LogQuery],
        answers={200: LogSerializer},
        refusals=(400,),
    )
    def get(self, request: Request) -> Response:
        query = read_query(LogQuery, request)
        page = web.read_audit()(self.actor, **query)
        entries = page.entries
        head = api_queries.audit_head() if page.heads_told else None
        full = len(entries) == query["limit"]
        return Response(
            {
                "entries": [_entry(e, heads_told=page.heads_told) for e in entries],
                "next": entries[-1].index + 1 if full else None,
                "head": HeadSerializer(head).data if head else None,
                "public_key": web.public_key().hex(),
            }
        )


def _entry(entry: AuditEntry | WithheldEntry, *, heads_told: bool) -> dict[str, Any]:
    if isinstance(entry, WithheldEntry):
        untold = dict.fromkeys(("leaf", "hash", "root", "signature"))
        return {"index": entry.index, **untold, "said": entry.document()}
    return {
        "index": entry.index,
        "leaf": entry.leaf.decode(),
        "hash": entry.leaf_hash.hex(),
        "root": entry.root.hex() if heads_told else None,
        "signature": entry.signature.hex() if heads_told else None,
        "said": None,
    }
