"""What the commands of the command line share: the settings, or one line for each wrong one."""

import sys
from typing import Any

from payment_engine import logs
from payment_engine.environment import BadSettings, load
from payment_engine.settings import Settings


def command_settings(**overrides: Any) -> Settings:
    """The settings of this process, with logging set up; exits where they do not fit."""
    try:
        settings = load(**overrides)
    except BadSettings as error:
        sys.exit(f"These settings do not fit:\n{error}")
    logs.configure(settings.log_level)
    return settings
