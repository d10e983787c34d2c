"""The Python client of Juspay, unmodified: one call per line of standard input, one answer each.

Started as a program of its own so that the environment alone decides where its requests go.
"""

import json
import sys

import juspayp3
from juspayp3.JuspayException import JuspayException


def said(answer):
    """What the client made of an answer, as plain JSON."""
    if isinstance(answer, list):
        return [said(each) for each in answer]
    if isinstance(answer, dict):
        return {name: said(each) for name, each in answer.items()}
    return said(vars(answer)) if hasattr(answer, "__dict__") else answer


def main():
    juspayp3.environment, juspayp3.api_key = sys.argv[1:]
    for line in sys.stdin:
        resource, call, given = json.loads(line)
        try:
            told = said(getattr(getattr(juspayp3, resource), call)(**given))
        except JuspayException as error:
            told = {"error": type(error).__name__, "http_status": error.http_status}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


main()
