"""How an application of VK Ads gets its access tokens (OAuth2, client credentials).

A token lives a day, and an account holds at most five of one application: the next is refused with
403 until they are deleted, all at once (ads.vk.com, "Authorization" in the documentation of the
API). A reader that loses its token that way asks for another.
"""

from dataclasses import dataclass, field
from typing import Any

from omni_pipeline.api.answer import Answer, Retry
from omni_pipeline.api.session import HttpSession

SECRET_VARIABLE = "VK_ADS_CLIENT_SECRET"  # noqa: S105


class _TooMany(Exception):
    """The account holds as many tokens of the application as it may."""


@dataclass(frozen=True)
class Application:
    """An application with access to its owner's account."""

    client_id: str
    client_secret: str = field(repr=False)

    def token(self, http: HttpSession, base: str) -> str:
        """A new access token of the API at `base`. Raises SourceError when it is refused."""
        http.redact.add(self.client_secret)
        try:
            token = self._ask(http, base)
        except _TooMany:
            self._post(http, base, "oauth2/token/delete.json")
            try:
                token = self._ask(http, base)
            except _TooMany:
                raise http.refuse(
                    "VK Ads refuses a token (HTTP 403), also after those of this application were "
                    "deleted: is access to the API granted to it?",
                    SECRET_VARIABLE,
                ) from None
        http.redact.add(token)
        return token

    def _ask(self, http: HttpSession, base: str) -> str:
        answer = self._post(http, base, "oauth2/token.json", grant_type="client_credentials")
        return str(answer.fields["access_token"])

    def _post(self, http: HttpSession, base: str, path: str, **given: str) -> Answer:
        asked = bool(given)

        def judge(answer: Answer) -> None:
            if answer.status == 403 and asked:
                raise _TooMany
            if answer.status in (400, 401, 403):
                said = " ".join(error_of(answer)) or f"HTTP {answer.status}"
                raise http.refuse(f"VK Ads refuses the application ({said})", SECRET_VARIABLE)
            if asked and answer.status == 200 and not answer.fields.get("access_token"):
                raise Retry(f"{path}: an answer without a token")

        return http.request(
            "POST",
            base + path,
            data={"client_id": self.client_id, "client_secret": self.client_secret, **given},
            judge=judge,
            any_body=not asked,
        )


def error_of(answer: Answer) -> list[str]:
    """Code and text of the error in an answer, as far as there are any."""
    error: Any = answer.fields.get("error")
    if isinstance(error, dict):
        parts = (error.get("code"), error.get("message"))
    else:
        parts = (error, answer.fields.get("error_description"))
    return [str(part) for part in parts if part]
