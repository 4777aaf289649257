"""Names that `${{…}}` may hold without anybody having set them: system variables, step members.

Source: the platform's page on variables.
"""

from __future__ import annotations

SYSTEM_VARIABLES = {
    "CI": "Always `true`.",
    "CF_REPO_OWNER": "Owner of the repository.",
    "CF_REPO_NAME": "Name of the repository.",
    "CF_BRANCH": "Branch that is built, or the tag for events of tags.",
    "CF_BASE_BRANCH": "Branch that a tag was made from.",
    "CF_BRANCH_TAG_NORMALIZED": "The branch, made a legal Docker tag.",
    "CF_BRANCH_TAG_NORMALIZED_LOWER_CASE": "The branch, made a legal Docker tag in lower case.",
    "CF_BRANCH_VERSION_NORMALIZED": "The branch, made part of a version.",
    "CF_REVISION": "Id of the commit, 40 digits.",
    "CF_SHORT_REVISION": "First 7 digits of the commit id.",
    "CF_COMMIT_AUTHOR": "Author of the commit.",
    "CF_COMMIT_MESSAGE": "Message of the commit, its quotes escaped.",
    "CF_COMMIT_MESSAGE_ESCAPED": "Message of the commit, all special characters escaped.",
    "CF_COMMIT_URL": "Address of the commit on the web.",
    "CF_BUILD_INITIATOR": "Who started the build.",
    "CF_ACCOUNT": "Name of the account.",
    "CF_BUILD_ID": "Id of the build, 24 digits.",
    "CF_BUILD_TIMESTAMP": "When the build was created, in milliseconds since 1970.",
    "CF_BUILD_TRIGGER": "What started the build: `build` or `webhook`.",
    "CF_URL": "Address of the platform.",
    "CF_BUILD_URL": "Address of the build on the web.",
    "CF_PIPELINE_NAME": "Project and name of the pipeline.",
    "CF_STEP_NAME": "Name of the step that runs.",
    "CF_VOLUME": "Name of the volume that steps share; `CF_VOLUME_NAME` is its newer name.",
    "CF_VOLUME_NAME": "Name of the volume that steps share.",
    "CF_VOLUME_PATH": "Where the volume is mounted: `/codefresh/volume`.",
    "CF_CURRENT_ATTEMPT": "Which attempt of the step this is, from 1.",
    "CF_MAX_ATTEMPTS": "How many attempts the step has.",
    "CF_KUBECONFIG_PATH": "Path of the configuration of connected clusters.",
    "CF_API_KEY": "Token of the platform's own command line.",
    "CF_OIDC_REQUEST_TOKEN": "Token to ask for an identity token of the build.",
    "CF_OIDC_REQUEST_URL": "Address that gives an identity token of the build.",
    "CF_SKIP_MAIN_CLONE": "Set to `true`, leaves out the clone that older pipelines begin with.",
    "DEBUGGER_RUNNER": "Set in runs in debug mode.",
    "CF_PULL_REQUEST_ACTION": "What happened to the pull request.",
    "CF_PULL_REQUEST_ID": "Id of the pull request.",
    "CF_PULL_REQUEST_NUMBER": "Number of the pull request.",
    "CF_PULL_REQUEST_TARGET": "Branch that the pull request goes to.",
    "CF_PULL_REQUEST_LABELS": "Labels of the pull request.",
    "CF_PULL_REQUEST_COMMENT": "The comment that started the build.",
    "CF_PULL_REQUEST_COMMENT_AUTHOR": "Who wrote that comment.",
    "CF_PULL_REQUEST_TITLE": "Title of the pull request.",
    "CF_PULL_REQUEST_TITLE_ESCAPED": "Title of the pull request, special characters escaped.",
    "CF_PULL_REQUEST_MERGED": "Whether the pull request was merged.",
    "CF_PULL_REQUEST_HEAD_BRANCH": "Branch that the pull request comes from.",
    "CF_PULL_REQUEST_MERGED_COMMIT_SHA": "Id of the merge commit.",
    "CF_PULL_REQUEST_HEAD_COMMIT_SHA": "Id of the newest commit of the pull request.",
    "CF_RELEASE_NAME": "Title of the release.",
    "CF_RELEASE_TAG": "Tag of the release.",
    "CF_RELEASE_ID": "Id of the release.",
    "CF_PRERELEASE_FLAG": "Whether the release is a pre-release.",
    "CF_GERRIT_CHANGE_TOPIC": "Topic of the Gerrit change.",
    "EVENT_MESSAGE": "Message of the timer that started the build.",
    "EVENT_TIMESTAMP": "When the event happened.",
    "EVENT_NAMESPACE": "Namespace of the image whose push started the build.",
    "EVENT_NAME": "Name of the image whose push started the build.",
    "EVENT_TAG": "Tag of the image whose push started the build.",
    "EVENT_PUSHER": "Who pushed the image.",
    "EVENT_PUSHED_AT": "When the image was pushed.",
    "EVENT_PAYLOAD": "All that the registry told of the push.",
}
"""Variables of the platform and what they hold, in the order that people think of them."""

_PREFIX = "CF_"
_SUFFIX = "_CF_OUTPUT_URL"
"""Ends the name of the variable by which a step tells a link."""

_COMMON_MEMBERS = {
    "name": "Name of the step.",
    "type": "Type of the step.",
    "description": "Description of the step.",
    "workingDirectory": "Directory the step works in.",
    "result": "How the step ended: `success`, `failure`, `skipped`, …",
}
_IMAGE_ID = {"imageId": "Id of the image."}
_BY_TYPE = {
    "build": {
        "imageName": "Name of the image, without domain and tag.",
        "imageTagName": "Main tag of the image.",
        **_IMAGE_ID,
    },
    "push": {
        "registry": "Name of the registry.",
        "imageRepoDigest": "Repository and digest of the pushed image.",
        **_IMAGE_ID,
    },
    "git-clone": {
        "revision": "The revision that was checked out.",
        "repo": "The repository.",
    },
    "pending-approval": {
        "authEntity.name": "Who decided.",
        "authEntity.type": "What kind of user decided.",
    },
}


def is_system_variable(name: str) -> bool:
    """Return whether a variable may be there without anybody having set it."""
    return name in SYSTEM_VARIABLES or name.startswith(_PREFIX) or name.endswith(_SUFFIX)


def members(step_type: str) -> dict[str, str]:
    """Return what can stand behind `${{steps.NAME.` for a type of step, with what it means."""
    return {**_COMMON_MEMBERS, **_BY_TYPE.get(step_type, {})}
