"""Prints what replaces resources of these types, and what they are known by, as the providers' schemas say.

Usage: create_only.py TYPE..., with a Python that has cfn-lint. The answer, with nested properties as Outer/Inner:
{TYPE: {"create_only": [PROPERTY], "identity": [PROPERTY]}}
"""

import json
import sys

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER


def told(kind):
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema

    def properties(of):
        return [path.removeprefix("/properties/") for path in schema.get(of, [])]

    return {"create_only": properties("createOnlyProperties"), "identity": properties("primaryIdentifier")}


print(json.dumps({kind: told(kind) for kind in sys.argv[1:]}))
