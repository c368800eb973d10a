"""What a crash trial leaves behind, as plain rows: nothing can happen to it any more."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from companion.trials.chaos_people import Act


@dataclass(frozen=True)
class Took:
    """One text that the carrier took, by our own reference; `token` is the link on the phone, if it got there."""

    ref: str
    at: datetime
    status: str
    token: str | None = None
    to: str = field(default="", repr=False)
    to_staff: bool = False


@dataclass(frozen=True)
class Aftermath:
    """Plain rows of the tables, the carrier's own count, and what people had confirmed to them."""

    end: datetime
    due: frozenset[int]
    rows: dict[str, list]
    took: list[Took]
    acts: list[Act]
    promised: int
    """How many slots stood in the books when it began."""
    by_state: dict[str, int]
    faults: list[str]
    """What the nightly books of the program itself find (services/books)."""
    fell: list[str] = field(default_factory=list)
    """Processes that ended although nobody had killed them."""
    dark: list[tuple[datetime, datetime]] = field(default_factory=list)
    """From when to when there were no pages (machine time): nobody could be answered."""

    @cached_property
    def of_ref(self) -> dict[str, object]:
        return {row.ref: row for row in self.rows["message"]}

    @cached_property
    def of_id(self) -> dict[int, object]:
        return {row.id: row for row in self.rows["message"]}

    @cached_property
    def slots(self) -> dict[int, object]:
        return {row.id: row for row in self.rows["slot"]}

    @cached_property
    def links(self) -> dict[str, object]:
        return {row.token: row for row in self.rows["link"]}

    def confirmed(self, kind: str, thing: str) -> dict[int, datetime]:
        """For each slot or number the first instant (machine time) at which somebody had it confirmed."""
        found: dict[int, datetime] = {}
        for act in self.acts:
            if act.kind == kind and act.done:
                row_id = getattr(self.links[act.token], thing)
                found[row_id] = min(act.at, found.get(row_id, act.at))
        return found

    def in_the_dark(self, at: datetime) -> bool:
        """Whether the web process had been killed then and was not up again."""
        return any(since <= at <= until for since, until in self.dark)
