"""What goes wrong on request, and always the same way for the same seed."""

import pytest

from companion.phones.faults import BadFaults, Faults, draw
from companion.phones.server import AnswerLost

RATNA, BUDI = "+6281234567890", "+6281200000001"


def fates(faults, seed=1, count=2_000):
    return [draw(faults, seed, RATNA, nth) for nth in range(count)]


def test_the_same_seed_strikes_the_same_texts_and_another_one_others():
    faults = Faults.read({"lose": 0.1, "undelivered": {"30003": 0.1}})
    assert fates(faults) == fates(faults)
    assert fates(faults) != fates(faults, seed=2)


def test_a_chance_is_met_about_as_often_as_it_says():
    faults = Faults.read({"lose": 0.1, "refuse": {"21211": 0.05, "21610": 0.2}})
    drawn = fates(faults, count=10_000)
    assert sum(fate.lose for fate in drawn) == pytest.approx(1_000, rel=0.15)
    assert sum(fate.refuse == 21211 for fate in drawn) == pytest.approx(500, rel=0.2)
    assert sum(fate.refuse == 21610 for fate in drawn) == pytest.approx(2_000, rel=0.1)


@pytest.mark.parametrize("fault", ["lose", "error", "blind"])
def test_switching_faults_on_does_not_move_where_another_strikes(fault):
    others = {
        "refuse": {"21211": 0.5},
        "undelivered": {"30003": 0.5},
        "lose": 0.5,
        "repeat": 0.5,
        "blind": 0.5,
    }
    alone = [getattr(fate, fault) for fate in fates(Faults.read({fault: 0.1}))]
    beside = [getattr(fate, fault) for fate in fates(Faults.read(others | {fault: 0.1}))]
    assert alone == beside


def test_never_is_never_and_always_is_always():
    assert not any(fate.lose for fate in fates(Faults.read({"lose": 0, "repeat": 1})))
    assert all(fate.repeat for fate in fates(Faults.read({"lose": 0, "repeat": 1})))


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        ({"loose": 1}, "loose"),
        ({"lose": 1.1}, "lose"),
        ({"lose": -0.1}, "lose"),
        ({"lose": "often"}, "lose"),
        ({"refuse": {"x": 1}}, "refuse"),
        ({"refuse": {"21211": 2}}, "refuse"),
        ({"refuse": "21211"}, "refuse"),
        ({"refuse": True}, "refuse"),
        ({"slow_ms": -1}, "slow_ms"),
        ({"slow_ms": True}, "slow_ms"),
        ({"lose_mode": "explode"}, "lose_mode"),
        ({"numbers": [RATNA]}, "numbers"),
        ({"numbers": {RATNA: 1}}, "object"),
        ({"numbers": {RATNA: {"loose": 1}}}, "loose"),
        ([], "object"),
    ],
)
def test_faults_that_cannot_be_meant_are_named(wanted, named):
    with pytest.raises(BadFaults, match=named):
        Faults.read(wanted)


def test_faults_say_themselves_in_the_words_they_are_read_from():
    faults = Faults.read({"lose": True, "refuse": 21211, "numbers": {BUDI: {"slow_ms": 5}}})
    assert Faults.read(faults.as_json()) == faults
    assert (faults.lose, faults.refuse) == (1.0, {21211: 1.0})


def test_one_phone_may_have_faults_of_its_own_beside_the_common_ones(phones, carrier):
    phones.set_faults(undelivered=30003, numbers={BUDI: {"refuse": 21610, "undelivered": {}}})
    assert carrier.send(BUDI).get_json()["code"] == 21610
    sid = carrier.send(RATNA).get_json()["sid"]
    phones.flush(lambda *_: None)
    assert carrier.ask(f"/{sid}").get_json()["error_code"] == 30003
    assert phones.inbox(RATNA) == []


def test_faults_are_set_and_shown_over_http(carrier):
    assert carrier.post("/faults", json={"refuse": {"21211": 1}}).status_code == 200
    assert carrier.send().get_json()["code"] == 21211
    assert carrier.get("/faults").get_json()["refuse"] == {"21211": 1.0}
    assert carrier.post("/faults", json={"slow_ms": 1}).get_json()["refuse"] == {}
    assert carrier.send().status_code == 201


@pytest.mark.parametrize(
    "sent", [{"data": "not json"}, {"json": {"loose": 1}}, {"json": [1]}, {"data": ""}, {"data": b"\xff"}]
)
def test_bad_faults_are_refused_and_the_old_ones_stay(phones, carrier, sent):
    phones.set_faults(refuse=21211)
    answer = carrier.post("/faults", **sent)
    assert answer.status_code == 400
    assert answer.get_json()["error"]
    assert carrier.send().get_json()["code"] == 21211


def test_a_lost_answer_is_a_text_on_the_phone_and_a_lost_request_is_none(phones, carrier):
    for faults, received in (({"lose": True}, 1), ({"lose_before": True}, 0)):
        phones.reset()
        phones.set_faults(**faults)
        with pytest.raises(AnswerLost):
            carrier.send()
        assert len(phones.inbox(RATNA)) == received
        assert phones.calls[-1].status is None


def test_an_error_before_takes_nothing_and_an_error_after_took_the_text(phones, carrier):
    phones.set_faults(error_before=True)
    assert carrier.send().status_code == 503
    assert phones.inbox(RATNA) == []
    phones.set_faults(error=True)
    assert carrier.send().status_code == 500
    assert len(phones.inbox(RATNA)) == 1


def test_a_blind_carrier_takes_texts_but_shows_none(phones, carrier):
    phones.set_faults(blind=True)
    sid = carrier.send().get_json()["sid"]
    assert carrier.ask().status_code == 503
    assert carrier.ask(f"/{sid}").status_code == 503


def test_slow_down_is_told_in_a_status_of_its_own_with_a_time(phones, carrier):
    phones.set_faults(refuse=20429)
    answer = carrier.send()
    assert (answer.status_code, answer.headers["Retry-After"], answer.get_json()["code"]) == (429, "2", 20429)


def test_starting_over_begins_the_dice_anew(phones, carrier):
    def strikes():
        phones.set_faults(refuse={"21211": 0.3})
        return [carrier.send().status_code for _ in range(30)]

    first = strikes()
    phones.reset()
    assert strikes() == first
    assert len(set(first)) == 2
