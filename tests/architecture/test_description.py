"""The description of the API says everything that a caller or a generated client needs."""

import json
import re

from pydantic import TypeAdapter

from payment_engine.blueprints.operation import OPERATIONS
from payment_engine.blueprints.problems import Problem
from payment_engine.domain.errors import all_errors
from payment_engine.domain.events import MessageType
from tests.described import description

UNDECLARED = {
    "bad_signature": "only gateways call webhooks, which are described by the gateways",
    "method_not_allowed": "a method that a path does not offer is no operation",
    "request_timeout": "sent by the server before it knows which operation was meant",
    "bad_request": "what is not proper HTTP reaches no operation",
}


def test_every_error_is_declared_by_an_operation_or_has_a_reason_not_to_be() -> None:
    declared = set(re.findall(r'"code": "(\w+)"', json.dumps(description()["paths"])))
    codes = {error.code for error in all_errors()}
    assert codes - declared == UNDECLARED.keys()


def test_a_body_in_the_description_refuses_unknown_fields() -> None:
    schemas = description()["components"]["schemas"]
    bodies = [name for name in schemas if name.endswith("In")]
    assert len(bodies) > 8
    assert [name for name in bodies if schemas[name].get("additionalProperties") is not False] == []


def test_every_operation_has_a_name_of_its_own_and_a_description() -> None:
    names = [operation.name for operation in OPERATIONS]
    assert sorted(set(names)) == sorted(names)
    assert [operation.name for operation in OPERATIONS if not operation.description] == []


def test_every_member_and_parameter_is_described() -> None:
    described = description()
    for name, schema in described["components"]["schemas"].items():
        for member, each in schema.get("properties", {}).items():
            assert "description" in each or "$ref" in each, f"{name}.{member}"
    operations = [each for path in described["paths"].values() for each in path.values()]
    for operation in operations:
        for parameter in operation["parameters"]:
            assert parameter["description"], (operation["operationId"], parameter["name"])


def test_every_example_of_an_error_is_a_whole_problem_description() -> None:
    operations = [each for path in description()["paths"].values() for each in path.values()]
    contents = [
        response["content"]["application/problem+json"]
        for operation in operations
        for response in operation["responses"].values()
        if "application/problem+json" in response.get("content", {})
    ]
    examples = [each["value"] for content in contents for each in content["examples"].values()]
    assert len(examples) > 300
    adapter = TypeAdapter(Problem)
    for example in examples:
        adapter.validate_python(example)


def test_what_is_sent_may_gain_members_and_has_no_defaults() -> None:
    schemas = description()["components"]["schemas"]
    assert "additionalProperties" not in schemas["PaymentOut"]
    members = [each for schema in schemas.values() for each in schema.get("properties", {}).items()]
    assert [name for name, member in members if "default" in member] == []


def test_every_message_is_described_as_a_webhook() -> None:
    assert sorted(description()["webhooks"]) == sorted(MessageType)


def test_every_tag_is_described() -> None:
    tags = {tag["name"] for tag in description()["tags"]}
    assert {operation.tag for operation in OPERATIONS} == tags
