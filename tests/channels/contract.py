"""Twilio's own description of its API, as something that says whether a request or an answer fits it."""

import json
import re
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker

DOCUMENT = json.loads((Path(__file__).parents[1] / "data/twilio/messages.json").read_text(encoding="utf-8"))
LIST = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
ONE = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"

formats = FormatChecker(formats=())


@formats.checks("uri")
def _is_uri(value) -> bool:
    # The document says uri of the carrier's page addresses too, but the carrier sends paths: both pass.
    return not isinstance(value, str) or bool(urlsplit(value).netloc) or value.startswith("/2010-04-01/")


@formats.checks("phone-number")
def _is_phone_number(value) -> bool:
    # In From it may be a name of up to eleven characters instead (the document's own description).
    return not isinstance(value, str) or bool(
        re.fullmatch(r"\+[1-9]\d{6,14}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}", value)
    )


@formats.checks("date-time-rfc-2822", raises=ValueError)
def _is_rfc2822(value) -> bool:
    return not isinstance(value, str) or parsedate_to_datetime(value).tzinfo is not None


@formats.checks("currency")
def _is_currency(value) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch("[A-Z]{3}", value))


def _as_json_schema(part):
    """OpenAPI 3.0 in JSON Schema: nullable becomes a type, references stay inside this document."""
    if isinstance(part, list):
        return [_as_json_schema(each) for each in part]
    if not isinstance(part, dict):
        return part
    schema = {key: _as_json_schema(value) for key, value in part.items() if key != "nullable"}
    if part.get("nullable"):
        schema["type"] = [schema["type"], "null"]
    return schema


_ALL = _as_json_schema(DOCUMENT)


def _check(schema: dict, value) -> None:
    whole = {"components": _ALL["components"], "allOf": [schema]}
    Draft202012Validator(whole, format_checker=formats).validate(value)


def _template(path: str) -> tuple[str, dict[str, str]]:
    for template in (LIST, ONE):
        names = re.findall(r"{(\w+)}", template)
        match = re.fullmatch(re.sub(r"{\w+}", "([^/]+)", template.replace(".json", r"\.json")), path)
        if match:
            return template, dict(zip(names, match.groups(), strict=True))
    raise AssertionError(f"no such address at the carrier: {path}")


def _typed(value: str, schema: dict) -> object:
    """A form field or query parameter as the type the document gives it; a wrong one stays a string and fails."""
    return int(value) if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", value) else value


def check_request(call) -> None:
    """Hold one request, as it arrived, against the document. Raises ValidationError or AssertionError."""
    template, in_path = _template(call.path)
    operation = _ALL["paths"][template][call.method.lower()]
    parameters = {each["name"]: each for each in operation["parameters"]}
    given = in_path | call.args
    assert not given.keys() - parameters.keys()
    assert not {name for name, each in parameters.items() if each.get("required")} - given.keys()
    for name, value in given.items():
        _check(parameters[name]["schema"], _typed(value, parameters[name]["schema"]))
    if "requestBody" not in operation:
        assert call.form == {}
        return
    schema = operation["requestBody"]["content"][call.content_type]["schema"] | {
        "additionalProperties": False
    }
    fields = {name: _typed(value, schema["properties"].get(name, {})) for name, value in call.form.items()}
    _check(schema, fields)


def check_answer(path: str, method: str, status: int, body: object) -> None:
    """Hold one answer of the simulated phones against the document, without a word more than it allows."""
    template, _ = _template(path)
    answers = _ALL["paths"][template][method.lower()]["responses"]
    assert str(status) in answers
    if "content" not in answers[str(status)]:
        assert body is None
        return
    schema = answers[str(status)]["content"]["application/json"]["schema"]
    _check(schema, body)
    for record in body.get("messages", [body]):
        known = _ALL["components"]["schemas"]["api.v2010.account.message"]["properties"]
        assert record.keys() == known.keys()
    if "messages" in body:
        assert body.keys() == schema["properties"].keys()
