"""The Python client of Juspay, unmodified: one call per line of standard input, one answer each.

Started as a program of its own so that the environment alone decides where its requests go.
"""

import json
import sys

import juspayp3
from juspayp3.JuspayException import JuspayException


def plain(answer):
    """The client's answer object as plain JSON."""
    if isinstance(answer, list):
        return [plain(each) for each in answer]
    if isinstance(answer, dict):
        return {name: plain(each) for name, each in answer.items()}
    return plain(vars(answer)) if hasattr(answer, "__dict__") else answer


def main():
    juspayp3.environment, juspayp3.api_key = sys.argv[1:]
    for line in sys.stdin:
        resource, call, arguments = json.loads(line)
        try:
            result = plain(getattr(getattr(juspayp3, resource), call)(**arguments))
        except JuspayException as error:
            result = {"error": type(error).__name__, "http_status": error.http_status}
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()


main()
