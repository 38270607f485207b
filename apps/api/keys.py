"""``keys``: make and revoke API keys."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.documentation import identifier, operation
from apps.api.resource import Body, Resource, read
from config.wiring import web
from domain.kernel import ApiKeyId, Permission


class KeyBody(Body):
    """The key wanted."""

    name = serializers.CharField(help_text="What the key is for.")
    days = serializers.IntegerField(default=365, help_text="How long the key lives.")


class NewKeySerializer(serializers.Serializer[Any]):
    """A new key with its secret."""

    id = serializers.UUIDField()
    secret = serializers.CharField(help_text="Shown this once; only its hash is kept.")


class Keys(Resource):
    """Make an API key."""

    @operation(
        tag="Keys",
        summary="Make an API key",
        description="The key acts as you, with your role.",
        request=KeyBody,
        answers={201: NewKeySerializer},
        refusals=(400,),
        example={"name": "nightly export", "days": 90},
    )
    def post(self, request: Request) -> Response:
        self.actor.require(Permission.MANAGE_KEYS)
        made = web.create_api_key()(self.actor, **read(KeyBody, request))
        document = {"id": str(made.id), "secret": made.secret}
        return Response(document, status=status.HTTP_201_CREATED)


class Key(Resource):
    """End an API key."""

    @operation(
        tag="Keys",
        summary="Revoke an API key",
        parameters=[identifier("an API key")],
        answers={204: None},
        refusals=(404,),
    )
    def delete(self, request: Request, id: UUID) -> Response:
        web.revoke_api_key()(self.actor, key_id=ApiKeyId(id))
        return Response(status=status.HTTP_204_NO_CONTENT)
