from __future__ import annotations

from pathlib import Path

import pulumi_random as random
import pytest

import rehearsal
from rehearsal.plugin import Recording, RecordingError, inventory_file, record

PET = "random:index/randomPet:RandomPet"
PROGRAM = """
import pulumi
import pulumi_random as random
from rehearsal.plugin import record

def program():
    return {"length": random.RandomPet("pet", length=2).length}
"""


def pets(*names: str) -> Recording:
    def program() -> None:
        for name in names:
            random.RandomPet(name)

    return record(program)


def run(pytester: pytest.Pytester, test: str, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(PROGRAM + test)
    pytester.makeini("[pytest]\nfilterwarnings = error\n")
    return pytester.runpytest_inprocess("-p", "rehearsal.plugin", "-p", "no:randomly", *arguments)


def test_programs_are_recorded_and_traps_fail_their_test_under_xdist_too(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
def test_pet(rehearse):
    assert rehearse(program).outputs == {"length": 2}

def test_trap():
    record(lambda: [random.RandomPet("pet"), random.RandomPet("pet")] and None)

def test_preview(rehearse):
    assert rehearse(program, preview=True).only("random:index/randomPet:RandomPet")
""",
        "-n1",
    )

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["E*RecordingError: duplicate URN: *::pet is registered*"])


# Work is only left where somebody set an event loop, and then that loop is left as well.
LEAVING_TESTS = """
import asyncio
asyncio.set_event_loop(asyncio.new_event_loop())

class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return args.name, args.inputs
    def call(self, args):
        return {}

def check(value):
    assert value == 3

def test_asserts_outside():
    pulumi.Output.from_input(2).apply(check)

def test_declares_outside():
    random.RandomPet("pet")

def test_keeps_an_output():
    kept = []
    record(lambda: kept.append(random.RandomPet("pet").id))
    kept[0].apply(print)

def test_fails_by_itself():
    pulumi.Output.from_input(2).apply(print)
    assert 1 == 2, "one is not two"

def test_next():
    assert record(program).inventory() == [("random:index/randomPet:RandomPet", "pet")]

def test_with_pulumis_own_decorator():
    @pulumi.runtime.test
    def decorated():
        pulumi.runtime.set_mocks(Mocks())
        return random.RandomPet("pet", length=3).length.apply(check)
    decorated()
"""


def test_work_left_outside_of_a_recording_fails_its_test_and_not_the_next(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile(PROGRAM + LEAVING_TESTS)
    monkeypatch.setenv("PYTHONPATH", str(Path(rehearsal.__file__).parents[1]))

    result = pytester.runpytest_subprocess("-p", "rehearsal.plugin", "-p", "no:randomly", "-v")

    result.assert_outcomes(failed=4, passed=2)
    result.stdout.fnmatch_lines(["*test_next PASSED*", "*test_with_pulumis_own_decorator PASSED*"])
    text = result.stdout.str()
    # With CI set, pytest repeats whole messages in its closing summary.
    assert text.count("E   rehearsal.recording.RecordingError: the test left Pulumi work") == 3
    assert "Output.apply" in text
    assert "Declare resources and apply outputs only inside record()" in text
    assert "one is not two" in text


INVENTORY_TEST = """
def test_inventory(inventory):
    inventory("pets", record(program))
"""


def test_an_inventory_is_written_on_request(pytester: pytest.Pytester) -> None:
    result = run(pytester, INVENTORY_TEST, "--update-inventory")

    result.assert_outcomes(passed=1)
    written = pytester.path / "tests" / "inventory" / "pets.yaml"
    assert written.read_text() == f"{PET}:\n- pet\n"


def test_a_moved_name_fails_with_the_command_that_writes_the_inventory(
    pytester: pytest.Pytester,
) -> None:
    folder = pytester.mkdir("golden")
    (folder / "pets.yaml").write_text(f"{PET}:\n- dog\n")

    result = run(pytester, INVENTORY_TEST, "-o", "inventory_dir=golden")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            f"E*- {PET} dog",
            f"E*+ {PET} pet",
            "E*pytest --update-inventory *::test_inventory",
        ]
    )


def test_a_missing_inventory_names_the_command(tmp_path: Path) -> None:
    path = tmp_path / "pets.yaml"

    with pytest.raises(RecordingError, match=r"does not exist; write it with:\n  make inventory"):
        inventory_file(path, pets("cat"), update=False, command="make inventory")
    assert not path.exists()


def test_an_inventory_groups_names_by_type_and_sorts_them(tmp_path: Path) -> None:
    path = tmp_path / "new" / "pets.yaml"

    inventory_file(path, pets("dog", "cat"), update=True)

    assert path.read_text() == f"{PET}:\n- cat\n- dog\n"
    inventory_file(path, pets("cat", "dog"), update=False)


@pytest.mark.parametrize("text", ["- a list\n", "a: {b: c\n", "a: 3\n", "", "a: text\n"])
def test_a_file_that_is_no_inventory_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pets.yaml"
    path.write_text(text)

    with pytest.raises(RecordingError, match="is not an inventory"):
        inventory_file(path, pets("cat"), update=False)
    assert path.read_text() == text
