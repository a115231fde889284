from __future__ import annotations

import subprocess
import sys

import pytest

from rehearsal.property_types import Shape, patiently
from rehearsal.sdk import NOT_INSTALLED, ResourceType
from tests.rehearsal.simulation import DATABASE, DEPLOYMENT, PASSWORD, SECURITY_GROUP, sdk


def known(token: str) -> ResourceType:
    found = sdk().resource_type(token)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("token", "package", "required"),
    [
        (SECURITY_GROUP, "aws", set[str]()),
        (DATABASE, "aws", {"instanceClass"}),
        ("aws:lambda/function:Function", "aws", {"role"}),
        ("docker:index/container:Container", "docker", {"image"}),
        (PASSWORD, "random", {"length"}),
        ("tls:index/privateKey:PrivateKey", "tls", {"algorithm"}),
        (DEPLOYMENT, "kubernetes", {"spec"}),
        ("gcp:sql/databaseInstance:DatabaseInstance", "gcp", {"databaseVersion"}),
        ("pulumi:providers:aws", "aws", set[str]()),
    ],
)
def test_a_token_alone_leads_to_the_type_and_its_required_inputs(
    token: str, package: str, required: set[str]
) -> None:
    assert known(token).package == package
    assert known(token).required == required


@pytest.mark.parametrize(
    "token",
    [
        "aws:ec2/vpc:Vpd",
        "nobody:index/thing:Thing",
        "pulumi:pulumi:Stack",
        "plinth:network:Aws",
        "",
    ],
)
def test_a_type_that_no_sdk_lists_is_unknown(token: str) -> None:
    assert sdk().resource_type(token) is None


def test_properties_are_known_by_their_wire_names_and_computed_ones_by_having_no_input() -> None:
    group = known(SECURITY_GROUP)

    assert {"vpcId", "namePrefix", "ingress"} <= group.inputs.keys()
    assert group.computed == ("arn", "ownerId", "tagsAll")
    assert "arn" in group.certain
    assert "tags" not in group.certain


def test_nested_objects_have_fields_with_types_and_required_ones() -> None:
    ingress = known(SECURITY_GROUP).inputs["ingress"]

    assert ingress.shape is Shape.LIST
    assert ingress.element is not None
    rule = ingress.element.object
    assert rule is not None
    assert rule.name == "SecurityGroupIngress"
    assert rule.required == {"fromPort", "protocol", "toPort"}
    assert rule.fields["fromPort"].shape is Shape.INTEGER


def test_types_that_contain_themselves_are_learned_step_by_step() -> None:
    schema = known("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition").inputs["spec"]
    assert schema.object is not None
    versions = schema.object.fields["versions"].element
    assert versions is not None
    assert versions.object is not None
    validation = versions.object.fields["schema"].object
    assert validation is not None
    root = validation.fields["openAPIV3Schema"].object
    assert root is not None
    properties = root.fields["properties"].element
    assert properties is not None
    assert properties.object is not None
    assert properties.object.fields.keys() == root.fields.keys()


def test_unions_enums_and_assets_are_told_apart() -> None:
    service = known("kubernetes:core/v1:Service").inputs
    ports = service["spec"].object
    assert ports is not None
    port = ports.fields["ports"].element
    assert port is not None
    assert port.object is not None
    target = port.object.fields["targetPort"]

    assert target.shape is Shape.UNION
    assert {member.shape for member in target.members} == {Shape.INTEGER, Shape.STRING}
    assert service["kind"].choices == ("Service",)
    assert known("aws:lambda/function:Function").inputs["code"].shape is Shape.ASSET
    # "text or one of an enum" allows any text
    assert known("aws:lambda/function:Function").inputs["runtime"].shape is Shape.STRING


def test_secrets_are_those_the_sdk_declares() -> None:
    assert known(PASSWORD).secret_outputs == {"bcryptHash", "result"}
    assert known(DATABASE).secret_inputs == {"password", "passwordWo"}
    assert known(SECURITY_GROUP).secret_outputs == set()


def test_functions_have_arguments_and_typed_results() -> None:
    zones = sdk().function("aws:index/getAvailabilityZones:getAvailabilityZones")
    vpc = sdk().function("aws:ec2/getVpc:getVpc")
    lambda_function = sdk().function("aws:lambda/getFunction:getFunction")

    assert zones is not None
    assert zones.outputs["names"].shape is Shape.LIST
    assert vpc is not None
    assert {"cidrBlock", "filters"} <= vpc.arguments
    assert lambda_function is not None
    assert sdk().function("aws:ec2/getNothing:getNothing") is None
    assert sdk().function("no function") is None


def test_a_module_that_another_thread_is_still_loading_is_waited_for() -> None:
    late = iter([AttributeError("still loading"), NameError("still loading")])

    def load() -> str:
        for error in late:
            raise error
        return "loaded"

    assert patiently(load) == "loaded"


def test_versions_are_those_installed() -> None:
    assert sdk().version("aws").startswith("7.")
    assert sdk().version("nobody") == NOT_INSTALLED


def test_only_the_module_of_the_type_is_imported() -> None:
    script = (
        "import sys\n"
        "from rehearsal.sdk import Sdk\n"
        "sdk = Sdk()\n"
        "assert sdk.resource_type('aws:ecr/repository:Repository')\n"
        "assert sdk.similar('aws:ec2/vpc:Vpc')\n"
        "loaded = {n for n in sys.modules if n.startswith('pulumi_aws.') and n.endswith('._inputs')}\n"
        "assert loaded == {'pulumi_aws._inputs', 'pulumi_aws.ecr._inputs'}, loaded\n"
    )

    result = subprocess.run(  # noqa: S603 the script is this test's own
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stderr
