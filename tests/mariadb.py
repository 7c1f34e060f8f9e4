"""A throw-away MariaDB or MySQL server for tests: own data directory, loopback, no privileges."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pymysql

from tests import certificates

USER, PASSWORD = "reader", "p@ss word"


class MariaDB:
    """One server; `start` raises RuntimeError with the reason when there is none to start."""

    def __init__(self) -> None:
        found = [
            shutil.which(n) or shutil.which(n, path="/usr/sbin") for n in ("mariadbd", "mysqld")
        ]
        self._program = next((path for path in found if path), None)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def start(self) -> None:
        if self._program is None:
            raise RuntimeError("neither mariadbd nor mysqld is installed")
        self._home = Path(tempfile.mkdtemp(prefix="omni-mariadb-", dir="/tmp"))
        account = pwd.getpwuid(os.getuid()).pw_name if os.getuid() else "nobody"
        if os.getuid() == 0:
            shutil.chown(self._home, account)
        self.certificates = self._home / "certificates"
        self.certificates.mkdir()
        certificates.make(self.certificates)
        for file in [self.certificates, *self.certificates.iterdir()]:
            shutil.chown(file, account)
        installer = shutil.which("mariadb-install-db") or shutil.which("mysql_install_db")
        common = [f"--datadir={self._home}/data", f"--user={account}"]
        if installer:
            command = [
                installer,
                "--no-defaults",
                *common,
                "--auth-root-authentication-method=normal",
            ]
        else:
            command = [self._program, "--no-defaults", *common, "--initialize-insecure"]
        subprocess.run(command, check=True, capture_output=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        options = [
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            f"--socket={self._home}/s.sock",
            f"--pid-file={self._home}/pid",
            "--sql-mode=NO_ENGINE_SUBSTITUTION",  # zero dates, as old shops have them
            "--innodb-buffer-pool-size=64M",
            "--character-set-server=utf8mb4",
            f"--ssl-ca={self.certificates}/ca.pem",
            f"--ssl-cert={self.certificates}/server.pem",
            f"--ssl-key={self.certificates}/server.key",
        ]
        self._log = open(self._home / "log", "w")  # noqa: SIM115 - lives as long as the server
        self._process = subprocess.Popen(
            [self._program, "--no-defaults", *common, *options], stdout=self._log, stderr=self._log
        )
        self._wait()
        with self.admin() as connection, connection.cursor() as cursor:
            cursor.execute(f"create user {USER}@'127.0.0.1' identified by %s", [PASSWORD])
            cursor.execute(f"grant select on *.* to {USER}@'127.0.0.1'")
            cursor.execute(f"create user {USER}@'localhost' identified by %s", [PASSWORD])
            cursor.execute(f"grant select on *.* to {USER}@'localhost'")

    def admin(self, database: str | None = None) -> "pymysql.Connection[pymysql.cursors.Cursor]":
        return pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user="root",
            database=database,
            charset="utf8mb4",
            autocommit=True,
        )

    def url(self, database: str) -> str:
        return f"mysql://{USER}:p%40ss%20word@127.0.0.1:{self.port}/{database}"

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._log.close()
            shutil.rmtree(self._home, ignore_errors=True)

    def _wait(self) -> None:
        for _ in range(300):
            try:
                self.admin().close()
                return
            except pymysql.err.OperationalError:
                time.sleep(0.1)
        raise RuntimeError("the MariaDB server did not come up")
