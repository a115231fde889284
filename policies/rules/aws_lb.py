"""AWS load balancers: what they speak, what they record, what they let through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.controls import cis_aws, cis_eks, fsbp
from policies.expected import expects, given, on, one_of
from policies.rule import PROD, Check, Demand, Rule, Setting, Severity
from policies.subject import Subject
from policies.tags import has_tag
from policies.themes import Theme
from policies.view import UNKNOWN_ARRAY, UNKNOWN_BOOLEAN, UNKNOWN_STRING, Truth, View, every

_LISTENER: Final = "aws:lb/listener:Listener"
_BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
_CLASSIC: Final = "aws:elb/loadBalancer:LoadBalancer"
_DOCS: Final = "https://docs.aws.amazon.com"

_CERTIFICATE: Final = "arn:aws:acm:eu-west-1:111122223333:certificate/0a1b2c3d"

# From TLS 1.2 up, of those AWS has for load balancers that are not classic.
_POLICIES: Final = (
    "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Ext0-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Ext1-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Ext1-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Ext0-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Ext1-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS-1-2-2017-01",
    "ELBSecurityPolicy-TLS-1-2-Ext-2018-06",
    "ELBSecurityPolicy-FS-1-2-2019-08",
    "ELBSecurityPolicy-FS-1-2-Res-2019-08",
    "ELBSecurityPolicy-FS-1-2-Res-2020-10",
)
_OLD: Final = "ELBSecurityPolicy-2016-08"


def _is(protocol: View, *wanted: str) -> Truth:
    # The provider takes protocols in either case.
    return protocol.matches(lambda text: text.upper() in wanted)


def _only_redirects(listener: Subject) -> Iterator[Demand]:
    protocol = listener.at("protocol", absent="HTTP")
    actions = listener.at("defaultActions")
    redirected = every(
        action.at("type").is_one_of("redirect")
        & action.at("redirect", "protocol").is_one_of("HTTPS")
        for action in actions.elements()
    )
    redirects = ~actions.is_empty() & redirected
    http = _is(protocol, "HTTP")
    yield Demand(
        ~http | redirects,
        protocol if redirects is Truth.NO else actions,
        "answers in clear other than with a redirect",
    )
    certificate = listener.at("certificateArn")
    yield Demand(
        ~_is(protocol, "HTTPS", "TLS") | certificate.is_given(),
        certificate if http is Truth.NO else protocol,
        "is left out, so that nothing can be encrypted",
    )


def _encrypted(balancer: Subject) -> Iterator[Demand]:
    for listener in balancer.at("listeners").elements():
        protocol = listener.at("lbProtocol")
        yield Demand(_is(protocol, "HTTPS", "SSL"), protocol, "takes connections without TLS")


def _modern(listener: Subject) -> Iterator[Demand]:
    protocol = listener.at("protocol")
    encrypts = _is(protocol, "HTTPS", "TLS")
    policy = listener.at("sslPolicy", absent=_OLD)
    allowed: tuple[str, ...] = listener.configured["policies"]
    yield Demand(
        ~encrypts | policy.is_one_of(*allowed),
        policy if encrypts is Truth.YES else protocol,
        "accepts versions that are broken",
    )


def _is_no_gateway(balancer: Subject) -> Truth:
    return ~balancer.at("loadBalancerType").is_one_of("gateway")


def _is_application(balancer: Subject) -> Truth:
    return balancer.at("loadBalancerType", absent="application").is_one_of("application")


def _internal(balancer: Subject) -> Iterator[Demand]:
    internal = balancer.at("internal", absent=False)
    approved = has_tag(balancer, balancer.configured["public_tags"])
    yield Demand(internal.is_true() | approved, internal, "faces the internet unapproved")


def _listener(protocol: str | None, *actions: dict[str, Any], **props: Any) -> dict[str, Any]:
    return {"protocol": protocol, "port": 443, "defaultActions": list(actions), **props}


def _redirect(**to: Any) -> dict[str, Any]:
    return {"type": "redirect", "redirect": {"statusCode": "HTTP_301", **to}}


_FORWARD: Final = {"type": "forward", "targetGroupArn": UNKNOWN_STRING}
_TO_HTTPS: Final = _redirect(protocol="HTTPS", port="443")

HTTPS: Final = Rule(
    id="aws-lb-https",
    title="Load balancers answer over TLS, and over HTTP with a redirect only",
    reason="What is answered over HTTP can be read and changed by whoever is on the way.",
    severity=Severity.HIGH,
    theme=Theme.TRANSIT,
    controls=(*fsbp("ELB.1", "ELB.3"), *cis_eks("5.4.5")),
    fix=(
        "Give the listener protocol HTTPS and a certificate, or for HTTP one default action of "
        "type redirect whose protocol is HTTPS; give listeners of a classic load balancer HTTPS "
        "or SSL."
    ),
    source=f"{_DOCS}/securityhub/latest/userguide/elb-controls.html#elb-1",
    checks=(
        Check(
            type=_LISTENER,
            demand="A listener for HTTP only redirects to HTTPS; one for TLS has a certificate.",
            reads=(
                "protocol",
                "defaultActions.type",
                "defaultActions.redirect.protocol",
                "certificateArn",
            ),
            absent=(
                "protocol left out is HTTP. No default action, an action without type and a "
                "redirect without protocol, which keeps that of the request, violate for HTTP. "
                "certificateArn left out violates for HTTPS and TLS."
            ),
            judge=_only_redirects,
            good={
                "HTTPS": _listener("HTTPS", _FORWARD, certificateArn=_CERTIFICATE),
                "HTTPS, certificate not known": _listener(
                    "HTTPS", _FORWARD, certificateArn=UNKNOWN_STRING
                ),
                "TLS": _listener("TLS", _FORWARD, certificateArn=_CERTIFICATE),
                "TCP": _listener("TCP", _FORWARD),
                "HTTP, redirected": _listener("HTTP", _TO_HTTPS),
                "left out, redirected": _listener(None, _TO_HTTPS),
                "protocol not known, redirected and certified": _listener(
                    UNKNOWN_STRING, _TO_HTTPS, certificateArn=_CERTIFICATE
                ),
            },
            bad={
                "left out": {},
                "HTTP, forwarded": _listener("HTTP", _FORWARD),
                "HTTP in lower case, forwarded": _listener("http", _FORWARD),
                "HTTP, no action": _listener("HTTP"),
                "HTTP, redirected to HTTP": _listener("HTTP", _redirect(protocol="HTTP")),
                "HTTP, redirected to the protocol of the request": _listener(
                    "HTTP", _redirect(protocol="#{protocol}")
                ),
                "HTTP, redirected, protocol left out": _listener("HTTP", _redirect(port="443")),
                "HTTP, one of two actions forwards": _listener("HTTP", _TO_HTTPS, _FORWARD),
                "HTTP, action without type": _listener(
                    "HTTP", {"redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}}
                ),
                "HTTPS, certificate left out": _listener("HTTPS", _FORWARD),
                "TLS, certificate left out": _listener("TLS", _FORWARD),
            },
            undecided={
                "protocol not known, forwarded": _listener(
                    UNKNOWN_STRING, _FORWARD, certificateArn=_CERTIFICATE
                ),
                "protocol not known, no certificate": _listener(UNKNOWN_STRING, _TO_HTTPS),
                "HTTP, actions not known": {"protocol": "HTTP", "defaultActions": UNKNOWN_ARRAY},
                "HTTP, type of the action not known": _listener(
                    "HTTP", {**_TO_HTTPS, "type": UNKNOWN_STRING}
                ),
                "HTTP, redirected to what is not known": _listener(
                    "HTTP", _redirect(protocol=UNKNOWN_STRING)
                ),
            },
        ),
        Check(
            type=_CLASSIC,
            demand="Every listener takes HTTPS or SSL.",
            reads=("listeners.lbProtocol",),
            absent="No listeners satisfies; a listener without lbProtocol violates.",
            judge=_encrypted,
            good={
                "HTTPS": {"listeners": [{"lbPort": 443, "lbProtocol": "HTTPS"}]},
                "SSL, in lower case": {"listeners": [{"lbPort": 443, "lbProtocol": "ssl"}]},
                "no listeners": {},
            },
            bad={
                "HTTP": {"listeners": [{"lbPort": 80, "lbProtocol": "HTTP"}]},
                "TCP": {"listeners": [{"lbPort": 80, "lbProtocol": "TCP"}]},
                "the second one HTTP": {
                    "listeners": [{"lbProtocol": "HTTPS"}, {"lbProtocol": "HTTP"}]
                },
                "left out": {"listeners": [{"lbPort": 80}]},
            },
            undecided={
                "listeners not known": {"listeners": UNKNOWN_ARRAY},
                "protocol not known": {"listeners": [{"lbProtocol": UNKNOWN_STRING}]},
            },
        ),
    ),
)

TLS_POLICY: Final = Rule(
    id="aws-lb-tls-policy",
    title="Load balancers speak TLS 1.2 or newer",
    reason="TLS 1.0 and 1.1 are broken; whoever is on the way can make a client fall back to them.",
    severity=Severity.HIGH,
    theme=Theme.TRANSIT,
    controls=(),
    fix='Set ssl_policy="ELBSecurityPolicy-TLS13-1-2-2021-06" or a stricter one.',
    source=f"{_DOCS}/elasticloadbalancing/latest/application/describe-ssl-policies.html",
    settings=(
        Setting(
            name="policies",
            description="The security policies that listeners may have.",
            default=_POLICIES,
        ),
    ),
    checks=(
        Check(
            type=_LISTENER,
            demand="The security policy of a listener for HTTPS or TLS is one of those configured.",
            reads=("sslPolicy", "protocol"),
            absent=(
                "sslPolicy left out is ELBSecurityPolicy-2016-08, which has TLS 1.0, and "
                "violates. protocol left out is HTTP, which has no policy, and satisfies."
            ),
            judge=_modern,
            good={
                **{each: _listener("HTTPS", sslPolicy=each) for each in _POLICIES},
                "TLS": _listener("TLS", sslPolicy=_POLICIES[0]),
                "protocol not known": _listener(UNKNOWN_STRING, sslPolicy=_POLICIES[0]),
                "HTTP": _listener("HTTP"),
                "protocol left out": _listener(None),
                "TCP": _listener("TCP"),
            },
            bad={
                "left out": _listener("HTTPS"),
                "left out, TLS": _listener("tls"),
                "the default": _listener("HTTPS", sslPolicy=_OLD),
                "TLS 1.1": _listener("HTTPS", sslPolicy="ELBSecurityPolicy-TLS-1-1-2017-01"),
                "TLS 1.3 down to 1.0": _listener(
                    "HTTPS", sslPolicy="ELBSecurityPolicy-TLS13-1-0-2021-06"
                ),
            },
            undecided={
                "not known": _listener("HTTPS", sslPolicy=UNKNOWN_STRING),
                "left out, protocol not known": _listener(UNKNOWN_STRING),
            },
        ),
    ),
)

ACCESS_LOGS: Final = Rule(
    id="aws-lb-access-logs",
    title="Load balancers keep a log of requests",
    reason="Without one nobody can tell afterwards who asked for what, or where an attack came in.",
    severity=Severity.MEDIUM,
    theme=Theme.LOGGING,
    controls=(*cis_aws(v7=("4.10",)), *fsbp("ELB.5")),
    fix="Set access_logs with enabled=True and a bucket that the load balancer may write to.",
    source=f"{_DOCS}/securityhub/latest/userguide/elb-controls.html#elb-5",
    checks=(
        expects(
            _BALANCER,
            "Access logs are on and go to a bucket; a gateway load balancer has none.",
            on("accessLogs.enabled", "records no requests"),
            given("accessLogs.bucket", "goes to no bucket", example="edge-logs"),
            applies=_is_no_gateway,
            applies_reads=("loadBalancerType",),
            foreign={"a gateway": {"loadBalancerType": "gateway"}},
        ),
    ),
)

_PUBLIC_TAGS: Final = Setting(
    name="public_tags",
    description="Tags, as key=value, that approve a load balancer which faces the internet.",
    default=(),
)


HARDENED: Final = Rule(
    id="aws-lb-hardened",
    title="Load balancers drop malformed requests, face inwards and stay in production",
    reason="Requests that are read in two ways slip past the checks in front of an application.",
    severity=Severity.MEDIUM,
    theme=Theme.EXPOSURE,
    controls=fsbp("ELB.4", "ELB.6", "ELB.12"),
    fix=(
        "Set drop_invalid_header_fields=True, desync_mitigation_mode to defensive or strictest, "
        "internal=True unless a tag approves the load balancer, and in production "
        "enable_deletion_protection=True."
    ),
    source=f"{_DOCS}/securityhub/latest/userguide/elb-controls.html#elb-4",
    settings=(_PUBLIC_TAGS,),
    checks=(
        expects(
            _BALANCER,
            "An application load balancer drops what is malformed.",
            on("dropInvalidHeaderFields", "passes invalid headers on"),
            one_of(
                "desyncMitigationMode",
                "passes requests on that servers may read in two ways",
                "defensive",
                "strictest",
                bad=("monitor",),
                left_out="defensive",
            ),
            applies=_is_application,
            applies_reads=("loadBalancerType",),
            foreign={
                "a network load balancer": {"loadBalancerType": "network"},
                "a gateway": {"loadBalancerType": "gateway"},
            },
        ),
        expects(
            _BALANCER,
            "It cannot be deleted by mistake.",
            on("enableDeletionProtection", "lets it be deleted"),
            environments=PROD,
        ),
        Check(
            type=_BALANCER,
            demand="It faces inwards, unless a tag approves it; a gateway faces nobody.",
            reads=("internal", "tags", "loadBalancerType"),
            absent=(
                "internal left out is false and violates. No tags approve nothing. "
                "loadBalancerType left out is application."
            ),
            applies=_is_no_gateway,
            judge=_internal,
            good={
                "internal": {"internal": True},
                "internal, tags not known": {"internal": True, "tags": UNKNOWN_STRING},
                "internal, type not known": {"internal": True, "loadBalancerType": UNKNOWN_STRING},
            },
            bad={
                "left out": {},
                "facing the internet": {"internal": False},
                "facing the internet, with a tag nobody configured": {
                    "internal": False,
                    "tags": {"Tier": "edge"},
                },
            },
            undecided={
                "not known": {"internal": UNKNOWN_BOOLEAN},
                "left out, type not known": {"loadBalancerType": UNKNOWN_STRING},
            },
            foreign={"a gateway": {"loadBalancerType": "gateway"}},
        ),
    ),
)
