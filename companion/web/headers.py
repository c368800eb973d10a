"""What every answer carries: no scripts or styles inline, no framing, no referrer, nothing personal cached."""

from flask import request
from flask_login import current_user

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


def may_compress() -> bool:
    """Signed-in pages echo what was typed beside secrets: compressing them would tell lengths (BREACH)."""
    return request.endpoint == "static" or not current_user.is_authenticated
