"""Asks services of a stand-in, and prints their answers as a JSON list.

Usage: ask.py ENDPOINT ACCOUNT REGION, with a Python that has boto3. Standard input: a JSON list of
[SERVICE, OPERATION, PARAMETERS], with the names that boto3 has. A call that fails answers
{"error": CODE, "message": TEXT}.
"""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, account, region = sys.argv[1:]
clients = {}


def ask(service, operation, parameters):
    if service not in clients:
        clients[service] = boto3.client(
            service,
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key="local",
            config=Config(s3={"addressing_style": "path"}),
        )
    try:
        answer = getattr(clients[service], operation)(**parameters)
    except ClientError as error:
        refused = error.response["Error"]
        return {"error": refused["Code"], "message": refused["Message"]}
    answer.pop("ResponseMetadata", None)
    return answer


print(json.dumps([ask(*call) for call in json.load(sys.stdin)], default=str))
