from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pulumi_random as random
import pytest

from components.workload import SecretKey, Workload, create_workload
from components.workload.problems import FILE_LIMIT_BYTES
from rehearsal.errors import RehearsalError
from rehearsal.events import Op
from rehearsal.plugin import record, record_both
from tests.components.on_kubernetes import namespace, objects, only, run, running
from tests.components.workloads import SHOP, shop
from tests.rehearsal.stage import Stage

ALONE = shop(flows=())
CHANGED = shop(flows=(), files={**SHOP.files, "/etc/shop/shop.yml": "a: 2\n"})
OTHER_SECRET = shop(flows=(), secret_files={"/run/secrets/password": "correct horse"})
CONFIG = "shop-config-etc-shop-shop-yml"
SECRET = "shop-secret-run-secrets-password"


def pod(workload: Workload) -> Mapping[str, Any]:
    return only(run(workload), "Deployment")["spec"]["template"]["spec"]


def sources(workload: Workload, volume: str) -> list[Mapping[str, Any]]:
    (found,) = [each for each in pod(workload)["volumes"] if each["name"] == volume]
    return found["projected"]["sources"]


def changes(stage: Stage, then: Workload) -> list[tuple[Op, str]]:
    stage.up(running(ALONE))
    stage.up(running(then))
    return [(op, name) for op, name in stage.steps() if op is not Op.SAME]


def test_a_file_is_an_immutable_object_of_its_own() -> None:
    configs = objects(run(ALONE), "ConfigMap")

    assert [(each["data"], each["immutable"]) for each in configs.values()] == [
        ({"more.yml": "b: 2\n"}, True),
        ({"shop.yml": "a: 1\n"}, True),
    ]
    assert [each["metadata"]["annotations"] for each in configs.values()] == [
        {"plinth.dev/path": "/etc/shop/more.yml"},
        {"plinth.dev/path": "/etc/shop/shop.yml"},
    ]
    assert {each["metadata"]["labels"]["app.kubernetes.io/name"] for each in configs.values()} == {
        "shop"
    }


def test_a_secret_file_is_a_secret_and_nothing_else() -> None:
    recording = run(ALONE)
    registered = recording.named(SECRET)

    assert registered.inputs["stringData"] == {"password": "hunter2"}
    assert registered.inputs["immutable"] is True
    assert registered.secret_inputs == {"stringData"}
    assert [
        each.name
        for each in recording.resources
        if each.name != SECRET and "hunter2" in str(each.inputs)
    ] == []


def test_files_of_a_directory_are_one_mount_that_only_shows_them() -> None:
    mounts = [each for each in pod(ALONE)["containers"][0]["volumeMounts"] if each.get("readOnly")]

    assert mounts == [
        {"name": "files-etc-shop", "mountPath": "/etc/shop", "readOnly": True},
        {"name": "files-run-secrets", "mountPath": "/run/secrets", "readOnly": True},
    ]
    assert [each["configMap"]["items"] for each in sources(ALONE, "files-etc-shop")] == [
        [{"key": "more.yml", "path": "more.yml", "mode": 0o444}],
        [{"key": "shop.yml", "path": "shop.yml", "mode": 0o444}],
    ]
    assert [each["secret"]["items"] for each in sources(ALONE, "files-run-secrets")] == [
        [{"key": "password", "path": "password", "mode": 0o440}]
    ]


def test_files_and_secrets_may_share_a_directory() -> None:
    workload = shop(flows=(), secret_files={"/etc/shop/password": "hunter2"})

    assert [next(iter(each)) for each in sources(workload, "files-etc-shop")] == [
        "configMap",
        "configMap",
        "secret",
    ]


def test_a_secret_that_exists_already_is_shown_as_it_is() -> None:
    workload = shop(flows=(), secret_files={"/run/secrets/password": SecretKey("pool", "pw")})

    assert objects(run(workload), "Secret") == {}
    assert sources(workload, "files-run-secrets") == [
        {
            "secret": {
                "name": "pool",
                "items": [{"key": "pw", "path": "password", "mode": 0o440}],
            }
        }
    ]
    assert any("the secret pool" in each for each in run(workload).outputs["unhonoured"])


def test_nothing_changes_by_itself(tmp_path: Path) -> None:
    assert changes(Stage(tmp_path), ALONE) == []


@pytest.mark.parametrize(
    ("then", "concerned"), [(CHANGED, CONFIG), (OTHER_SECRET, SECRET)], ids=["file", "secret"]
)
def test_another_content_is_another_object_and_other_pods_and_nothing_else(
    tmp_path: Path, then: Workload, concerned: str
) -> None:
    steps = changes(Stage(tmp_path), then)

    order = [
        (Op.CREATE_REPLACEMENT, concerned),
        (Op.UPDATE, "shop"),
        (Op.DELETE_REPLACED, concerned),
    ]
    assert [step for step in steps if step in order] == order
    assert {name for _, name in steps} == {"shop", concerned}


def test_a_preview_shows_the_same(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(running(ALONE))

    stage.preview(running(CHANGED))

    concerned = {name for op, name in stage.steps() if op is not Op.SAME}
    assert concerned == {"shop", CONFIG}


def test_pods_change_in_the_name_of_that_file_alone() -> None:
    before, after = pod(ALONE), pod(CHANGED)

    (old,) = [each for each in before["volumes"] if each["name"] == "files-etc-shop"]
    (new,) = [each for each in after["volumes"] if each["name"] == "files-etc-shop"]

    assert old["projected"]["sources"][0] == new["projected"]["sources"][0]
    assert old["projected"]["sources"][1] != new["projected"]["sources"][1]
    assert [each for each in before["volumes"] if each != old] == [
        each for each in after["volumes"] if each != new
    ]


def test_the_same_content_elsewhere_has_another_name() -> None:
    files = {"/etc/shop/a": "x", "/etc/till/a": "x"}

    names = {
        each["metadata"]["name"]
        for each in objects(run(shop(flows=(), files=files)), "ConfigMap").values()
    }

    assert len(names) == 2


def later(content: str) -> Callable[[], dict[str, Any]]:
    def program() -> dict[str, Any]:
        known_later = pulumi.Output.from_input(content)
        files: dict[str, pulumi.Input[str]] = {"/etc/shop/shop.yml": known_later}
        secrets: dict[str, pulumi.Input[str] | SecretKey] = {
            "/run/secrets/password": pulumi.Output.secret(content)
        }
        workload = shop(flows=(), files=files, secret_files=secrets)
        return {"host": create_workload(namespace(), "shop", workload).host}

    return program


def test_what_is_known_later_is_named_the_same() -> None:
    known = objects(run(shop(flows=(), files={"/etc/shop/shop.yml": "a: 1\n"})), "ConfigMap")

    recording = record_both(later("a: 1\n"))

    found = objects(recording, "ConfigMap")[CONFIG]["metadata"]["name"]
    assert found == known[CONFIG]["metadata"]["name"]


def test_what_is_made_in_the_same_update_has_no_name_yet(tmp_path: Path) -> None:
    def program() -> None:
        password = random.RandomPassword("password", length=32)
        secrets: dict[str, pulumi.Input[str] | SecretKey] = {
            "/run/secrets/password": password.result
        }
        create_workload(namespace(), "shop", shop(flows=(), secret_files=secrets))

    stage = Stage(tmp_path)
    stage.preview(program)
    previewed = stage.steps()
    stage.up(program)

    assert {name for _, name in previewed} == {name for _, name in stage.steps()}
    stage.up(program)
    assert {op for op, _ in stage.steps()} == {Op.SAME}


def test_no_name_is_a_secret() -> None:
    recording = record(later("hunter2"))

    assert recording.named(SECRET).secret_inputs == {"stringData"}
    assert recording.named("shop", "kubernetes:apps/v1:Deployment").secret_inputs == frozenset()


def test_what_is_known_later_is_measured_then() -> None:
    with pytest.raises((pulumi.RunError, RehearsalError), match="has 512001 bytes"):
        record(later("x" * (FILE_LIMIT_BYTES + 1)))


def test_files_that_kubernetes_cannot_tell_apart_are_refused() -> None:
    files = {"/etc/shop/a.yml": "x", "/etc/shop/a_yml": "y"}

    with pytest.raises(
        pulumi.RunError, match=r"/etc/shop/a\.yml and /etc/shop/a_yml would both be"
    ):
        run(shop(flows=(), files=files))


def test_names_of_volumes_are_no_longer_than_kubernetes_takes() -> None:
    path = "/etc/" + "/".join("directory" for _ in range(10)) + "/a"

    names = [each["name"] for each in pod(shop(flows=(), files={path: "x"}))["volumes"]]

    assert max(len(name) for name in names) == 63
