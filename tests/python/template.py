"""Prints a CloudFormation template as JSON: !Sub and its like as {"Fn::Sub": ...}.

Usage: template.py TEMPLATE, with a Python that has cfn-lint.
"""

import json
import sys

from cfnlint.decode.cfn_yaml import load

print(json.dumps(load(sys.argv[1])))
