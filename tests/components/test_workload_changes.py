from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from components.workload import Workload, create_workload
from rehearsal.events import Op
from tests.components.docker_host import docker_network
from tests.components.workloads import SHOP, shop
from tests.rehearsal.stage import Stage

CHANGED = shop(files={**SHOP.files, "/etc/shop/shop.yml": "a: 2\n"})


def running(workload: Workload, *, swarm: bool) -> Callable[[], None]:
    def program() -> None:
        create_workload(docker_network(swarm=swarm), "shop", workload)

    return program


def changed_steps(stage: Stage, *, swarm: bool) -> list[tuple[Op, str]]:
    stage.up(running(SHOP, swarm=swarm))
    stage.up(running(CHANGED, swarm=swarm))
    return [(op, name) for op, name in stage.steps() if op is not Op.SAME]


@pytest.mark.parametrize("swarm", [False, True], ids=["host", "swarm"])
def test_nothing_changes_by_itself(tmp_path: Path, swarm: bool) -> None:
    stage = Stage(tmp_path)

    stage.up(running(SHOP, swarm=swarm))
    stage.up(running(SHOP, swarm=swarm))

    assert {op for op, _ in stage.steps()} == {Op.SAME}


def test_on_a_host_other_content_replaces_the_container_after_its_files_are_there(
    tmp_path: Path,
) -> None:
    steps = changed_steps(Stage(tmp_path), swarm=False)

    order = [
        (Op.CREATE_REPLACEMENT, "shop-files-etc-shop"),
        (Op.CREATE_REPLACEMENT, "shop-files"),
        (Op.DELETE_REPLACED, "shop"),
        (Op.CREATE_REPLACEMENT, "shop"),
        (Op.DELETE_REPLACED, "shop-files"),
        (Op.DELETE_REPLACED, "shop-files-etc-shop"),
    ]
    assert [step for step in steps if step in order] == order
    assert {name for _, name in steps} == {"shop", "shop-files", "shop-files-etc-shop"}


def test_on_a_swarm_other_content_moves_the_service_to_a_new_config(tmp_path: Path) -> None:
    steps = changed_steps(Stage(tmp_path), swarm=True)

    config = "shop-config-etc-shop-shop-yml"
    order = [
        (Op.CREATE_REPLACEMENT, config),
        (Op.UPDATE, "shop"),
        (Op.DELETE_REPLACED, config),
    ]
    assert [step for step in steps if step in order] == order
    assert {name for _, name in steps} == {"shop", config}
