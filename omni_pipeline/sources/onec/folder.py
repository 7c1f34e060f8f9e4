"""The folder reader: exports and exchange files of 1C, as people or jobs drop them."""

from pathlib import Path

from omni_pipeline.bronze import BronzeTable
from omni_pipeline.bronze.staging import Refused
from omni_pipeline.sources.ads.csv_folder import SUFFIXES, CsvFolder
from omni_pipeline.sources.ads.csv_table import ParsedFile
from omni_pipeline.sources.onec import commerceml, csv_file
from omni_pipeline.sources.onec.parsed import Told
from omni_pipeline.sources.onec.tables import CUSTOMER_ORDER, CUSTOMER_ORDER_ITEMS

VARIABLE = "ONEC_CSV_DIR"
MOST_BYTES = 200 * 2**20  # of one file; an order takes about 4 kB of XML


class OnecFolder(CsvFolder):
    """The files of one folder, for one of the two tables that they fill."""

    name = "folder"
    variable = VARIABLE
    suffixes = SUFFIXES | {".xml"}
    holds = "1C"

    def __init__(self, folder: Path, table: BronzeTable = CUSTOMER_ORDER) -> None:
        super().__init__(folder)
        self._is_of_items = table is CUSTOMER_ORDER_ITEMS

    def check(self) -> str:
        """What is there and what of it cannot be read; a sentence for a person."""
        files = self._files()
        told = {path.name: self._both(path) for path in files}
        orders = sum(len(found.orders.rows) for found in told.values())
        lost = [n for n, found in told.items() if not (found.orders.rows or found.items.rows)]
        said = f"{len(files)} files of 1C with {orders:,} orders"
        return f"{said}; no row could be read from {', '.join(lost)}" if lost else said

    def _understand(self, path: Path, content: bytes) -> ParsedFile:
        told = read(path.name, content)
        return told.items if self._is_of_items else told.orders

    def _both(self, path: Path) -> Told:
        return read(path.name, self._content(path))


def read(name: str, content: bytes) -> Told:
    """What one file tells; never raises for what is in it."""
    told = Told(name)
    if Path(name).suffix.lower() not in OnecFolder.suffixes:
        reason = "files of this kind are not read: save it as .xlsx, .csv or CommerceML (.xml)"
        told.orders.refused.append(Refused(reason, name))
    elif len(content) > MOST_BYTES:
        reason = f"the file has more than {MOST_BYTES // 2**20} MB: split it"
        told.orders.refused.append(Refused(reason, name))
    elif content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") or name.lower().endswith(".xml"):
        commerceml.read(told, content)
    else:
        csv_file.read(told, content)
    told.settle()
    return told
