"""Measures what judging costs: by our analyzer, by the same rules in Pulumi's SDK, by checkov."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final, TypeVar

import grpc
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import (
    _PolicyAnalyzerServicer,  # pyright: ignore[reportPrivateUsage] what the SDK serves
)

import policies
from policies.analyzer import PackAnalyzer
from policies.engine import policies_of
from policies.pack import Pack
from rehearsal.pack_process import PackProcess
from rehearsal.pack_requests import about_resource
from tools import bench_checkov
from tools.bench_objects import foreign, resources
from tools.bench_report import Figures

PACK: Final = "kubernetes"
PACKS: Final = Path(policies.__file__).parent
ROUNDS: Final = 15
STARTS: Final = 5

PAIR_MICROSECONDS: Final = 10.0
FOREIGN_MICROSECONDS: Final = 2.0
START_SECONDS: Final = 1.5
TIMES_FASTER: Final = 10.0

_NO_CONTEXT: Final[Any] = None
Asked = TypeVar("Asked")


def measure(figures: Figures) -> None:
    """All of it, on the same thousand objects."""
    pack = Pack(PACK)
    asked = [about_resource(resource) for resource in resources()]
    strange = [about_resource(resource) for resource in foreign()]
    ours = PackAnalyzer(pack)
    sdk: Any = _PolicyAnalyzerServicer(
        pack.title, pack.version, policies_of(pack), EnforcementLevel.ADVISORY
    )

    def answer(request: analyzer_pb2.AnalyzeRequest) -> analyzer_pb2.AnalyzeResponse:
        return ours.Analyze(request, _NO_CONTEXT)

    def answer_of_sdk(request: analyzer_pb2.AnalyzeRequest) -> analyzer_pb2.AnalyzeResponse:
        return sdk.Analyze(request, _NO_CONTEXT)

    policies_there = len(pack.single)
    pairs = sum(policies_there - len(answer(each).not_applicable) for each in asked)
    figures.tell(f"verdicts of {PACK} on {len(asked)} objects", pairs, "")
    pair = seconds(answer, asked) / pairs
    figures.at_most(
        "judging, per applicable rule and resource", 1e6 * pair, PAIR_MICROSECONDS, "µs"
    )
    per_foreign = seconds(answer, strange) / len(strange) / policies_there
    figures.at_most(
        "judging, per rule and foreign resource", 1e6 * per_foreign, FOREIGN_MICROSECONDS, "µs"
    )
    figures.tell("the same with the round trip, per pair", 1e6 * round_trip(asked) / pairs, "µs")
    of_sdk = seconds(answer_of_sdk, asked, rounds=1) / pairs
    figures.tell("plain pulumi_policy, per pair", 1e6 * of_sdk, "µs")
    figures.at_least("faster than plain pulumi_policy", of_sdk / pair, TIMES_FASTER)
    measure_checkov(figures, pair)
    for name in ("aws", "gcp", "kubernetes", "docker", "stack"):
        figures.at_most(f"start of the pack {name}", start_seconds(PACKS / name), START_SECONDS)


def measure_checkov(figures: Figures, pair: float) -> None:
    """What checkov takes for one check of one object, beside ``pair`` seconds of ours."""
    try:
        found = bench_checkov.run()
    except bench_checkov.NotInstalledError as error:
        figures.skip("checkov", str(error))
        return
    figures.tell(f"checks of checkov {found.version} on the same objects", found.checks, "")
    each = found.seconds / found.checks
    figures.tell("checkov, per check and object", 1e6 * each, "µs")
    figures.at_least("faster than checkov", each / pair, TIMES_FASTER)


def seconds(
    work: Callable[[Asked], object], asked: Sequence[Asked], *, rounds: int = ROUNDS
) -> float:
    """What ``work`` takes for everything ``asked``: for each the best of ``rounds``.

    So much else runs on a machine that the best of whole rounds would measure that.
    """
    best = [float("inf")] * len(asked)
    clock = time.perf_counter
    for _ in range(rounds):
        for place, each in enumerate(asked):
            begun = clock()
            work(each)
            took = clock() - begun
            best[place] = min(best[place], took)
    return sum(best)


def round_trip(asked: Sequence[analyzer_pb2.AnalyzeRequest]) -> float:
    """Seconds from question to answer for all ``asked``, with the pack in a process of its own."""
    with closing(PackProcess(PACKS / PACK, {})) as process:
        options = [("grpc.enable_http_proxy", 0)]
        with grpc.insecure_channel(process.address, options=options) as channel:
            stub = analyzer_pb2_grpc.AnalyzerStub(channel)
            stub.Analyze(asked[0], wait_for_ready=True)
            return seconds(stub.Analyze, asked, rounds=3)


def start_seconds(pack: Path) -> float:
    """From the start of a process until it says its port: the median of a few."""
    taken: list[float] = []
    for _ in range(STARTS):
        begun = time.perf_counter()
        process = PackProcess(pack, {})
        taken.append(time.perf_counter() - begun)
        process.close()
    return statistics.median(taken)
