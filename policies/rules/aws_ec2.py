"""Machines on AWS: their metadata, their addresses, their disks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.controls import Relation, cis_aws, fsbp
from policies.expected import expects, off, on
from policies.rule import Check, Demand, Rule, Setting, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_ARRAY, UNKNOWN_BOOLEAN, UNKNOWN_STRING, Truth, View, some, truth

_INSTANCE: Final = "aws:ec2/instance:Instance"
_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
_VOLUME: Final = "aws:ebs/volume:Volume"
_SUBNET: Final = "aws:ec2/subnet:Subnet"


def _by_token_within(hops: int, subject: Subject) -> Iterator[Demand]:
    tokens = subject.at("metadataOptions", "httpTokens", absent="optional")
    yield Demand(
        tokens.is_one_of("required"), tokens, "answers requests for metadata without token"
    )
    limit = subject.at("metadataOptions", "httpPutResponseHopLimit", absent=1)
    number = limit.number()
    near = Truth.UNKNOWN if number is None else truth(number <= hops)
    yield Demand(near, limit, "lets tokens travel further than what runs on the machine")


def _metadata_check(type_: str, hops: int) -> Check:
    def judge(subject: Subject) -> Iterator[Demand]:
        return _by_token_within(hops, subject)

    required = {"httpTokens": "required"}
    return Check(
        type=type_,
        demand=f"Metadata takes a token, which travels {hops} hop{'s' if hops > 1 else ''} at most.",
        reads=("metadataOptions.httpTokens", "metadataOptions.httpPutResponseHopLimit"),
        absent=(
            "httpTokens left out is optional and violates. httpPutResponseHopLimit left out is 1 "
            "and satisfies."
        ),
        judge=judge,
        good={
            "tokens required": {"metadataOptions": required},
            "as far as allowed": {"metadataOptions": {**required, "httpPutResponseHopLimit": hops}},
        },
        bad={
            "left out": {},
            "tokens left out": {"metadataOptions": {"httpPutResponseHopLimit": 1}},
            "tokens optional": {"metadataOptions": {"httpTokens": "optional"}},
            "too far": {"metadataOptions": {**required, "httpPutResponseHopLimit": hops + 1}},
        },
        undecided={
            "tokens not known": {"metadataOptions": {"httpTokens": UNKNOWN_STRING}},
            "hops not known": {
                "metadataOptions": {**required, "httpPutResponseHopLimit": UNKNOWN_STRING}
            },
        },
    )


def _without_address(template: Subject) -> Iterator[Demand]:
    for interface in template.at("networkInterfaces").elements():
        public = interface.at("associatePublicIpAddress", absent="false")
        yield Demand(~public.is_true(), public, "gives machines a public address")


def _encrypted_disks(template: Subject) -> Iterator[Demand]:
    mappings = template.at("blockDeviceMappings")
    disks = [each.at("ebs") for each in mappings.elements()]
    yield Demand(
        some(disk.is_given() for disk in disks),
        mappings,
        "leaves the disks to the image, as they are",
    )
    for disk in disks:
        if disk.is_present:
            encrypted = disk.at("encrypted", absent="false")
            yield Demand(encrypted.is_true(), encrypted, "leaves a disk unencrypted")


def _encrypted_instance(instance: Subject) -> Iterator[Demand]:
    more = instance.at("ebsBlockDevices").elements()
    for disk in (instance.at("rootBlockDevice"), *more):
        encrypted = disk.at("encrypted", absent=False)
        yield Demand(encrypted.is_true(), encrypted, "leaves a disk unencrypted")


def _private_by_default(subnet: Subject) -> Iterator[Demand]:
    public = subnet.at("mapPublicIpOnLaunch", absent=False)
    yield Demand(
        ~public.is_true() | _declared_public(subnet.at("tags"), subnet.configured["public_tags"]),
        public,
        "gives every machine in the subnet a public address",
    )


def _declared_public(tags: View, marks: tuple[str, ...]) -> Truth:
    pairs = [mark.partition("=") for mark in marks]
    return some(tags.at(key).is_one_of(value) for key, _, value in pairs)


IMDSV2: Final = Rule(
    id="aws-ec2-imdsv2",
    title="Machines give out their metadata for a token only",
    reason=(
        "A server that can be made to fetch a URL gives away the credentials of its machine, "
        "unless the metadata service asks for a token that such a request cannot carry."
    ),
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    controls=(*cis_aws(v7=("6.7",), v5=("5.7",)), *fsbp("EC2.8", "EC2.170")),
    fix='Set metadata_options with http_tokens="required" and http_put_response_hop_limit=1.',
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-8",
    checks=(_metadata_check(_TEMPLATE, 2), _metadata_check(_INSTANCE, 1)),
)

NO_PUBLIC_IP: Final = Rule(
    id="aws-ec2-no-public-ip",
    title="Machines have no public address",
    reason="A public address leaves one security group between a machine and everybody.",
    severity=Severity.HIGH,
    theme=Theme.EXPOSURE,
    controls=fsbp("EC2.9", "EC2.25"),
    fix="Set associate_public_ip_address to false and put a load balancer in front of the machine.",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-9",
    checks=(
        expects(
            _INSTANCE,
            "The machine asks for no public address.",
            off(
                "associatePublicIpAddress",
                "gives the machine a public address",
                left_out_as="what its subnet says",
            ),
        ),
        Check(
            type=_TEMPLATE,
            demand="No interface asks for a public address.",
            reads=("networkInterfaces.associatePublicIpAddress",),
            absent="Left out, the subnet decides, and it satisfies.",
            judge=_without_address,
            good={
                "no interfaces": {},
                "left out": {"networkInterfaces": [{"deviceIndex": 0}]},
                "private": {"networkInterfaces": [{"associatePublicIpAddress": "false"}]},
            },
            bad={
                "public": {"networkInterfaces": [{"associatePublicIpAddress": "true"}]},
                "the second one public": {
                    "networkInterfaces": [{}, {"associatePublicIpAddress": True}]
                },
            },
            undecided={
                "not known": {"networkInterfaces": [{"associatePublicIpAddress": UNKNOWN_STRING}]},
                "interfaces not known": {"networkInterfaces": UNKNOWN_ARRAY},
            },
        ),
    ),
)

EBS_ENCRYPTED: Final = Rule(
    id="aws-ebs-encrypted",
    title="Disks of machines are encrypted",
    reason=(
        "Snapshots and images inherit the encryption of a disk, and one that was never encrypted "
        "cannot be encrypted in place."
    ),
    severity=Severity.HIGH,
    theme=Theme.ENCRYPTION,
    controls=(
        *cis_aws(v7=("6.1.1",), v5=("5.1.1",), relation=Relation.RELATED),
        *fsbp("EC2.3", "EC2.181"),
        *fsbp("EC2.7", relation=Relation.RELATED),
    ),
    fix=(
        "Set encrypted to true on every disk; a launch template names the disks of its image in "
        "block_device_mappings."
    ),
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-3",
    checks=(
        expects(_VOLUME, "The disk is encrypted.", on("encrypted", "leaves the disk unencrypted")),
        Check(
            type=_TEMPLATE,
            demand="The disks are named, and each is encrypted.",
            reads=("blockDeviceMappings.ebs.encrypted",),
            absent=(
                "No mapping with a disk leaves the disks as the image has them and violates. "
                "encrypted left out is false and violates."
            ),
            judge=_encrypted_disks,
            good={
                "encrypted": {"blockDeviceMappings": [{"ebs": {"encrypted": "true"}}]},
                "encrypted, and a store without disk": {
                    "blockDeviceMappings": [
                        {"ebs": {"encrypted": True, "kmsKeyId": UNKNOWN_STRING}},
                        {"virtualName": "ephemeral0"},
                    ]
                },
            },
            bad={
                "no mappings": {},
                "no disk": {"blockDeviceMappings": [{"virtualName": "ephemeral0"}]},
                "left out": {"blockDeviceMappings": [{"ebs": {"volumeType": "gp3"}}]},
                "one of two unencrypted": {
                    "blockDeviceMappings": [
                        {"ebs": {"encrypted": "true"}},
                        {"ebs": {"encrypted": "false"}},
                    ]
                },
            },
            undecided={
                "not known": {"blockDeviceMappings": [{"ebs": {"encrypted": UNKNOWN_STRING}}]},
                "mappings not known": {"blockDeviceMappings": UNKNOWN_ARRAY},
            },
        ),
        Check(
            type=_INSTANCE,
            demand="The first disk and every further one are encrypted.",
            reads=("rootBlockDevice.encrypted", "ebsBlockDevices.encrypted"),
            absent=(
                "encrypted left out is false and violates, and so does no rootBlockDevice. No "
                "ebsBlockDevices satisfy."
            ),
            judge=_encrypted_instance,
            good={
                "first disk encrypted": {"rootBlockDevice": {"encrypted": True}},
                "two disks encrypted": {
                    "rootBlockDevice": {"encrypted": True},
                    "ebsBlockDevices": [{"encrypted": True}],
                },
            },
            bad={
                "left out": {},
                "first disk left out": {"rootBlockDevice": {}},
                "second disk left out": {
                    "rootBlockDevice": {"encrypted": True},
                    "ebsBlockDevices": [{"volumeSize": 20}],
                },
                "first disk unencrypted": {"rootBlockDevice": {"encrypted": False}},
            },
            undecided={
                "first disk not known": {"rootBlockDevice": {"encrypted": UNKNOWN_BOOLEAN}},
                "second disk not known": {
                    "rootBlockDevice": {"encrypted": True},
                    "ebsBlockDevices": [{"encrypted": UNKNOWN_BOOLEAN}],
                },
            },
        ),
    ),
)

NO_AUTO_PUBLIC_IP: Final = Rule(
    id="aws-subnet-no-auto-public-ip",
    title="Subnets give no public address to whatever starts in them",
    reason="Where addresses are given out unasked, what was meant to be private is not.",
    severity=Severity.MEDIUM,
    theme=Theme.EXPOSURE,
    controls=fsbp("EC2.15"),
    fix="Set map_public_ip_on_launch=False, or give the subnet a tag that declares it public.",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-15",
    settings=(
        Setting(
            name="public_tags",
            description="Tags, as key=value, that declare a subnet public.",
            default=(),
        ),
    ),
    checks=(
        Check(
            type=_SUBNET,
            demand="Nothing gets a public address unasked, unless a tag declares the subnet public.",
            reads=("mapPublicIpOnLaunch", "tags"),
            absent="mapPublicIpOnLaunch left out is false and satisfies. No tags declare nothing.",
            judge=_private_by_default,
            good={
                "private": {"mapPublicIpOnLaunch": False, "tags": UNKNOWN_STRING},
                "left out": {},
            },
            bad={
                "public": {"mapPublicIpOnLaunch": True},
                "public, with a tag nobody configured": {
                    "mapPublicIpOnLaunch": True,
                    "tags": {"Tier": "edge"},
                },
            },
            undecided={"not known": {"mapPublicIpOnLaunch": UNKNOWN_BOOLEAN}},
        ),
    ),
)
