"""Errors a user can act on: which variable, table or file, what happened, what to do.

The command line prints them as one line; no message may carry a secret or personal data.
"""


class ConfigurationError(Exception):
    """A setting is missing, malformed or points at something that cannot be used.

    `variable` is the environment variable to look at; `reason` says what is wrong and never
    contains the variable's value.
    """

    def __init__(self, variable: str, reason: str) -> None:
        super().__init__(f"{variable}: {reason}")
        self.variable = variable
        self.reason = reason


class SourceError(ConfigurationError):
    """A source system is configured but cannot be read."""


class NoRight(SourceError):
    """A source answers, and does not show what was asked to whom its access belongs."""


class RefusedReload(Exception):
    """A full reload would have removed more of a table than is plausible; nothing was changed."""
