"""Requests without the one sign that PostgreSQL keeps in no text: NUL.

Nobody types it, scanners send it, and the driver raises an error for it. Out of a form it is taken, since a call
for help in the same form still counts; an address with it leads nowhere.
"""

import flask
from werkzeug.datastructures import FileStorage, ImmutableMultiDict
from werkzeug.routing import UnicodeConverter, ValidationError

NUL = "\0"


class Fields(ImmutableMultiDict):
    """What a query or a form says, and the files that came with it."""

    def __init__(self, pairs=()):
        super().__init__([(name, _without(value)) for name, value in pairs])


def _without(value):
    if isinstance(value, FileStorage):
        value.filename = value.filename and value.filename.replace(NUL, "")
        return value
    return value.replace(NUL, "")


class Request(flask.Request):
    parameter_storage_class = Fields


class Piece(UnicodeConverter):
    """One part of an address: a ref, a token, a word."""

    def to_python(self, value: str) -> str:
        if NUL in value:
            raise ValidationError
        return value
