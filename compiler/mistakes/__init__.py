"""The mistakes of users: one function each, named by what is wrong.

FR1xx  the text and its structure
  FR100 not text            FR101 YAML syntax          FR102 duplicate key
  FR103 too deep            FR104 too many aliases     FR105 unknown anchor
  FR106 too many errors     FR107 second document      FR108 unknown tag
  FR109 too large           FR148 too many warnings
  FR186 too many steps      FR187 too many references
FR11x  keys and values
  FR110 unknown key         FR111 missing key          FR112 wrong type
  FR113 wrong value         FR114 two spellings        FR115 version
  FR116 step name           FR117 step name twice      FR118 unknown stage
  FR119 not run here yet    FR120 unknown step type    FR121 empty text
  FR122 wrong form          FR123 too few items        FR142 key without effect on a step
FR13x  meaning
  FR130 unknown step        FR131 later step           FR132 step without image
  FR133 bad tag             FR134 conflict             FR135 upper-case image name
  FR136 mixed candidate     FR137 ignored time limit   FR138 clamped retry
  FR139 tag beside tags     FR140 variable or step     FR141 key without effect
FR15x  conditions
  FR150 unreadable, too long FR151 unknown function    FR152 wrong argument
  FR153 wrong operands      FR154 unknown name         FR155 unknown member
  FR156 impossible result   FR157 unquoted variable    FR158 name with hyphen
  FR159 strict equality     FR160 always true or false FR161 text as condition
  FR162 always fails        FR163 bad pattern          FR164 plain pattern
FR14x  and FR17x, FR18x: how steps are put together
  FR143 step without version     FR144 no semantic version  FR145 tab beside blanks
  FR146 deeper line of >-        FR147 ignored arguments
  FR170 block without steps      FR171 approval in a block  FR172 old and new hooks
  FR173 sugar that conflicts     FR174 too many children    FR175 cycle
  FR176 unlisted name           FR177 state not there yet  FR178 name hard to address
  FR179 retried block            FR180 words of a command   FR181 mount
  FR182 unknown variable         FR183 image not built yet  FR184 unexpected effect
  FR185 too much made
FR2xx  registries: the numbers of the language's own list, or FR299 for rules that have none
  FR200 no registry         FR201 unknown variable     FR202 unknown registry
  FR203 default registry    FR204 push or not          FR205 image stays
  FR206 AWS and Google      FR207 contexts of a domain
FR3xx  clusters, numbered as in that list
  FR300 no cluster          FR301 unknown variable     FR302 unknown cluster
  FR303 default cluster
FR4xx  git integrations: 100 to 103 of that list
  FR400 no integration      FR401 unknown variable     FR402 unknown integration
  FR403 default integration
FR5xx  files that describe an account: the catalog, and the file of registries
  FR500 secret              FR501 twice                FR502 rule of registries
  FR503 secret written out
FR601  Helm 2
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compiler.mistakes.account import (
        default_cluster,
        default_git_integration,
        helm_2,
        no_cluster,
        no_git_integration,
        unknown_cluster,
        unknown_cluster_variable,
        unknown_git_integration,
        unknown_git_variable,
    )
    from compiler.mistakes.catalog import (
        broken_registry_rule,
        repeated_in_catalog,
        secret_in_catalog,
        secret_written_out,
    )
    from compiler.mistakes.conditions import (
        always,
        always_fails,
        bad_pattern,
        impossible_result,
        name_with_hyphen,
        plain_pattern,
        strict_equality,
        text_as_condition,
        too_long_condition,
        unknown_function,
        unknown_member,
        unknown_name,
        unquoted_variable,
        unreadable_condition,
        wrong_argument,
        wrong_operands,
    )
    from compiler.mistakes.fields import (
        bad_step_name,
        collection_as_key,
        empty_text,
        missing_key,
        not_run_yet,
        repeated_step_name,
        too_few_items,
        two_spellings,
        unknown_key,
        unknown_stage,
        unknown_step_type,
        unread_key,
        wrong_form,
        wrong_type,
        wrong_value,
        wrong_version,
    )
    from compiler.mistakes.meaning import (
        bad_tag,
        both_tag_and_tags,
        clamped_retry,
        conflict,
        ignored_time_limit,
        key_without_effect,
        later_step,
        mixed_candidate,
        step_without_image,
        unknown_step,
        upper_case_image_name,
        variable_or_step,
    )
    from compiler.mistakes.registries import (
        bad_duration,
        bad_region,
        bad_role,
        build_to_host,
        duration_without_role,
        image_stays,
        registry_fault,
        role_without_context,
        unknown_registry_variable,
    )
    from compiler.mistakes.structure import (
        approval_in_block,
        arguments_ignored,
        bad_mount,
        bad_step_version,
        bad_words,
        cycle,
        deeper_line,
        extra_effect,
        hard_to_address,
        image_unknown_yet,
        never_true,
        no_steps,
        old_and_new_hooks,
        retried_block,
        step_version_missing,
        sugar_conflict,
        tab,
        too_many_children,
        too_much_made,
        unknown_variable,
        unlisted_name,
    )
    from compiler.mistakes.suggestions import (
        nearest,
        which,
    )
    from compiler.mistakes.text import (
        duplicate_key,
        not_text,
        second_document,
        too_deep,
        too_large,
        too_many_aliases,
        too_many_errors,
        too_many_references,
        too_many_steps,
        too_many_warnings,
        unfitting_tag,
        unknown_anchor,
        unknown_tag,
        yaml_syntax,
    )

__all__ = [
    "always",
    "always_fails",
    "approval_in_block",
    "arguments_ignored",
    "bad_duration",
    "bad_mount",
    "bad_pattern",
    "bad_region",
    "bad_role",
    "bad_step_name",
    "bad_step_version",
    "bad_tag",
    "bad_words",
    "both_tag_and_tags",
    "broken_registry_rule",
    "build_to_host",
    "clamped_retry",
    "collection_as_key",
    "conflict",
    "cycle",
    "deeper_line",
    "default_cluster",
    "default_git_integration",
    "duplicate_key",
    "duration_without_role",
    "empty_text",
    "extra_effect",
    "hard_to_address",
    "helm_2",
    "ignored_time_limit",
    "image_stays",
    "image_unknown_yet",
    "impossible_result",
    "key_without_effect",
    "later_step",
    "missing_key",
    "mixed_candidate",
    "name_with_hyphen",
    "nearest",
    "never_true",
    "no_cluster",
    "no_git_integration",
    "no_steps",
    "not_run_yet",
    "not_text",
    "old_and_new_hooks",
    "plain_pattern",
    "registry_fault",
    "repeated_in_catalog",
    "repeated_step_name",
    "retried_block",
    "role_without_context",
    "second_document",
    "secret_in_catalog",
    "secret_written_out",
    "step_version_missing",
    "step_without_image",
    "strict_equality",
    "sugar_conflict",
    "tab",
    "text_as_condition",
    "too_deep",
    "too_few_items",
    "too_large",
    "too_long_condition",
    "too_many_aliases",
    "too_many_children",
    "too_many_errors",
    "too_many_references",
    "too_many_steps",
    "too_many_warnings",
    "too_much_made",
    "two_spellings",
    "unfitting_tag",
    "unknown_anchor",
    "unknown_cluster",
    "unknown_cluster_variable",
    "unknown_function",
    "unknown_git_integration",
    "unknown_git_variable",
    "unknown_key",
    "unknown_member",
    "unknown_name",
    "unknown_registry_variable",
    "unknown_stage",
    "unknown_step",
    "unknown_step_type",
    "unknown_tag",
    "unknown_variable",
    "unlisted_name",
    "unquoted_variable",
    "unread_key",
    "unreadable_condition",
    "upper_case_image_name",
    "variable_or_step",
    "which",
    "wrong_argument",
    "wrong_form",
    "wrong_operands",
    "wrong_type",
    "wrong_value",
    "wrong_version",
    "yaml_syntax",
]

_MODULES = (
    "fields",
    "structure",
    "meaning",
    "registries",
    "text",
    "conditions",
    "account",
    "catalog",
    "suggestions",
)
"""Where the functions stand. A pipeline without mistakes waits for none of them."""


def __getattr__(name: str) -> Any:  # noqa: ANN401  # what the name stands for
    from importlib import import_module

    for module in _MODULES if name in __all__ else ():
        found = getattr(import_module(f"compiler.mistakes.{module}"), name, None)
        if found:
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
