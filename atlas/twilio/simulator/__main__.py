import argparse
import logging
import os
import sys

from .config import SimulatorConfig
from .server import run


def main() -> int:
    parser = new_parser()
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        run(_config(arguments))
    except (ValueError, OSError) as error:
        parser.exit(1, f"The Twilio simulator cannot start: {error}\n")
    return 0


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m atlas.twilio.simulator", description="A Twilio for laptops"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001, help="0 picks a free one")
    parser.add_argument("--account-sid", default=os.environ.get("TWILIO_ACCOUNT_SID", ""))
    parser.add_argument(
        "--auth-token-env", default="TWILIO_AUTH_TOKEN", help="the variable that holds the token"
    )
    parser.add_argument("--speed", type=float, default=1.0, help="times telephone time; 0 never waits")
    parser.add_argument("--calls-per-second", type=float, default=0.0, help="0 is no limit")
    parser.add_argument("--from-number", action="append", help="a number the account owns; repeatable")
    parser.add_argument("--public-url", default="", help="the address to tell, if not http://HOST:PORT")
    parser.add_argument("--open-media", action="store_true", help="recordings can be read without a login")
    parser.add_argument("--max-calls", type=int, default=10_000, help="how many calls are remembered")
    parser.add_argument("--exit-with-parent", action="store_true", help="end when standard input ends")
    return parser


def _config(arguments: argparse.Namespace) -> SimulatorConfig:
    return SimulatorConfig(
        account_sid=arguments.account_sid,
        auth_token=os.environ.get(arguments.auth_token_env, ""),
        host=arguments.host,
        port=arguments.port,
        speed=arguments.speed,
        calls_per_second=arguments.calls_per_second,
        phone_numbers=tuple(arguments.from_number or SimulatorConfig.phone_numbers),
        public_url=arguments.public_url,
        require_media_auth=not arguments.open_media,
        max_calls=arguments.max_calls,
        exit_with_parent=arguments.exit_with_parent,
    )


if __name__ == "__main__":
    sys.exit(main())
