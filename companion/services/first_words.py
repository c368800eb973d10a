"""A first sentence to say when the phone is picked up: one that suits whose phone it is (texts 8, domain 5).

On a shared phone nothing is said that tells a bystander anything, not even a name.
"""

from collections.abc import Collection

from companion.i18n import gettext as _
from companion.rules.states import Family


def opening(name: str, caller: str, families: Collection[Family], *, shared: bool) -> list[str]:
    """What to say first, and on a shared phone what to say if it is somebody else. `families`: what is open."""
    if shared:
        return [
            _("“Hello, good day. Who am I speaking with, please?”"),
            _("If it is somebody else: “Sorry, wrong number.” Say nothing more and leave no message."),
            _("Only when you are sure: “Hello %(name)s, it is %(caller)s. Is this a good moment?”",
              name=name, caller=caller),
        ]  # fmt: skip
    return [_own(name, caller, families)]


def _own(name: str, caller: str, families: Collection[Family]) -> str:
    """On the person's own phone. A report from somebody close is never mentioned (design 2.9)."""
    if Family.SAFETY in families:
        return _(
            "“Hello %(name)s, it is %(caller)s. I read your message and I am glad you told us. "
            "Are you somewhere safe, and can you talk?”",
            name=name, caller=caller,
        )  # fmt: skip
    if Family.STRUGGLING in families:
        return _(
            "“Hello %(name)s, it is %(caller)s. Thank you for telling it as it is. Is this a good moment to talk?”",
            name=name, caller=caller,
        )  # fmt: skip
    if Family.SILENCE in families or Family.UNDELIVERED in families:
        return _(
            "“Hello %(name)s, it is %(caller)s. I only wanted to say hello; not having answered is quite all right. "
            "How are you?”",
            name=name, caller=caller,
        )  # fmt: skip
    return _(
        "“Hello %(name)s, it is %(caller)s. How are you? Is this a good moment?”", name=name, caller=caller
    )
