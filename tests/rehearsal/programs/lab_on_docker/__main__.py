"""A lab on one Docker host: a network, a container, a certificate of its own."""

import pulumi
import pulumi_docker as docker
import pulumi_tls as tls

network = docker.Network("lab")
image = docker.RemoteImage("web", name="nginx:1.29.3")
key = tls.PrivateKey("key", algorithm="ECDSA", ecdsa_curve="P256")
certificate = tls.SelfSignedCert(
    "certificate",
    private_key_pem=key.private_key_pem,
    allowed_uses=["server_auth"],
    validity_period_hours=24,
    subject={"common_name": "lab.local"},
)
container = docker.Container(
    "web",
    image=image.image_id,
    networks_advanced=[{"name": network.name, "aliases": ["web"]}],
    uploads=[
        {"file": "/tls/key.pem", "content": key.private_key_pem},
        {"file": "/tls/cert.pem", "content": certificate.cert_pem},
    ],
)
pulumi.export("container", container.id)
pulumi.export("key", key.private_key_pem)
