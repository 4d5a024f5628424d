import grpc
import pytest

from stacks.provider.cloud_error import CloudError, Interrupted, said
from stacks.provider.operation import Fenced
from stacks.provider.refusal import refusal_of
from stacks.provider.resource_type import Refused

CODE = grpc.StatusCode


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refused("no"), CODE.FAILED_PRECONDITION),
        (Fenced("old"), CODE.ABORTED),
        (Interrupted("stop"), CODE.ABORTED),
        (TimeoutError("late"), CODE.DEADLINE_EXCEEDED),
        (CloudError(403, '{"forbidden": {"message": "Quota exceeded for cores"}}', "POST"), CODE.RESOURCE_EXHAUSTED),
        (CloudError(403, "policy does not allow", "POST"), CODE.PERMISSION_DENIED),
        (CloudError(409, "in use", "DELETE"), CODE.FAILED_PRECONDITION),
        (CloudError(503, "busy", "GET"), CODE.UNAVAILABLE),
        (CloudError(0, "reset", "GET"), CODE.UNAVAILABLE),
        (KeyError("id"), CODE.INTERNAL),
    ],
)
def test_each_error_has_its_code_and_only_a_surprise_casts_doubt_on_the_state(
    error: Exception, code: grpc.StatusCode
) -> None:
    assert refusal_of(error, "server-app-1").code is code


def test_the_message_inside_a_services_envelope_is_shown_in_one_line() -> None:
    assert said('{"NeutronError": {"type": "X", "message": "Quota\\n exceeded", "detail": ""}}') == "Quota exceeded"
    assert said('{"error": {"code": 401, "message": "who?"}}') == "who?"
    assert said("<html>busy</html>") == "<html>busy</html>"
