"""Every route with a sample of its arguments; a route without one fails its test."""

MINE = {"caseworker", "supervisor"}


def rules(app):
    """(rule, method) for everything that can be asked for."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule, method


def sample(rule, here) -> dict:
    """Arguments that lead to something that exists; raises KeyError with the name that has none."""
    door = rule.endpoint.split(".")[0]
    tokens = {"checkin": "open", "family": "family", "auth": "staff"}
    values = {
        "token": lambda: here.tokens[tokens[door]],
        "ref": lambda: here.refs[
            {"importing": "draft", "alerts": "alert", "cases": "message"}.get(door, "person")
        ],
        "member_ref": lambda: here.tokens["member"],
        "alert_ref": lambda: here.refs["alert"],
        "staff_ref": lambda: here.refs["staff"],
        "message_ref": lambda: here.refs["message"],
        "wording_ref": lambda: here.refs["wording"],
        "offer_ref": lambda: here.refs["offer"],
        "purpose": lambda: "reminder",
        "variant": lambda: "a",
        "act": lambda: "setujui",
        "week": lambda: 1,
        "filename": lambda: "style.css",
    }
    return {name: values[name]() for name in rule.arguments}


def url(app, rule, here, **other) -> str:
    with app.test_request_context():
        from flask import url_for

        return url_for(rule.endpoint, **(sample(rule, here) | other))


def belongs_to_somebody(rule) -> bool:
    """Whether the address leads to one graduate's record or one member of staff's draft."""
    return any(name.endswith("ref") for name in rule.arguments) and not rule.endpoint.startswith("carrier.")
