"""An institution's own days hold texts and let them go at the gate (issue 3, failures 17)."""

from datetime import date

from companion.rules.own_days import Statement
from companion.rules.terms import DayKind
from tests.engine.scene import DAY, MINUTE
from tests.services.at_the_gate import MONDAY, ask, promise
from tests.services.own_days import TODAY, day_off, local, say, standing, take_back


def test_a_day_added_after_the_message_was_planned_holds_it(scene):
    message = promise(scene)
    say(scene, day_off())
    assert ask(scene, message) == ("planned", "hours", local(TODAY + DAY, 8))


def test_another_institutions_day_holds_nothing(scene):
    message = promise(scene)
    assert say(scene, day_off(), by=scene.people.tono) is None
    assert ask(scene, message)[0] == "sending"


def test_a_day_of_another_province_holds_nothing(scene):
    message = promise(scene)
    say(scene, day_off(province="PA"))
    assert ask(scene, message)[0] == "sending"


def test_a_day_on_which_only_the_office_is_closed_holds_nothing(scene):
    message = promise(scene)
    say(scene, day_off(no_texts=False))
    assert ask(scene, message)[0] == "sending"


def test_a_day_that_was_taken_back_lets_go_what_it_held_at_once(scene):
    message = promise(scene)
    say(scene, day_off())
    ask(scene, message)
    assert take_back(scene, standing(scene)[0].ref, at=MONDAY + MINUTE)
    assert scene.messages(id=message.id)[0].look_at == MONDAY + MINUTE
    assert ask(scene, message, MONDAY + MINUTE)[0] == "sending"


def test_an_idulfitri_that_was_moved_is_quiet_on_its_new_days(scene):
    moved = {"date": date(2027, 2, 9), "until": date(2027, 3, 10), "source": "Sidang isbat"}
    assert say(scene, Statement(kind=DayKind.RAMADAN, about="1448", **moved)) is None
    held = {
        day: ask(scene, promise(scene, at=at, subject=f"eid:{day}", lives=3 * DAY), at)[:2]
        for day in (10, 11, 12, 13)
        for at in [local(date(2027, 3, day), 10)]
    }
    assert held[10] == ("sending", None)
    assert held[11] == held[12] == ("planned", "hours")
    assert held[13] != ("planned", "hours")


def test_a_check_in_that_the_new_days_leave_no_room_for_is_excused(scene):
    slot, yusuf = scene.next_slot(scene.people.budi), scene.next_slot(scene.people.yusuf)
    at = scene.due_together()
    for ahead in (0, 1):
        say(scene, day_off(at.date() + ahead * DAY))
    scene.at(at)
    assert (scene.slot(slot.id).state, scene.slot(slot.id).reason) == ("excused", "calendar")
    assert scene.slot(yusuf.id).asked_at is not None, "another institution's check-in of that day was asked"


def test_a_check_in_on_a_quiet_day_is_asked_on_the_next(scene):
    slot = scene.next_slot(scene.people.budi)
    at = scene.due_together()
    say(scene, day_off(at.date()))
    scene.at(at)
    assert scene.message(slot).planned_for == local(at.date() + DAY, 8)


def test_a_reminder_is_not_sent_on_a_day_of_the_institutions_own(scene):
    at = scene.due_together()  # Wednesday at noon
    for on in (
        TODAY + 3 * DAY,
        TODAY + 4 * DAY,
    ):  # a day later the six hours before it counts as missed are over
        say(scene, day_off(on))
    scene.at(at)
    budi, yusuf = (
        next(slot for slot in scene.slots(one) if slot.asked_at)
        for one in (scene.people.budi, scene.people.yusuf)
    )
    assert (budi.remind_at, yusuf.remind_at) == (None, local(TODAY + 3 * DAY, 14))
