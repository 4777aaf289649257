"""What steps tell about themselves; the contract names the members in `StepMember`."""

OBJECTS = frozenset({"steps", "workflow"})
"""Names in conditions that no variable can take away."""
MEMBERS = (
    "authEntity",
    "description",
    "imageId",
    "imageName",
    "imageReference",
    "imageRepoDigest",
    "imageTagName",
    "name",
    "output",
    "registry",
    "repo",
    "result",
    "revision",
    "type",
    "workingDirectory",
)
MEMBER_GROUPS = frozenset({"authEntity", "output"})
"""Those that have members themselves."""
MEMBERS_BY_ALIAS = {
    "working-directory": "workingDirectory",
    "working_directory": "workingDirectory",
    "status": "result",
    "image": "imageReference",
}
"""Members under the other names that pipelines use."""
RESULTS = (
    "success",
    "failure",
    "skipped",
    "pending",
    "running",
    "approved",
    "denied",
    "terminating",
    "terminated",
)
"""The values of a step's `result`."""
WORKFLOW_RESULTS = ("running", "success", "failure", "terminated", "pending-approval")
"""The values of the workflow's `result`."""
