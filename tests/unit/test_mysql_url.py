"""What the URL of a MySQL source says of the connection; what it says wrongly is refused."""

import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from omni_pipeline.database.mysql_url import connection_arguments
from omni_pipeline.errors import SourceError
from tests import certificates

URL = "mysql://reader:s3cret%2Fword@shop.example:3307/shop%20db"
VARIABLE = "BITRIX_DATABASE_URL"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("certificates")
    certificates.make(made)
    return made


def arguments(options: str) -> dict[str, Any]:
    return connection_arguments(urlsplit(URL + options), VARIABLE)


def test_the_parts_of_a_url() -> None:
    assert arguments("") == {
        "host": "shop.example",
        "port": 3307,
        "user": "reader",
        "password": b"s3cret/word",
        "database": "shop db",
    }
    assert arguments("?charset=utf8mb4&ssl_mode=disabled")["ssl_disabled"] is True


@pytest.mark.parametrize(
    ("options", "verify", "name"),
    [
        ("?ssl_mode=required", ssl.CERT_NONE, False),
        ("?SSL-MODE=Verify-CA", ssl.CERT_REQUIRED, False),
        ("?sslmode=verify_identity", ssl.CERT_REQUIRED, True),
        ("?sslmode=verify-full&ssl_ca={0}/ca.pem", ssl.CERT_REQUIRED, True),
        ("?ssl_ca={0}/ca.pem", ssl.CERT_REQUIRED, False),
        ("?ssl_mode=require&ssl_ca={0}/ca.pem", ssl.CERT_REQUIRED, False),
        ("?ssl_cert={0}/client.pem&ssl_key={0}/client.key", ssl.CERT_NONE, False),
    ],
)
def test_modes(folder: Path, options: str, verify: ssl.VerifyMode, name: bool) -> None:
    context = arguments(options.format(folder))["ssl"]
    assert (context.verify_mode, context.check_hostname) == (verify, name)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    "options",
    [
        "?ssl_mode=verified",
        "?ssl_mode=",
        "?ssl=true",
        "?useSSL=true",
        "?tls=1",
        "?ssl_verify_cert=true",
        "?ssl_ca={0}/nothing.pem",
        "?ssl_ca={0}/ca.key",
        "?ssl_ca={0}",
        "?ssl_cert={0}/client.pem",
        "?ssl_cert={0}/client.pem&ssl_key={0}/server.key",
        "?ssl_key={0}/client.key",
        "?ssl_mode=disabled&ssl_ca={0}/ca.pem",
        "?ssl_mode=preferred&ssl_ca={0}/ca.pem",
        "?ssl_mode=required&sslmode=disabled",
        "?charset=cp1251",
        "?s3cret=word",
        "?ssl_mode",
    ],
)
def test_what_is_not_understood_is_refused_by_the_variable_s_name(
    folder: Path, options: str
) -> None:
    with pytest.raises(SourceError) as refused:
        arguments(options.format(folder))
    assert str(refused.value).startswith(f"{VARIABLE}: ")
    assert "s3cret" not in str(refused.value)
    assert str(folder) not in str(refused.value)
