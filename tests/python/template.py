"""Prints CloudFormation templates as JSON by their files' names, with !Sub and its like as {"Fn::Sub": ...}.

Usage: template.py TEMPLATE..., with a Python that has cfn-lint.
"""

import json
import pathlib
import sys

from cfnlint.decode.cfn_yaml import load

print(json.dumps({pathlib.Path(file).name: load(file) for file in sys.argv[1:]}))
