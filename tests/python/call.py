"""Makes one call of an API of AWS, and prints its answer as JSON.

Usage: call.py ENDPOINT ACCOUNT REGION SERVICE OPERATION PARAMETERS, with a Python that has boto3.
OPERATION is in boto3's spelling (create_flow_logs), PARAMETERS a JSON object.
"""

import json
import sys

import boto3

endpoint, account, region, service, operation, parameters = sys.argv[1:]
client = boto3.client(
    service,
    endpoint_url=endpoint,
    region_name=region,
    aws_access_key_id=account,
    aws_secret_access_key="local",
)
answer = getattr(client, operation)(**json.loads(parameters))
answer.pop("ResponseMetadata", None)
print(json.dumps(answer, default=str))
