"""Prints the types of resources that checkov knows checks of, as a JSON list.

Usage: checked_types.py, with a Python that has checkov.
"""

import json

from checkov.cloudformation.checks import resource  # noqa: F401, which registers them
from checkov.cloudformation.checks.resource.registry import cfn_registry

print(json.dumps(sorted({*cfn_registry.checks, *cfn_registry.wildcard_checks})))
