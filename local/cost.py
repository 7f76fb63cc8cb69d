"""What a TB of logs costs in AWS, for each set-up: by what the function itself makes of the corpus, and
by AWS's list prices in the table below. Prints the tables of docs/operations.md.

    python3 local/cost.py target/debug/reshape
"""

import base64
import gzip
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

# US East (N. Virginia), on-demand, first tier, in US dollars. The dates and pages are in docs/operations.md.
PRICES = {
    "Kinesis, on-demand, in, GB": 0.08,
    "Kinesis, on-demand, out, GB": 0.04,
    "Kinesis, on-demand, kept beyond 24 hours, GB-month": 0.10,
    "Kinesis, provisioned, shard-hour": 0.015,
    "Kinesis, provisioned, shard-hour kept beyond 24 hours": 0.02,
    "Kinesis, provisioned, million PUT units (25 KB of a record)": 0.014,
    "Firehose, in, GB (records count in steps of 5 KB)": 0.029,
    "Firehose, dynamic partitioning, GB delivered": 0.02,
    "Lambda, arm64, GB-second": 0.0000133334,
    "Lambda, million calls": 0.20,
    "S3 Standard, GB-month": 0.023,
    "S3 Glacier Instant Retrieval, GB-month": 0.004,
}
GB = 1 << 30
TB = 1 << 40
# RetentionHours of the templates.
KEPT_DAYS_BEYOND_FIRST = 6
# Of provisioned shards, this much of the 1 MiB a second is used.
USED = 0.5
# Events that CloudWatch Logs sends together; quiet log streams send fewer, which costs more.
TOGETHER = {"flow logs": 500, "CloudTrail": 50, "GuardDuty": 5}
# Records that are measured of each.
RECORDS = 24
# Kinesis records of documents are closed at this size (transform/src/streams/sender.rs).
AGGREGATE = 256 << 10
# Milliseconds of a whole core for each MiB of messages (docs/performance.md, "A whole invocation"), and how many
# times longer it takes with 512 MB, where Lambda gives 512/1769 of a core.
CORE_MS = {"flow logs": 8.4, "CloudTrail": 4.1, "GuardDuty": 5.5}
SLOWER = 1769 / 512
CORPUS = Path(__file__).parent / "corpus"


def flow_logs(count):
    """The corpus's records again and again, with later times and other ports."""
    lines = [json.loads(line)["line"].split() for line in (CORPUS / "vpcflow.jsonl").open()]
    for number in range(count):
        fields, turn = list(lines[number % len(lines)]), number // len(lines)
        if fields[5].isdigit():
            fields[5] = str(1024 + (int(fields[5]) + turn * 7919) % 64512)
        fields[10:12] = (str(int(time) + turn * 7) for time in fields[10:12])
        yield " ".join(fields)


def cloudtrail(count):
    with gzip.open(CORPUS / "cloudtrail.jsonl.gz", "rt") as lines:
        for _, line in zip(range(count), lines):
            yield line.rstrip("\n")


def guardduty(count):
    findings = [json.loads(line) for line in (CORPUS / "guardduty.jsonl").open()]
    for number in range(count):
        detail = dict(findings[number % len(findings)], id=f"{number:032x}")
        yield json.dumps({"version": "0", "id": f"{number:08x}", "detail-type": "GuardDuty Finding",
                          "source": "aws.guardduty", "account": "123456789012", "time": "2024-02-03T04:05:06Z",
                          "region": "eu-central-1", "resources": [], "detail": detail}, separators=(",", ":"))


def payload(first, messages):
    events = [{"id": f"{first + number:056}", "timestamp": 1700000000000 + number, "message": message}
              for number, message in enumerate(messages)]
    envelope = {"messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "logs", "logStream": "one",
                "subscriptionFilters": ["tributary"], "logEvents": events}
    return gzip.compress(json.dumps(envelope, separators=(",", ":")).encode(), 6, mtime=0)


def answers(reshape, folder, payloads, output):
    """What the function answers to each payload."""
    files = []
    for number, data in enumerate(payloads):
        files.append(folder / f"{number}.json")
        record = {"recordId": str(number), "approximateArrivalTimestamp": 1700000000000,
                  "data": base64.b64encode(data).decode()}
        files[-1].write_text(json.dumps({"invocationId": "1", "region": "eu-central-1", "records": [record]}))
    run = subprocess.run([reshape, "--event", *files], env=dict(os.environ, OUTPUT=output), check=True,
                         stdout=subprocess.PIPE)
    records = [record for line in run.stdout.splitlines() for record in json.loads(line)["records"]]
    assert len(records) == len(payloads) and all(record["result"] == "Ok" for record in records)
    return [base64.b64decode(record["data"]) for record in records]


def steps(sizes, step):
    """Bytes that are billed for records of these sizes."""
    return sum(math.ceil(size / step) * step for size in sizes)


def measure(reshape, folder, name, messages):
    """Everything for each byte of the messages."""
    messages, together = list(messages), TOGETHER[name]
    batches = [messages[at:at + together] for at in range(0, len(messages), together)]
    payloads = [payload(at * together, batch) for at, batch in enumerate(batches)]
    raw = sum(len(message.encode()) for message in messages)
    documents = [line for answer in answers(reshape, folder, payloads, "ndjson") for line in answer.splitlines()]
    assert len(documents) == len(messages)
    sizes = [len(document) for document in documents]
    archive = sum(map(len, answers(reshape, folder, payloads, "ndjson-gzip")))
    packed = sum(sizes) + 8 * len(sizes)
    return {
        "message": raw / len(messages),
        "document": sum(sizes) / len(sizes),
        "payload": sum(map(len, payloads)) / len(payloads),
        "stream": steps(map(len, payloads), 1024) / raw,
        "payloads, by 5 KB": steps(map(len, payloads), 5120) / raw,
        "archive": archive / raw,
        "documents": sum(sizes) / raw,
        "documents, aggregated": packed * (1 + 1024 / AGGREGATE) / raw,
        "documents, by 1 KB": steps(sizes, 1024) / raw,
        "documents, by 5 KB": steps(sizes, 5120) / raw,
        "calls": sum(map(len, payloads)) / raw / (1 << 20),
        "seconds": CORE_MS[name] / 1000 * SLOWER / (1 << 20),
    }


def kinesis(size):
    kept = KEPT_DAYS_BEYOND_FIRST / 30 * PRICES["Kinesis, on-demand, kept beyond 24 hours, GB-month"]
    return size * TB / GB * (PRICES["Kinesis, on-demand, in, GB"] + PRICES["Kinesis, on-demand, out, GB"] + kept)


def shards(size, record):
    """The same with provisioned shards, for records of that size."""
    hours = size * TB / (1 << 20) / USED / 3600
    units = size * TB / record * math.ceil(record / (25 << 10))
    return (hours * PRICES["Kinesis, provisioned, shard-hour"]
            + hours * PRICES["Kinesis, provisioned, shard-hour kept beyond 24 hours"]
            + units / 1e6 * PRICES["Kinesis, provisioned, million PUT units (25 KB of a record)"])


def firehose(size):
    return size * TB / GB * PRICES["Firehose, in, GB (records count in steps of 5 KB)"]


def function(of, turns=1):
    seconds = of["seconds"] * TB * 0.5 * PRICES["Lambda, arm64, GB-second"]
    return turns * (seconds + of["calls"] * TB / 1e6 * PRICES["Lambda, million calls"])


def delivery(of):
    """From the raw stream into the archive, with its first month there."""
    stored = of["archive"] * TB / GB
    partitioned = stored * PRICES["Firehose, dynamic partitioning, GB delivered"]
    return firehose(of["payloads, by 5 KB"]) + function(of) + partitioned + stored * PRICES["S3 Standard, GB-month"]


def archive(of):
    return kinesis(of["stream"]) + delivery(of)


def archive_by_shards(of):
    return shards(of["stream"], of["payload"]) + delivery(of)


def documents_by_shards(of):
    return shards(of["documents, aggregated"], AGGREGATE)


SET_UPS = {
    "archive": archive,
    "archive, provisioned shards": archive_by_shards,
    "archive and search":
        lambda of: archive(of) + kinesis(of["documents, aggregated"]) + firehose(of["documents, by 5 KB"]),
    "archive and search, provisioned shards":
        lambda of: archive_by_shards(of) + documents_by_shards(of) + firehose(of["documents, by 5 KB"]),
    "archive and search, provisioned shards, if Firehose bills aggregated records whole":
        lambda of: archive_by_shards(of) + documents_by_shards(of) + firehose(of["documents, aggregated"]),
    "archive and search, documents straight to a Firehose":
        lambda of: archive(of) + firehose(of["documents, by 5 KB"]),
    # single.yaml has provisioned shards.
    "search alone, one Firehose (`OUTPUT=document`)":
        lambda of: shards(of["stream"], of["payload"]) + documents_by_shards(of)
        + firehose(of["payloads, by 5 KB"] + of["documents, by 5 KB"]) + function(of, 2),
    "saved by aggregation, on-demand": lambda of: kinesis(of["documents, by 1 KB"]) - kinesis(of["documents, aggregated"]),
    "saved by aggregation, provisioned": lambda of: shards(of["documents"], of["document"]) - documents_by_shards(of),
}

RATIOS = {
    "a message, bytes": lambda of: f"{of['message']:.0f}",
    "its document, bytes": lambda of: f"{of['document']:.0f}",
    "into the raw stream, TB": lambda of: f"{of['stream']:.2f}",
    "in the archive, TB": lambda of: f"{of['archive']:.2f}",
    "documents, TB": lambda of: f"{of['documents']:.1f}",
    "documents, each rounded up to 5 KB, TB": lambda of: f"{of['documents, by 5 KB']:.1f}",
}


def table(first, columns, rows):
    print("| " + " | ".join([first, *columns]) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for name, values in rows:
        print("| " + " | ".join([name, *values]) + " |")
    print()


def main():
    reshape = Path(sys.argv[1]).resolve()
    sources = {"flow logs": flow_logs, "CloudTrail": cloudtrail, "GuardDuty": guardduty}
    with tempfile.TemporaryDirectory() as folder:
        measured = {name: measure(reshape, Path(folder), name, source(TOGETHER[name] * RECORDS))
                    for name, source in sources.items()}
    table("a TB of messages", measured, [(name, [text(of) for of in measured.values()]) for name, text in RATIOS.items()])
    table("US dollars for a TB of messages", measured,
          [(name, [f"{price(of):.0f}" for of in measured.values()]) for name, price in SET_UPS.items()])
    table("price", ["US dollars"], [(name, [f"{price:.10f}".rstrip("0")]) for name, price in PRICES.items()])


main()
