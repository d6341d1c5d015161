"""A Twilio for laptops, tests and demos: it imports nothing of Atlas, and is reached by HTTP only."""

from .config import SimulatorConfig
from .server import run

__all__ = ["SimulatorConfig", "run"]
