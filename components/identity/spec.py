"""What a stack asks of an identity: who somebody is, and what they may do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from components.registry.spec import RepositoryName
from components.spec import Spec

GROUNDS: Final = frozenset({"aws", "gcp"})
GITHUB_HOST: Final = "token.actions.githubusercontent.com"


def _refuse_pattern(value: object) -> object:
    if isinstance(value, str) and set(value) & set("*?"):
        raise ValueError(
            f"{value} is a pattern, which would trust whoever fits it: name one subject"
        )
    return value


def _refuse_shared(value: object) -> object:
    if value == "default":
        raise ValueError(
            "default is the service account of every pod that names none:"
            " give the workload a service account of its own"
        )
    return value


_Exact = BeforeValidator(_refuse_pattern)

KubernetesName = Annotated[
    str, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", max_length=63), _Exact
]
Digits = Annotated[str, Field(pattern=r"^[1-9]\d{0,19}$"), _Exact]
EnvironmentName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$"), _Exact]
LogicalName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,29}$"), _Exact]
GitHubRepository = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}$"), _Exact
]
GitHubRef = Annotated[str, Field(pattern=r"^refs/(heads|tags)/[A-Za-z0-9._/-]{1,200}$"), _Exact]
GitHubWorkflow = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}/\.github/workflows/"
        r"[A-Za-z0-9._-]{1,100}\.ya?ml@refs/(heads|tags)/[A-Za-z0-9._/-]{1,200}$"
    ),
    _Exact,
]
GitLabHost = Annotated[
    str, Field(pattern=r"^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){1,5}$", max_length=200), _Exact
]
GitLabPath = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$", max_length=200),
    _Exact,
]
GitLabRef = Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]{1,200}$"), _Exact]


class Action(StrEnum):
    """What may be done to a thing."""

    READ = "read"  # the objects of a bucket
    LIST = "list"  # the names of a bucket's objects
    WRITE = "write"  # new objects, and new content of old ones
    DELETE = "delete"  # objects; earlier versions stay
    CONNECT = "connect"  # log in to a database or a cache
    PULL = "pull"  # images of a repository
    PUSH = "push"  # new images to a repository


class Thing(StrEnum):
    """What actions are granted on."""

    BUCKET = "bucket"
    DATABASE = "database"
    CACHE = "cache"
    REPOSITORY = "repository"


ACTIONS: Final[Mapping[Thing, frozenset[Action]]] = {
    Thing.BUCKET: frozenset({Action.READ, Action.LIST, Action.WRITE, Action.DELETE}),
    Thing.DATABASE: frozenset({Action.CONNECT}),
    Thing.CACHE: frozenset({Action.CONNECT}),
    Thing.REPOSITORY: frozenset({Action.PULL, Action.PUSH}),
}
READING: Final = frozenset({Action.READ, Action.LIST, Action.PULL})


class ServiceAccountSubjectSpec(Spec):
    """The pods of a cluster that run under one Kubernetes service account."""

    kind: Literal["service_account"] = Field(description="The subject is a service account.")
    namespace: KubernetesName = Field(description="Namespace of the service account.")
    service_account: Annotated[KubernetesName, BeforeValidator(_refuse_shared)] = Field(
        description="Name of the service account, which is one workload's own."
    )


class PipelineSubjectSpec(Spec):
    """A job of a continuous integration service, known by the token it is given."""

    session_minutes: Annotated[int, Field(ge=60, le=720)] = Field(
        default=60,
        description="Longest session of a job, minutes; on Google Cloud 60, whatever is asked.",
    )
    owns_provider: bool = Field(
        default=True,
        description="On AWS this identity holds the account's one identity provider of the"
        " service; false where another identity, of this stack or another, holds it.",
    )
    generation: Annotated[int, Field(ge=1, le=99)] = Field(
        default=1,
        description="On Google Cloud part of the pool's id. Raise it to create the identity again"
        " within 30 days of its deletion: the old id is not free before.",
    )


class GitHubSubjectSpec(PipelineSubjectSpec):
    """Jobs of one GitHub repository: of one environment, of one ref, or of its pull requests."""

    kind: Literal["github"] = Field(description="The subject is a job of GitHub Actions.")
    repository: GitHubRepository = Field(
        description="Owner and name of the repository, such as acme/shop."
    )
    owner_id: Digits = Field(
        description="Id of the repository's owner, digits in quotes; names are given anew, ids not."
    )
    repository_id: Digits = Field(
        description="Id of the repository, digits in quotes; names are given anew, ids not."
    )
    environment: EnvironmentName | None = Field(
        default=None, description="The GitHub environment that the job must deploy to."
    )
    ref: GitHubRef | None = Field(
        default=None, description="The ref that the job must run on: refs/heads/main."
    )
    pull_requests: bool = Field(
        default=False,
        description="Any pull request of the repository, whoever wrote it; may only read.",
    )
    workflow: GitHubWorkflow | None = Field(
        default=None,
        description="The workflow file and its ref that the job must come from:"
        " acme/shop/.github/workflows/deploy.yaml@refs/heads/main.",
    )

    @model_validator(mode="after")
    def _is_one_subject(self) -> Self:
        if self.pull_requests and (self.environment or self.ref):
            raise ValueError(
                f"pull_requests is true beside {self.environment or self.ref}: a token names one"
                " of environment, ref or pull request; make two identities"
            )
        if not (self.environment or self.ref or self.pull_requests):
            raise ValueError(
                f"{self.repository} alone would trust every job of the repository:"
                " name an environment, a ref, or set pull_requests"
            )
        return self


class GitLabSubjectSpec(PipelineSubjectSpec):
    """Jobs of one branch or tag of a GitLab project."""

    kind: Literal["gitlab"] = Field(description="The subject is a job of GitLab CI.")
    host: GitLabHost = Field(
        default="gitlab.com", description="Host name of the GitLab server, without scheme."
    )
    project_path: GitLabPath = Field(
        description="Groups and name of the project, such as acme/web/shop."
    )
    project_id: Digits = Field(
        description="Id of the project, digits in quotes; paths are given anew, ids not."
    )
    ref: GitLabRef = Field(description="The branch or tag that the job must run on, such as main.")
    ref_type: Literal["branch", "tag"] = Field(
        default="branch", description="Whether ref is a branch or a tag."
    )
    environment: EnvironmentName | None = Field(
        default=None, description="The GitLab environment that the job must deploy to."
    )


Subject = ServiceAccountSubjectSpec | GitHubSubjectSpec | GitLabSubjectSpec
SubjectSpec = Annotated[Subject, Field(discriminator="kind")]


class TargetSpec(Spec):
    """One thing of the same stack, by its chapter and its name there."""

    bucket: LogicalName | None = Field(default=None, description="Name of a bucket.")
    database: LogicalName | None = Field(default=None, description="Name of a database.")
    cache: LogicalName | None = Field(default=None, description="Name of a cache.")
    repository: Annotated[RepositoryName, _Exact] | None = Field(
        default=None, description="Name of a repository of the registry."
    )

    @property
    def named(self) -> dict[Thing, str]:
        """What is named; one, in a valid target."""
        fields = {thing: getattr(self, thing) for thing in Thing}
        return {thing: name for thing, name in fields.items() if name is not None}

    @property
    def thing(self) -> Thing:
        """What kind of thing it is."""
        return next(iter(self.named))

    @property
    def name(self) -> str:
        """What the stack calls it."""
        return self.named[self.thing]

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if len(self.named) != 1:
            named = ", ".join(f"{thing} {name}" for thing, name in self.named.items())
            raise ValueError(
                f"target names {named or 'nothing'}: name one of {', '.join(Thing)},"
                " and write one grant for each thing"
            )
        return self


class GrantSpec(Spec):
    """What the subject may do to one thing."""

    actions: tuple[Action, ...] = Field(
        min_length=1, max_length=len(Action), description="What may be done to it."
    )
    target: TargetSpec = Field(description="A thing of this stack: {bucket: uploads}.")

    @model_validator(mode="after")
    def _actions_fit(self) -> Self:
        allowed = ACTIONS[self.target.thing]
        if strays := [action for action in self.actions if action not in allowed]:
            raise ValueError(
                f"actions {', '.join(strays)} mean nothing on a {self.target.thing}:"
                f" use {', '.join(action for action in Action if action in allowed)}"
            )
        return self


class IdentitySpec(Spec):
    """Who somebody is to the cloud, and the little that they may do there.

    Nobody is given a key or a password: a pod or a job proves who it is by the short-lived token
    of its cluster or its service.
    """

    subject: SubjectSpec = Field(description="Who is trusted: exactly one.")
    grants: tuple[GrantSpec, ...] = Field(
        min_length=1, max_length=50, description="What they may do, one grant for each thing."
    )

    @model_validator(mode="after")
    def _grants_are_apart(self) -> Self:
        targets = [(grant.target.thing, grant.target.name) for grant in self.grants]
        if twice := sorted({f"{t} {n}" for t, n in targets if targets.count((t, n)) > 1}):
            raise ValueError(f"grants name {', '.join(twice)} twice: put the actions into one")
        return self

    @model_validator(mode="after")
    def _pull_requests_only_read(self) -> Self:
        if not (isinstance(self.subject, GitHubSubjectSpec) and self.subject.pull_requests):
            return self
        asked = {action for grant in self.grants for action in grant.actions} - READING
        if asked:
            raise ValueError(
                f"grants let any pull request {', '.join(sorted(asked))}, and anybody who may open"
                f" one with it: keep to {', '.join(sorted(READING))}, or trust an environment"
            )
        return self


def provider_host(subject: PipelineSubjectSpec) -> str:
    """The host that signs the tokens of ``subject``."""
    return subject.host if isinstance(subject, GitLabSubjectSpec) else GITHUB_HOST


def shared_providers(identities: Mapping[str, IdentitySpec]) -> Iterator[str]:
    """What is wrong with who owns the identity providers, one sentence for each.

    An account of AWS holds one provider for each host, whatever the number of roles that trust it.
    """
    owners: dict[str, list[str]] = {}
    for name, spec in identities.items():
        subject = spec.subject
        if isinstance(subject, PipelineSubjectSpec) and subject.owns_provider:
            owners.setdefault(provider_host(subject), []).append(name)
    for host, names in owners.items():
        if len(names) > 1:
            yield (
                f"{', '.join(names)} each own the identity provider {host}, of which an account"
                " has one: set subject.owns_provider to false in all but one"
            )
