"""The mistakes of users: one function each, named by what is wrong.

FR1xx  the text and its structure
  FR100 not text            FR101 YAML syntax          FR102 duplicate key
  FR103 too deep            FR104 too many aliases     FR105 unknown anchor
  FR106 too many errors     FR107 second document      FR108 unknown tag
FR11x  keys and values
  FR110 unknown key         FR111 missing key          FR112 wrong type
  FR113 wrong value         FR114 two spellings        FR115 version
  FR116 step name           FR117 step name twice      FR118 unknown stage
  FR119 not supported yet   FR120 unknown step type    FR121 empty text
FR13x  meaning
  FR130 unknown step        FR131 later step           FR132 step without image
  FR133 bad tag             FR134 conflict             FR135 upper-case image name
  FR136 mixed candidate     FR137 ignored time limit   FR138 clamped retry
  FR139 tag beside tags     FR140 variable or step     FR141 key without effect
FR2xx  registries: the numbers of the language's own list (200 to 207), or FR299 for rules
       that have none there
"""

from compiler.mistakes.fields import (
    bad_step_name,
    empty_text,
    missing_key,
    not_supported,
    repeated_step_name,
    two_spellings,
    unknown_key,
    unknown_stage,
    unknown_step_type,
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
from compiler.mistakes.nearest import (
    nearest,
)
from compiler.mistakes.registries import (
    image_stays,
    registry_fault,
)
from compiler.mistakes.text import (
    duplicate_key,
    not_text,
    second_document,
    too_deep,
    too_many_aliases,
    too_many_errors,
    unknown_anchor,
    unknown_tag,
    yaml_syntax,
)

__all__ = [
    "bad_step_name",
    "bad_tag",
    "both_tag_and_tags",
    "clamped_retry",
    "conflict",
    "duplicate_key",
    "empty_text",
    "ignored_time_limit",
    "image_stays",
    "key_without_effect",
    "later_step",
    "missing_key",
    "mixed_candidate",
    "nearest",
    "not_supported",
    "not_text",
    "registry_fault",
    "repeated_step_name",
    "second_document",
    "step_without_image",
    "too_deep",
    "too_many_aliases",
    "too_many_errors",
    "two_spellings",
    "unknown_anchor",
    "unknown_key",
    "unknown_stage",
    "unknown_step",
    "unknown_step_type",
    "unknown_tag",
    "upper_case_image_name",
    "variable_or_step",
    "wrong_type",
    "wrong_value",
    "wrong_version",
    "yaml_syntax",
]
