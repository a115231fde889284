"""A warehouse on Google Cloud: nested arguments, a lookup, outputs of outputs."""

import pulumi
import pulumi_gcp as gcp

google = gcp.Provider("google", project="warehouse-1", region="europe-west1")
on_google = pulumi.ResourceOptions(provider=google)

network = gcp.compute.Network("net", auto_create_subnetworks=False, opts=on_google)
subnet = gcp.compute.Subnetwork(
    "net-a", network=network.id, ip_cidr_range="10.4.0.0/20", region="europe-west1", opts=on_google
)
bucket = gcp.storage.Bucket(
    "goods",
    location="EU",
    uniform_bucket_level_access=True,
    lifecycle_rules=[{"action": {"type": "Delete"}, "condition": {"age": 30}}],
    opts=on_google,
)
account = gcp.serviceaccount.Account("picker", account_id="picker", opts=on_google)
gcp.storage.BucketIAMMember(
    "picker-reads",
    bucket=bucket.name,
    role="roles/storage.objectViewer",
    member=account.email.apply(lambda email: f"serviceAccount:{email}"),
    opts=on_google,
)
project = gcp.organizations.get_project_output(
    project_id="warehouse-1", opts=pulumi.InvokeOptions(provider=google)
)
pulumi.export("bucket", bucket.url)
pulumi.export("project", project.number)
