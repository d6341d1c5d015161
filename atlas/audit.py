"""
`make audit`: whether a known vulnerability is in a library that is installed here, by pip-audit. It asks PyPI
over the network, and says so plainly when it got no answer: silence about a library is not safety.

Exits with 0 if every library was looked up and nothing is known, 1 if something is, 2 if not all were looked
up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

SAFE, VULNERABLE, UNKNOWN = 0, 1, 2


def main() -> int:
    # Every one of them is pinned, or required by one that is; nothing is resolved or installed.
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--local"]
    done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 - our own arguments
    code, report = verdict(done.stdout, done.stderr)
    sys.stdout.write(report)
    return code


def verdict(output: str, errors: str) -> tuple[int, str]:
    """Of what pip-audit wrote."""
    try:
        libraries: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError):
        reason = (errors.strip().splitlines() or ["it wrote nothing"])[-1]
        return UNKNOWN, f"The audit could not be done: {reason}\n"
    found = [
        f"{each['name']} {each['version']}: {_told(it)}" for each in libraries for it in each.get("vulns", [])
    ]
    skipped = [each["name"] for each in libraries if "skip_reason" in each]
    summary = f"{len(libraries) - len(skipped)} of {len(libraries)} libraries were looked up: "
    lines = [*found, f"{summary}{len(found)} known vulnerabilities."]
    if skipped:
        lines.append(f"The audit is not complete; PyPI does not tell about: {', '.join(skipped)}")
    code = VULNERABLE if found else UNKNOWN if skipped or not libraries else SAFE
    return code, "".join(f"{line}\n" for line in lines)


def _told(vulnerability: dict[str, Any]) -> str:
    return f"{vulnerability['id']}, mended in {', '.join(vulnerability['fix_versions']) or 'no version yet'}"


if __name__ == "__main__":
    sys.exit(main())
