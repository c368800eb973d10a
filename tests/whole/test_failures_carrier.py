"""Failures elsewhere, tried here: what a carrier answers and who may speak for it (cases 48, 53)."""

import pytest

from companion.config import Config, Misconfigured
from companion.phones.callbacks import signature
from companion.rules.states import MessageState
from tests.channels.saying import http, saying
from tests.conftest import CONFIG
from tests.engine.scene import MINUTE
from tests.whole.failure_cases import everything

STRANGE = {
    "two lines instead of one": http("201 Created", b'{"sid":\n\n'),
    "a page": http("200 OK", b"<html>OK</html>"),
    "no sid": http("201 Created", b'{"status": "queued"}'),
    "a sid of another kind": http("201 Created", b'{"sid": "XX1", "status": "queued"}'),
    "an error without a number": http("400 Bad Request", b"{}"),
    "a number nobody knows, at fault itself": http("500 Internal Server Error", b'{"code": 99999}'),
    "half an answer": b"HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{",
}


@pytest.mark.parametrize("answer", STRANGE.values(), ids=STRANGE)
def test_case_48_an_answer_nobody_knows_is_unsure_and_no_failure(scene, phones, answer):
    with saying(answer) as url:
        there = scene.house.channels["sms"]
        scene.house.channels["sms"] = type(there)("AC" + "0" * 32, "token", "Sahabat", url, CONFIG.public_url)
        slot = scene.asked(scene.people.budi)
    assert scene.message(slot).state is MessageState.UNSURE


def test_case_48_an_acceptance_of_several_lines_is_an_acceptance(scene, phones):
    body = b'{\n  "sid": "SM' + b"0" * 32 + b'",\n  "body": "satu\\ndua",\n  "status": "queued"\n}\n'
    with saying(http("201 Created", body)) as url:
        there = scene.house.channels["sms"]
        scene.house.channels["sms"] = type(there)("AC" + "0" * 32, "token", "Sahabat", url, CONFIG.public_url)
        scene.asked(scene.people.budi)
    taken = scene.messages(carrier_sid="SM" + "0" * 32)  # one of three: a sid is one text's only
    assert [message.state for message in taken] == [MessageState.SENT]


def test_case_53_an_unsigned_or_forged_receipt_is_refused_and_a_replayed_one_changes_nothing(scene, site):
    slot = scene.asked(scene.people.budi)
    message = scene.message(slot)
    url = f"{CONFIG.public_url}/twilio/status/{message.ref}"
    form = {"MessageStatus": "delivered", "MessageSid": message.carrier_sid, "AccountSid": "AC" + "0" * 32}
    genuine = signature(CONFIG.twilio_auth_token, url, form)
    post = site.test_client().post
    before = everything(scene.database)
    assert post(url, data=form).status_code == 403
    for forged in ("", "x", signature("another token", url, form), signature("", url, form)):
        assert post(url, data=form, headers={"X-Twilio-Signature": forged}).status_code == 403
    for changed in ({"MessageStatus": "undelivered"}, {"ErrorCode": "30005"}):
        answer = post(url, data=form | changed, headers={"X-Twilio-Signature": genuine})
        assert answer.status_code == 403
    assert everything(scene.database) == before
    assert post(url, data=form, headers={"X-Twilio-Signature": genuine}).status_code == 204
    after = everything(scene.database)
    scene.clock.at += 6 * MINUTE
    assert post(url, data=form, headers={"X-Twilio-Signature": genuine}).status_code == 204
    assert everything(scene.database) == after != before


@pytest.mark.parametrize("missing", ["SECRET_KEY", "DATA_KEYS"])
def test_case_53_without_its_secrets_the_service_does_not_start(missing):
    env = {"SECRET_KEY": "s", "DATA_KEYS": "a2" * 21 + "s="}
    Config.from_env(env)
    with pytest.raises(Misconfigured, match=missing):
        Config.from_env({name: value for name, value in env.items() if name != missing})
