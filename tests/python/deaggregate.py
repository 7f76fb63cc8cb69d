"""Takes KPL-aggregated records apart with the reference de-aggregator.

Standard input: one Kinesis record's data a line, in base64. Standard output: the user records of
each, one a line, in base64, and an empty line after each Kinesis record.
"""

import base64
import sys

from aws_kinesis_agg.deaggregator import deaggregate_records


def kinesis_record(data):
    """The record as Lambda hands it to a consumer, which is what the de-aggregator reads."""
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "sequenceNumber": "1",
            "approximateArrivalTimestamp": 0,
            "partitionKey": "key",
            "data": data,
        }
    }


for line in sys.stdin:
    for record in deaggregate_records([kinesis_record(line.strip())]):
        data = record["kinesis"]["data"]
        text = data.decode("ascii") if isinstance(data, bytes) else data
        # Raises on anything that is no base64.
        base64.b64decode(text, validate=True)
        print(text)
    print()
