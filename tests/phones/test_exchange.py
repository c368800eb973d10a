"""What the exchange remembers, and for how long."""

import threading

from companion.phones.exchange import Exchange, Text

RATNA, BUDI = "+6281234567890", "+6281200000001"


def test_beyond_the_bound_the_oldest_text_is_forgotten_everywhere():
    exchange = Exchange(keep=3)
    texts = [Text(to, f"Halo {nth}", "Sahabat") for nth, to in enumerate((RATNA, BUDI, BUDI, BUDI))]
    for text in texts[:3]:
        exchange.add(text, arrives=True)
    assert len(exchange) == 3
    exchange.add(texts[3], arrives=True)
    assert len(exchange) == 3
    assert exchange.get(texts[0].sid) is None
    assert exchange.inbox(RATNA) == []
    assert [number for number, _ in exchange.phones()] == [BUDI]
    assert exchange.newest_first() == texts[:0:-1]


def test_phones_are_listed_by_their_latest_text_and_only_if_they_received_one():
    exchange = Exchange()
    for to, arrives, created in (
        (RATNA, True, 1.0),
        (BUDI, True, 2.0),
        (RATNA, True, 3.0),
        ("+6281", False, 4.0),
    ):
        exchange.add(Text(to, "Halo", "Sahabat", created=created), arrives=arrives)
    assert [(number, len(inbox)) for number, inbox in exchange.phones()] == [(RATNA, 2), (BUDI, 1)]


def test_many_threads_may_send_and_look_at_once():
    exchange = Exchange(keep=500)

    def send(who):
        for nth in range(200):
            exchange.add(Text(f"+62812000{who:04d}", f"Halo {nth}", "Sahabat"), arrives=True)
            exchange.newest_first()
            list(exchange.phones())

    threads = [threading.Thread(target=send, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(exchange) == 500
    assert sum(len(inbox) for _, inbox in exchange.phones()) == 500


def test_neither_number_nor_words_show_in_a_repr():
    assert "1234567890" not in repr(Text(RATNA, "Halo Ratna", "Sahabat", callback="http://127.0.0.1/r-1"))
    assert "Ratna" not in repr(Text(RATNA, "Halo Ratna", "Sahabat"))
