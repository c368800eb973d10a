"""Words and facts as files with a source and a date, and the functions that read them.

`words` the check-in and its thank-you texts, `reasons` why an alert was raised, `results` how a call went, `help_page` the
help-now page and its lines, `outbound` the texts sent to phones. All of them raise `Unsayable`.
"""

from companion.content.load import Unsayable, fill, placeholders, read

__all__ = ["Unsayable", "fill", "placeholders", "read"]
