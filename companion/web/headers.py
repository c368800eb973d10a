"""What every answer carries: no scripts or styles inline, no framing, no referrer, nothing personal cached."""

import hashlib
from pathlib import Path

from flask import request, session

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def add(response):
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Permissions-Policy"] = "geolocation=(), camera=(), microphone=()"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "public, max-age=604800"
    else:
        response.headers["Cache-Control"] = "no-store"
    return response


def fingerprints(folder: str):
    """What `url_for` adds to the address of a file of ours: a mark of its content.

    Browsers keep these files for a week; without it an upgrade would show new pages in an old dress.
    """
    marks = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:8]
        for path in Path(folder).iterdir()
        if path.is_file()
    }

    def add_mark(endpoint: str, values: dict) -> None:
        if endpoint == "static" and values.get("filename") in marks:
            values.setdefault("v", marks[values["filename"]])

    return add_mark


def may_compress() -> bool:
    """Signed-in pages echo what was typed beside secrets: compressing them would tell lengths (BREACH)."""
    return request.endpoint == "static" or "_user_id" not in session
