"""Settings of a first start: the folder of secrets, and the merchant that there shall be."""

import os
import re
from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from payment_engine import secret_files


class BootstrapSettings(BaseSettings):
    """Reads the environment, and then the files of a folder."""

    secrets_dir: Path | None = None
    """A folder with a file per setting, named as the setting (``pe_secret``), as containers mount
    their secrets. The environment goes before them."""
    bootstrap_merchant: str | None = Field(None, max_length=120)
    """The name of a merchant that ``migrate`` creates, with the keys below. One that has ever had a
    key is left as it is."""
    bootstrap_notify_url: str | None = None
    """The address of that merchant's order service for notifications."""
    bootstrap_service_key: SecretStr | None = None
    """That merchant's key for its order service: ``pk_`` and 40 hexadecimal digits, of ``openssl
    rand -hex 20``."""
    bootstrap_admin_key: SecretStr | None = None
    """That merchant's key for its people on call: ``ak_`` and 40 hexadecimal digits."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, and then files."""
        folder = os.environ.get(secret_files.VARIABLE)
        return init_settings, env_settings, *secret_files.with_files(file_secret_settings, folder)

    @field_validator("bootstrap_service_key", "bootstrap_admin_key")
    @classmethod
    def _key(cls, value: SecretStr | None, named: ValidationInfo) -> SecretStr | None:
        prefix = "pk" if named.field_name == "bootstrap_service_key" else "ak"
        if value and not re.fullmatch(f"{prefix}_[0-9a-f]{{40}}", value.get_secret_value()):
            raise ValueError(f"must be {prefix}_ and 40 hexadecimal digits")
        return value

    @field_validator("bootstrap_notify_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"https?://[^/]", value):
            raise ValueError("must begin with http:// or https://")
        return value
