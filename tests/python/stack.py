"""Deploys, updates or deletes a CloudFormation stack, and prints its status and outputs as JSON.

Usage: stack.py ENDPOINT ACCOUNT REGION create|update|delete NAME [TEMPLATE PARAMETERS], with a Python
that has boto3. PARAMETERS is a JSON object.
"""

import json
import sys

import boto3

endpoint, account, region, action, name, *rest = sys.argv[1:]


def client(service):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key="local",
    )


def uploaded(text):
    """Puts the template into a bucket of its own; returns its address."""
    bucket = f"templates-{account}"
    if not any(each["Name"] == bucket for each in client("s3").list_buckets()["Buckets"]):
        client("s3").create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region}
        )
    client("s3").put_object(Bucket=bucket, Key=name, Body=text.encode())
    return f"{endpoint}/{bucket}/{name}"


cloudformation = client("cloudformation")
stack = {"StackName": name}
if action != "delete":
    template, parameters = rest
    text = open(template, encoding="utf-8").read()
    # As `aws cloudformation deploy --s3-bucket` does it with what is too long for a request.
    if len(text) > 51_200:
        stack["TemplateURL"] = uploaded(text)
    else:
        stack["TemplateBody"] = text
    stack["Capabilities"] = ["CAPABILITY_NAMED_IAM"]
    stack["Parameters"] = [
        {"ParameterKey": key, "ParameterValue": value}
        for key, value in json.loads(parameters).items()
    ]
getattr(cloudformation, f"{action}_stack")(**stack)
waiter = cloudformation.get_waiter(f"stack_{action}_complete")
answer = {"status": f"{action.upper()}_COMPLETE", "outputs": {}}
try:
    waiter.wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    if action != "delete":
        [found] = cloudformation.describe_stacks(StackName=name)["Stacks"]
        outputs = found.get("Outputs", [])
        answer = {
            "status": found["StackStatus"],
            "outputs": {each["OutputKey"]: each["OutputValue"] for each in outputs},
        }
except Exception as error:
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    reasons = [
        f"{each['LogicalResourceId']} {each['ResourceStatus']}: {each.get('ResourceStatusReason')}"
        for each in events
        if "FAILED" in each["ResourceStatus"]
    ]
    sys.exit(f"{error}\n" + "\n".join(reasons))
print(json.dumps(answer))
