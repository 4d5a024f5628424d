import json

import pytest

from stacks.provider.cloud_error import CloudError, said


@pytest.mark.parametrize(
    "body",
    [
        {"NeutronError": {"message": "No more ports", "type": "OverQuota", "detail": ""}},
        {"badRequest": {"code": 400, "message": "No more ports"}},
        {"faultcode": "Client", "faultstring": "No more ports", "debuginfo": None},
    ],
)
def test_the_text_is_found_in_the_envelope_of_each_service(body: dict[str, object]) -> None:
    assert said(json.dumps(body)) == "No more ports"


def test_octavias_word_for_a_quota_that_is_used_up_is_understood() -> None:
    text = json.dumps({"faultcode": "Client", "faultstring": "Quota has been met for resources: Load Balancer"})
    assert CloudError(403, text, "making a load balancer").over_quota
