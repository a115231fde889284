"""A web shop on an existing cluster: typed objects, a component, a secret."""

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_random as random


class Shop(pulumi.ComponentResource):
    """A deployment and the service in front of it."""

    def __init__(self, name: str, replicas: int, opts: pulumi.ResourceOptions) -> None:
        super().__init__("example:shop:Shop", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        labels = {"app": name}
        namespace = kubernetes.core.v1.Namespace(name, opts=child)
        password = random.RandomPassword(f"{name}-password", length=20, opts=child)
        secret = kubernetes.core.v1.Secret(
            f"{name}-secret",
            metadata={"namespace": namespace.metadata.name},
            string_data={"password": password.result},
            opts=child,
        )
        kubernetes.apps.v1.Deployment(
            name,
            metadata={"namespace": namespace.metadata.name},
            spec={
                "replicas": replicas,
                "selector": {"match_labels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {
                        "containers": [
                            {
                                "name": "web",
                                "image": "nginx:1.29.3",
                                "env_from": [{"secret_ref": {"name": secret.metadata.name}}],
                            }
                        ]
                    },
                },
            },
            opts=child,
        )
        self.service = kubernetes.core.v1.Service(
            name,
            metadata={"namespace": namespace.metadata.name},
            spec={"selector": labels, "ports": [{"port": 80, "target_port": 8080}]},
            opts=child,
        )
        self.register_outputs({"service": self.service.metadata.name})


cluster = kubernetes.Provider("cluster", kubeconfig=pulumi.Output.secret("{}"))
shop = Shop("shop", 2, pulumi.ResourceOptions(providers=[cluster]))
pulumi.export("service", shop.service.metadata.name)
