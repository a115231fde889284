"""Properties as the engine sends them."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import struct_pb2
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.view import MARKERS, UNKNOWN_STRING
from policies.wire import SIGNATURE, decoded, encoded, raw, tree

SECRET = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**50), max_value=2**50)
    | st.text(max_size=5)
    | st.sampled_from(sorted(MARKERS)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


def struct(props: dict[str, Any]) -> struct_pb2.Struct:
    return encoded(props)


def secret(value: Any) -> dict[str, Any]:
    return {SIGNATURE: SECRET, "value": value}


@settings(deadline=None)
@given(props=st.dictionaries(st.text(max_size=5).filter(lambda k: not k.startswith("__")), VALUES))
def test_plain_data_arrives_as_it_was(props: dict[str, Any]) -> None:
    assert decoded(struct(props)) == (props, frozenset())


def test_whole_numbers_are_whole_again() -> None:
    plain, _ = decoded(struct({"port": 22, "share": 0.5}))

    assert plain == {"port": 22, "share": 0.5}
    assert isinstance(plain["port"], int)


def test_secrets_come_in_clear_with_the_places_where_they_were() -> None:
    props = {
        "password": secret("hunter2"),
        "data": {"a": secret({"b": [secret(1)]}), "c": "open"},
        "env": [{"value": "open"}, {"value": secret("x")}],
    }

    plain, secrets = decoded(struct(props))

    assert plain == {
        "password": "hunter2",
        "data": {"a": {"b": [1]}, "c": "open"},
        "env": [{"value": "open"}, {"value": "x"}],
    }
    assert secrets == {"password", "data.a", "data.a.b[0]", "env[1].value"}


def test_an_output_is_its_value_or_unknown() -> None:
    known = {SIGNATURE: OUTPUT, "value": "x", "secret": True, "dependencies": []}

    plain, secrets = decoded(struct({"a": known, "b": {SIGNATURE: OUTPUT}}))

    assert plain == {"a": "x", "b": UNKNOWN_STRING}
    assert secrets == {"a"}


def test_an_asset_stays_an_object() -> None:
    asset = {SIGNATURE: ASSET, "text": "hello"}

    assert decoded(struct({"code": asset}))[0] == {"code": asset}


def test_what_pulumi_notes_for_itself_is_left_out() -> None:
    assert decoded(struct({"__defaults": ["a"], "a": 1}))[0] == {"a": 1}


PROPS = {
    "spec": {"replicas": 2, "template": {"spec": {"containers": [{"image": "a", "env": [1]}]}}},
    "metadata": {"labels": {"a": "b"}, "name": "web"},
}


@pytest.mark.parametrize(
    ("paths", "kept"),
    [
        ([], {}),
        (["spec.replicas", "gone.away"], {"spec": {"replicas": 2}}),
        (["metadata.labels"], {"metadata": {"labels": {"a": "b"}}}),
        (["metadata", "metadata.name"], {"metadata": PROPS["metadata"]}),
        (
            ["spec.template.spec.containers.image"],
            {"spec": {"template": {"spec": {"containers": [{"image": "a"}]}}}},
        ),
        (["spec.strategy.type"], {"spec": {}}),
    ],
)
def test_only_what_is_read_is_decoded(paths: list[str], kept: dict[str, Any]) -> None:
    assert decoded(struct(PROPS), tree(paths))[0] == kept


def test_what_is_read_of_a_secret_is_read_inside_it() -> None:
    plain, secrets = decoded(struct({"data": secret({"a": 1, "b": 2})}), tree(["data.a"]))

    assert (plain, secrets) == ({"data": {"a": 1}}, {"data"})


@settings(deadline=None)
@given(props=st.dictionaries(st.text(max_size=5), VALUES))
def test_what_is_sent_back_is_what_came(props: dict[str, Any]) -> None:
    sent = struct(props)

    assert encoded(raw(sent)) == sent
