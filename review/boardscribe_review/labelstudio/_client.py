"""Talking to Label Studio: what may pass is tried again, what will not is said in plain words.

The SDK takes more than a second to import, so it is imported when a queue is opened.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from boardscribe.errors import QueueError
from boardscribe_review.extra import needs
from boardscribe_review.labelstudio._link import Login

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

__all__ = ["Client", "where"]

Result = TypeVar("Result")

_TIMEOUT_SECONDS = 60.0
_PATIENCE_SECONDS = 180.0
"""A server that restarts is back by then."""
_LONGEST_WAIT_SECONDS = 8.0
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Label Studio answers 500 while another request holds its SQLite database."""


class Client:
    """A connection to one server.

    Args:
        login: where it is, and the token.
    """

    def __init__(self, login: Login) -> None:
        needs("label_studio_sdk")
        needs("tenacity")
        import httpx  # noqa: PLC0415 - slow, and an extra
        from label_studio_sdk import LabelStudio  # noqa: PLC0415

        self.url = login.url
        local = login.pictures is not None
        self.http = httpx.Client(
            timeout=_TIMEOUT_SECONDS,
            follow_redirects=not local,
            # A server on this machine is not behind a proxy.
            trust_env=not local,
        )
        self.api: LabelStudio = LabelStudio(
            base_url=login.url,
            api_key=login.token,
            httpx_client=self.http,
            timeout=_TIMEOUT_SECONDS,
            # The SDK repeats every failed request, also one that made something.
            max_retries=0,
        )

    def close(self) -> None:
        """Give back the connections."""
        self.http.close()

    def call(self, what: str, request: Callable[[], Result]) -> Result:
        """Make a request that may be repeated, with back-off.

        Args:
            what: for the message, such as `read the tasks`.
            request: must do no harm when it is made again after an answer was lost.

        Raises:
            QueueError: it failed for good.
        """
        import httpx  # noqa: PLC0415
        import tenacity  # noqa: PLC0415
        from label_studio_sdk.core.api_error import ApiError  # noqa: PLC0415

        def passing(error: BaseException) -> bool:
            if isinstance(error, ApiError):
                return error.status_code in _PASSING
            return isinstance(error, httpx.TransportError)

        try:
            return tenacity.Retrying(
                retry=tenacity.retry_if_exception(passing),
                wait=tenacity.wait_random_exponential(
                    multiplier=0.2, max=_LONGEST_WAIT_SECONDS, min=0.1
                ),
                stop=tenacity.stop_after_delay(_PATIENCE_SECONDS),
                reraise=True,
            )(request)
        except ApiError as error:
            raise self._explained(what, error) from None
        except httpx.HTTPError as error:
            raise QueueError(
                f"Label Studio at {self.url} cannot be reached to {what}: {error}",
                remedy="Check that it runs and the network, then run it again: what was done is "
                "kept.",
            ) from None

    def some_tasks(
        self,
        project: int,
        *conditions: Mapping[str, Any],
        size: int,
        ordering: str = "tasks:id",
        fields: Sequence[str] = (),
    ) -> list[Any]:
        """The first tasks of a project that meet all conditions.

        Args:
            project: its id.
            conditions: filters of the data manager, see `where`.
            size: how many at most.
            ordering: column; a minus before it turns it round.
            fields: only these; all of them, answers included, where none is named.
        """
        query = json.dumps(
            {"filters": {"conjunction": "and", "items": list(conditions)}, "ordering": [ordering]}
        )

        def read() -> list[Any]:
            found: Any = self.api.tasks.list(
                project=project,
                query=query,
                page=1,
                page_size=size,
                fields="task_only" if fields else "all",
                include=list(fields) or None,
                resolve_uri=False,
            )
            return list(found.items or ())

        return self.call("read the tasks", read)

    def _explained(self, what: str, error: Any) -> QueueError:
        code = error.status_code
        if code in (401, 403):
            return QueueError(
                f"Label Studio at {self.url} does not accept the token, or the account may not "
                f"{what}",
                remedy="Make a new token under Account & Settings, and check that it has not "
                "expired.",
            )
        if code == 404:
            return QueueError(
                f"Label Studio at {self.url} does not have what is needed to {what}",
                remedy="The project may have been deleted there: run boardscribe review up or "
                "connect again, which makes a new one, then push --verify, which fills it.",
            )
        detail = error.body.get("detail") if isinstance(error.body, dict) else None
        return QueueError(
            f"Label Studio at {self.url} refuses to {what} (status {code}): "
            f"{str(detail or error.body)[:300]}",
            remedy="Its log says more.",
        )


def where(column: str, operator: str, value: Any, kind: str = "Number") -> dict[str, Any]:
    """A filter of the data manager.

    Args:
        column: such as `id`, `updated_at` or `data.task_id`.
        operator: such as `equal`, `greater`, `greater_or_equal`, `in_list`.
        value: to compare with.
        kind: `Number`, `Datetime`, `String`, `List`.
    """
    return {"filter": f"filter:tasks:{column}", "operator": operator, "type": kind, "value": value}
